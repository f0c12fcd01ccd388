import { connect } from 'node:net';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scratch, tidemark, type Ran } from '../cli/tidemark.ts';
import { PROTOCOL, PROTOCOL_HEADER } from '../../src/store/socket/frames.ts';
import { DaemonProcess } from './daemon-process.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const SCANS = readdirSync(join(EXAMPLES, 'lab'))
  .filter((name) => name.endsWith('.xml'))
  .toSorted()
  .slice(0, 4)
  .map((name) => join(EXAMPLES, 'lab', name));
const TELEMETRY = join(EXAMPLES, 'telemetry', 'mixed-recon-chain.eve.json');

let folder: string;
let daemon: DaemonProcess | undefined;
beforeEach(() => {
  folder = scratch();
});
afterEach(async () => {
  await daemon?.end();
  daemon = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const configure = (yaml: string, where = folder): void => writeFileSync(join(where, 'tidemark.yaml'), yaml);
const run = (args: readonly string[], where = folder): Promise<Ran> => tidemark(args, { cwd: where });
/** What users see of a run, times of this run left out. */
const seen = ({ status, stdout, stderr }: Ran): unknown => ({
  status,
  stdout: stdout.replaceAll(/"(?:at|imported|assessed|created|generated|learned|since)": ?"[^"]*"/g, '"…"'),
  // How fast it was, and how long ago the records are.
  stderr: stderr.replace(/\([\d,.]+\/s\), .* behind/, '(…)'),
});

describe('the command line while the daemon has the history open', () => {
  test('reads as it does alone', { timeout: 240_000 }, async () => {
    configure('');
    expect((await run(['import', ...SCANS])).status).toBe(0);
    await run(['baseline', 'learn', 'latest~1']);
    await run(['assess']);
    await run(['detect', TELEMETRY]);
    const commands = [
      ['scans', '--json'],
      ['hosts', '10.77.10.10'],
      ['findings'],
      ['findings', '--json'],
      ['baseline', 'show'],
      ['diff', 'latest~1', 'latest'],
      ['telemetry'],
      ['query', 'SELECT * FROM scan_runs ORDER BY started'],
      ['query', '--json', 'SELECT count() AS n, max(port) AS p FROM ports'],
      ['query', 'DROP TABLE scan_run'],
      ['query', 'SELECT nope'],
      ['findings', 'show', 'zzzz'],
    ];
    const alone: unknown[] = [];
    for (const command of commands) alone.push(seen(await run(command)));
    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-detect']);
    for (const [index, command] of commands.entries())
      expect({ command, ...(seen(await run(command)) as object) }).toEqual({
        command,
        ...(alone[index] as object),
      });
    // Half of the commands had to have something to say.
    expect(alone.filter((each) => (each as Ran).stdout.length > 40).length).toBeGreaterThan(6);
  });

  test('writes as it does alone', { timeout: 240_000 }, async () => {
    const alone = join(folder, 'alone');
    const served = join(folder, 'served');
    for (const where of [alone, served]) {
      mkdirSync(where);
      configure('', where);
    }
    // What the daemon does by itself would be there before the command is.
    daemon = await DaemonProcess.start(served, ['--no-http', '--no-assess', '--no-detect']);
    for (const command of [
      ['import', ...SCANS],
      ['import', SCANS[0]!],
      ['baseline', 'learn', 'latest~1'],
      ['assess', '--json'],
      ['detect', TELEMETRY],
      ['findings'],
      ['watch', '--once', TELEMETRY],
    ]) {
      const [there, here] = [await run(command, served), await run(command, alone)];
      expect({ command, ...(seen(there) as object) }).toEqual({ command, ...(seen(here) as object) });
    }
    expect(existsSync(join(served, '.tidemark/daemon.sock'))).toBe(true);
  });

  test(
    'one daemon for a directory: a second is told which process has it, and neither is harmed',
    { timeout: 60_000 },
    async () => {
      configure('');
      daemon = await DaemonProcess.start(folder);
      const second = await run(['serve', '--no-http']);
      expect(second.status).toBe(2);
      expect(second.stderr).toContain(`process ${daemon.child.pid}`);
      expect((await run(['status'])).status).toBe(0);
      expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    },
  );

  test(
    'the socket that a killed daemon left stops nobody, and the next owner removes it',
    { timeout: 60_000 },
    async () => {
      configure('');
      daemon = await DaemonProcess.start(folder);
      await daemon.kill();
      const socket = join(folder, '.tidemark/daemon.sock');
      expect(existsSync(socket)).toBe(true);
      expect((await run(['status'])).status).toBe(2);
      expect(existsSync(socket)).toBe(true);
      expect((await run(['scans'])).status).toBe(0);
      expect(existsSync(socket)).toBe(false);
      daemon = await DaemonProcess.start(folder);
      expect((await run(['status'])).status).toBe(0);
    },
  );

  test('a hostile client harms nobody', { timeout: 60_000 }, async () => {
    configure('');
    daemon = await DaemonProcess.start(folder);
    const path = join(folder, '.tidemark/daemon.sock');
    const attacks = [
      Buffer.alloc(1 << 20, 0xff),
      Buffer.from(
        `POST /store/insert HTTP/1.1\r\nhost: x\r\n${PROTOCOL_HEADER}: ${PROTOCOL}\r\ncontent-length: 99999999999\r\n\r\n\0\0`,
      ),
      Buffer.from(
        `POST /store/read HTTP/1.1\r\nhost: x\r\n${PROTOCOL_HEADER}: ${PROTOCOL}\r\ncontent-length: 8\r\n\r\n\xff\xff\xff\xff{}{}`,
        'latin1',
      ),
      Buffer.from('GET /status HTTP/1.1\r\n'),
    ];
    const sockets = Array.from({ length: 100 }, (_, index) => {
      const socket = connect(path);
      socket.on('error', () => undefined);
      socket.write(attacks[index % attacks.length]!);
      return socket;
    });
    expect((await run(['import', SCANS[0]!])).status).toBe(0);
    for (const socket of sockets) socket.destroy();
    expect((await run(['status'])).status).toBe(0);
    expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(daemon.noise).toEqual([]);
  });
});

describe('the daemon', () => {
  test('imports, assesses and delivers what appears in its drop folder', { timeout: 120_000 }, async () => {
    configure(
      'serve: { drop: { folder: drop, settleSeconds: 1 } }\nsinks: [{ name: out, kind: file, path: out.jsonl }]\n',
    );
    mkdirSync(join(folder, 'drop'));
    daemon = await DaemonProcess.start(folder);
    writeFileSync(join(folder, 'drop/.bad.xml'), 'no scan at all');
    renameSync(join(folder, 'drop/.bad.xml'), join(folder, 'drop/bad.xml'));
    cpSync(SCANS[0]!, join(folder, 'drop/scan.xml'));
    await daemon.until('assessment.made');
    await daemon.until('sink.delivered');
    await daemon.until('scan.refused');
    expect(readdirSync(join(folder, 'drop/done'))).toEqual(['scan.xml']);
    expect(readdirSync(join(folder, 'drop/refused')).toSorted()).toEqual(['bad.xml', 'bad.xml.why']);
    const sent = readFileSync(join(folder, 'out.jsonl'), 'utf8').trim().split('\n');
    expect(sent.length).toBeGreaterThan(3);
    // What others import through the daemon is assessed and told as well.
    await run(['import', SCANS[1]!]);
    await daemon.until('assessment.made', 2);
    const status = JSON.parse((await run(['status', '--json'])).stdout) as {
      scans: unknown[];
      healthy: boolean;
    };
    expect(status.scans).toHaveLength(2);
    expect(status.healthy).toBe(true);
  });

  test('says which part fails, and recovers', { timeout: 90_000 }, async () => {
    configure('serve: { drop: { folder: drop } }\n');
    expect((await run(['status'])).status).toBe(2);
    daemon = await DaemonProcess.start(folder);
    await daemon.until('part.failing');
    const failing = await run(['status']);
    expect(failing.status).toBe(1);
    expect(failing.stdout).toMatch(/drop folder +failing .*cannot be read/);
    expect(failing.stdout).toContain('something fails');
    expect((await run(['scans'])).status).toBe(0);
    mkdirSync(join(folder, 'drop'));
    await daemon.until('part.recovered');
    expect((await run(['status'])).status).toBe(0);
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect((await run(['status', '--json'])).stdout).toContain('"running": false');
  });

  test('reads its configuration again, and says what needs a restart', { timeout: 90_000 }, async () => {
    configure('');
    mkdirSync(join(folder, 'logs'));
    daemon = await DaemonProcess.start(folder);
    configure('serve: { watch: [{ name: ids, paths: [logs] }] }\nstore: { memory: 1GB }\n');
    daemon.child.kill('SIGHUP');
    await daemon.until('daemon.restart-needed');
    expect(daemon.log.at(-1)?.['keys']).toBe('store');
    cpSync(TELEMETRY, join(folder, 'logs/eve.json'));
    await daemon.until('episode.seen');
    configure('serve: { nonsense: 1 }\n');
    daemon.child.kill('SIGHUP');
    await daemon.until('daemon.reload-failed');
    configure('');
    const { parts } = JSON.parse((await run(['status', '--json'])).stdout) as { parts: { name: string }[] };
    expect(parts.map(({ name }) => name)).toContain('watch ids');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
  });

  test('answers for its health, and counts itself', { timeout: 90_000 }, async () => {
    configure('');
    daemon = await DaemonProcess.start(folder, ['--listen', '127.0.0.1:0']);
    await daemon.until('http.listening');
    const url = String(daemon.log.find(({ event }) => event === 'http.listening')?.['url']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await daemon.waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, 'it is ready');
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
  });

  test('escapes what the outside wrote', { timeout: 60_000 }, async () => {
    configure('serve: { drop: { folder: drop, settleSeconds: 1 } }\n');
    mkdirSync(join(folder, 'drop'));
    daemon = await DaemonProcess.start(folder);
    writeFileSync(join(folder, 'drop', 'a\u001b[31m\u202e{"event":"x"}\n.xml'), 'no scan');
    await daemon.until('scan.refused');
    expect(daemon.noise).toEqual([]);
    expect(String(daemon.log.at(-1)?.['file'])).toContain('a\u001b[31m\u202e');
  });
});
