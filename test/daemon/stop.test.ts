import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { first } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import { MAIN, scratch, tidemark } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';
import { PROTOCOL, PROTOCOL_HEADER } from '../../src/store/socket/frames.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const WEEK = readFileSync(join(EXAMPLES, 'lab', '2026-11-15.xml'), 'utf8');
/** Enough that a stop comes in the middle. */
const FILES = 40;

let folder: string;
let daemon: DaemonProcess | undefined;
const others: ChildProcess[] = [];
beforeEach(() => {
  folder = scratch();
});
afterEach(async () => {
  await daemon?.end();
  daemon = undefined;
  for (const child of others.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const configure = (yaml: string): void => writeFileSync(join(folder, 'tidemark.yaml'), yaml);

/** Scans, each of which is a file of its own as far as its bytes go. */
function writeScans(into: string): void {
  const where = join(folder, into);
  mkdirSync(where);
  for (let number = 0; number < FILES; number += 1) {
    const path = join(where, `${String(number).padStart(3, '0')}.xml`);
    writeFileSync(`${path}.part`, `${WEEK}<!-- ${number} -->\n`);
    // Written long ago: complete at the second look.
    utimesSync(`${path}.part`, 1_767_225_600 + number, 1_767_225_600 + number);
    renameSync(`${path}.part`, path);
  }
}

const stored = z.object({
  runs: z.coerce.number(),
  commits: z.coerce.number(),
  half: z.coerce.number(),
  loads: z.coerce.number(),
});
const counts = query(
  'test.counts',
  `SELECT (SELECT uniqExact(run) FROM scan_run) AS runs, (SELECT count() FROM scan_run) AS commits,
          (SELECT count() FROM scan_host WHERE load NOT IN (SELECT load FROM scan_run)) AS half,
          (SELECT uniqExact(load) FROM scan_host) AS loads`,
  stored,
);

/** What is in the history, looked at by nobody else. */
async function inHistory(): Promise<z.output<typeof stored>> {
  const store = await openStore(storeConfig.parse({ dataDir: join(folder, '.tidemark') }));
  try {
    expect(store.problems).toEqual([]);
    return (await first(store, counts, {}))!;
  } finally {
    await store.close();
  }
}

const lines = (text: string, word: string): number =>
  text.split('\n').filter((line) => line.startsWith(word)).length;

describe('SIGTERM in the middle of work ends it in order, and the next start goes on', () => {
  test('an import of the command line: it says why it ended, and what it said is in is in', async () => {
    configure('');
    writeScans('scans');
    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    const child = spawn(process.execPath, [MAIN, 'import', 'scans'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    others.push(child);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    await daemon.waitFor(() => lines(out, 'imported') >= 3, 'the third file is in');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(daemon.log.at(-1)).toMatchObject({ event: 'daemon.stopped' });
    expect(await ended).toBe(2);
    const said = lines(out, 'imported');
    expect(said).toBeLessThan(FILES);
    expect(err).toMatch(/^tidemark: the daemon that (?:has|had) the history open is (?:stopping|gone)/m);
    expect(err).toMatch(/^fix: Run the command again/m);
    expect(err).not.toContain('a bug in tidemark');

    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    const again = await tidemark(['import', 'scans'], { cwd: folder });
    expect(again).toMatchObject({ status: 0, stderr: '' });
    // One may have been committed whose answer did not come back any more.
    expect(lines(again.stdout, 'known') - said).toBeOneOf([0, 1]);
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(await inHistory()).toEqual({ runs: FILES, commits: FILES, half: 0, loads: FILES });
  }, 180_000);

  test('an import of the drop folder', async () => {
    configure('serve: { drop: { folder: drop, settleSeconds: 1 } }\n');
    writeScans('drop');
    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    await daemon.until('scan.imported', 3);
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(daemon.log.filter(({ level }) => level !== 'info')).toEqual([]);
    const done = readdirSync(join(folder, 'drop/done')).length;
    expect(done).toBeLessThan(FILES);
    const between = await inHistory();
    expect(between.runs - done).toBeOneOf([0, 1]);

    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    await daemon.waitFor(() => readdirSync(join(folder, 'drop/done')).length === FILES, 'every file is read');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(await inHistory()).toEqual({ runs: FILES, commits: FILES, half: 0, loads: FILES });
    expect(readdirSync(join(folder, 'drop'))).toEqual(['done']);
  }, 180_000);

  test('a log that is followed: no record is lost or there twice', async () => {
    configure('serve: { watch: [{ name: ids, paths: [logs] }] }\n');
    mkdirSync(join(folder, 'logs'));
    const telemetry = readdirSync(join(EXAMPLES, 'telemetry')).filter((name) => name.endsWith('.json'));
    for (const name of telemetry) cpSync(join(EXAMPLES, 'telemetry', name), join(folder, 'logs', name));
    const plain = ['--no-http', '--no-detect'];
    daemon = await DaemonProcess.start(folder, plain);
    await daemon.until('episode.seen');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    daemon = await DaemonProcess.start(folder, plain);
    const count = async (where: string): Promise<string> =>
      (
        await tidemark(['query', '--json', 'SELECT count() AS n, uniqExact(*) AS u FROM flows'], {
          cwd: where,
        })
      ).stdout;
    mkdirSync(join(folder, 'apart'));
    writeFileSync(join(folder, 'apart/tidemark.yaml'), '');
    expect((await tidemark(['watch', '--once', '../logs'], { cwd: join(folder, 'apart') })).status).toBe(1);
    const whole = await count(join(folder, 'apart'));
    expect(whole).toMatch(/[1-9]\d{2,}/);
    await daemon.waitFor(async () => (await count(folder)) === whole, 'all is read');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
  }, 180_000);

  test('a scan of a schedule: Nmap is ended, and what it had said is kept as interrupted', async () => {
    const nmap = join(folder, 'nmap');
    writeFileSync(
      nmap,
      `#!/bin/sh
case "$*" in *--version*) echo 'Nmap version 7.93'; exit;; esac
cat '${folder}/beginning.xml'
touch '${folder}/scanning'
trap 'exit 130' INT TERM
while :; do sleep 0.1; done
`,
    );
    chmodSync(nmap, 0o755);
    writeFileSync(
      join(folder, 'beginning.xml'),
      `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap" start="1795473000" version="7.93" xmloutputversion="1.05">
<scaninfo type="connect" protocol="tcp" numservices="2" services="22,80"/>
<host><status state="up" reason="syn-ack"/><address addr="127.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/></port></ports></host>
`,
    );
    configure(`exposure: { nmap: ./nmap }
scope:
  grants:
    - { id: me, owner: me, ticket: T-1, networks: [127.0.0.1/32], profiles: [exposure], expires: 2099-01-01 }
schedules:
  - { name: now, cron: '* * * * *', profiles: [exposure], targets: [127.0.0.1] }
`);
    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    await daemon.waitFor(() => existsSync(join(folder, 'scanning')), 'Nmap is at work');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    const { scans } = JSON.parse((await tidemark(['scans', '--json'], { cwd: folder })).stdout) as {
      scans: { status: string; hosts: unknown }[];
    };
    expect(scans).toMatchObject([{ status: 'interrupted' }]);
  }, 180_000);
});

describe('a client that stands still', () => {
  /** The first half of an insert, as a program sends it that is stopped with Ctrl-Z just then. */
  function half(): void {
    const head = Buffer.from(JSON.stringify({ table: 'scan_run', columns: ['run'], settings: {} }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    const socket = connect(join(folder, '.tidemark/daemon.sock'));
    socket.on('error', () => undefined);
    socket.write(
      `POST /store/insert HTTP/1.1\r\nhost: x\r\n${PROTOCOL_HEADER}: ${PROTOCOL}\r\ncontent-length: 100000\r\n\r\n`,
    );
    socket.write(Buffer.concat([length, head, Buffer.from('{"run"')]));
  }

  test('does not hold up a stop for longer than its share', async () => {
    configure('serve: { stopSeconds: 2 }\n');
    daemon = await DaemonProcess.start(folder);
    half();
    await sleep(500);
    // By force it would end with SIGKILL.
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(daemon.log.at(-1)).toMatchObject({ event: 'daemon.stopped' });
  }, 60_000);

  test('is not waited for after a second signal, which ends the daemon at once with a word', async () => {
    configure('serve: { stopSeconds: 3600 }\n');
    daemon = await DaemonProcess.start(folder);
    half();
    await sleep(500);
    daemon.child.kill('SIGTERM');
    await daemon.until('daemon.stopping');
    expect((await daemon.kill('SIGTERM')).signal).toBe('SIGTERM');
    expect(daemon.noise).toEqual([]);
    expect(daemon.log.at(-1)).toMatchObject({
      level: 'warning',
      event: 'daemon.forced',
      message: expect.stringMatching(
        /second signal.*at once.*nothing that was acknowledged is lost/,
      ) as unknown,
    });
    daemon = await DaemonProcess.start(folder);
    expect((await tidemark(['status'], { cwd: folder })).status).toBe(0);
  }, 60_000);
});
