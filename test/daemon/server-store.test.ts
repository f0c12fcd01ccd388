import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../clickhouse/server.ts';
import { scratch, tidemark, type Ran } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';

const LAB = resolve(import.meta.dirname, '../../examples/lab');
const [SCAN, NEXT] = [join(LAB, '2026-11-08.xml'), join(LAB, '2026-11-15.xml')] as const;

let server: TestServer;
const folders: string[] = [];
const daemons: DaemonProcess[] = [];
beforeAll(async () => {
  server = await startServer();
}, 60_000);
afterAll(async () => {
  for (const daemon of daemons) await daemon.end();
  await server.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Where the sink of both daemons writes. */
const sinkFile = (): string => join(folders[0]!, 'out.jsonl');

/** A folder of a daemon whose history is on the server. */
function site(): string {
  const folder = scratch();
  folders.push(folder);
  mkdirSync(join(folder, 'drop'));
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: '${server.url}' }
serve: { drop: { folder: drop, settleSeconds: 1 }, deliverSeconds: 1 }
sinks: [{ name: out, kind: file, path: '${sinkFile()}' }]
`,
  );
  return folder;
}
const start = async (folder: string): Promise<DaemonProcess> => {
  const daemon = await DaemonProcess.start(folder, ['--listen', '127.0.0.1:0']);
  daemons.push(daemon);
  await daemon.until('http.listening');
  return daemon;
};
const run = (folder: string, ...args: string[]): Promise<Ran> => tidemark(args, { cwd: folder });
/** What either daemon has told. */
const told = (): readonly string[] =>
  existsSync(sinkFile()) ? readFileSync(sinkFile(), 'utf8').trim().split('\n') : [];
const idOf = (line: string): string => /"finding":\{"id":"([0-9a-f]+)"/.exec(line)?.[1] ?? line;
/** A message as its receiver takes it for one it has had already. */
const keyOf = (line: string): string => (JSON.parse(line) as { key: string }).key;
const versionOf = (line: string): string => {
  const { revision, finding } = JSON.parse(line) as { revision: number; finding: { id: string } };
  return `${finding.id} ${revision}`;
};

let one: string;
let daemon: DaemonProcess;

test('a daemon over a ClickHouse server does what it does over the embedded engine, and commands go there themselves', async () => {
  one = site();
  daemon = await start(one);
  cpSync(SCAN, join(one, 'drop/.scan'));
  renameSync(join(one, 'drop/.scan'), join(one, 'drop/scan.xml'));
  await daemon.until('assessment.made');
  await daemon.until('sink.delivered');
  expect(new Set(told().map(idOf)).size).toBeGreaterThan(3);
  const status = await run(one, 'status');
  expect(status).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`history ${server.url} (server)`) as unknown,
  });
  const scans = JSON.parse((await run(one, 'scans', '--json')).stdout) as { scans: unknown[] };
  expect(scans.scans).toHaveLength(1);
}, 120_000);

test('a second daemon for the directory is told which process has it', async () => {
  const second = await run(one, 'serve', '--no-http');
  expect(second.status).toBe(2);
  expect(second.stderr).toMatch(
    new RegExp(`^tidemark: a daemon already serves from .*: process ${daemon.child.pid}\\nfix: `),
  );
}, 60_000);

test('a second daemon on the same server, from another directory, leaves delivery to the first, says so, and takes over when that one ends', async () => {
  const two = site();
  const other = await start(two);
  await other.until('duty.elsewhere');
  const left = new RegExp(
    `^delivery is left to the process ${daemon.child.pid} on .* \\(${one}/.*\\), which asked for it on `,
  );
  expect(other.log.find(({ event }) => event === 'duty.elsewhere')).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(left) as unknown,
    pid: daemon.child.pid,
    fix: 'Stop that one, or start this one with --no-deliver.',
  });
  const said = JSON.parse((await run(two, 'status', '--json')).stdout) as {
    parts: { name: string; state: string; detail: string }[];
  };
  expect(said.parts.find(({ name }) => name === 'duties')).toMatchObject({
    state: 'waiting',
    detail: expect.stringMatching(left) as unknown,
  });
  const doctor = JSON.parse((await run(two, 'doctor', '--json')).stdout) as { checks: object[] };
  expect(doctor.checks).toContainEqual(
    expect.objectContaining({
      name: 'duties',
      state: 'warn',
      fix: 'Run one daemon on a history; give every other one --no-deliver or --no-schedules.',
    }),
  );
  const own = JSON.parse((await run(one, 'doctor', '--json')).stdout) as { checks: { name: string }[] };
  expect(own.checks.filter(({ name }) => name === 'duties')).toEqual([]);
  const before = told().length;
  cpSync(NEXT, join(two, 'drop/.scan'));
  renameSync(join(two, 'drop/.scan'), join(two, 'drop/scan.xml'));
  await other.until('assessment.made');
  await other.waitFor(() => told().length > before, 'somebody has told of it');
  // Both look at the outbox once more.
  await sleep(3_000);
  expect(other.log.filter(({ event }) => event === 'sink.delivered')).toEqual([]);
  const scans = JSON.parse((await run(one, 'scans', '--json')).stdout) as { scans: { id: string }[] };
  expect(new Set(scans.scans.map(({ id }) => id)).size).toBe(scans.scans.length);
  expect(scans.scans).toHaveLength(2);
  // What both sent has one key and one content.
  for (const [name, same] of [
    [keyOf, (line: string) => line],
    [versionOf, keyOf],
  ] as const) {
    const seen = new Map<string, string>();
    for (const line of told()) {
      expect(seen.get(name(line)) ?? same(line)).toBe(same(line));
      seen.set(name(line), same(line));
    }
  }
  expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
  await other.until('duty.taken');
  expect(
    [...daemon.log, ...other.log].filter(({ level }) => level !== 'info').map(({ event }) => event),
  ).toEqual(['duty.elsewhere']);
  [one, daemon] = [two, other];
}, 120_000);

test('when the server is gone the daemon lives, says so, and stops in order', async () => {
  await server.kill();
  const url = String(daemon.log.find(({ event }) => event === 'http.listening')?.['url']);
  await daemon.waitFor(
    () => daemon.log.some(({ part, event }) => event === 'part.failing' && part === 'delivery'),
    'delivery fails',
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const status = await run(one, 'status');
  expect(status.status).toBe(1);
  expect(status.stdout).toContain(': something fails');
  expect(status.stdout).toMatch(/fix delivery: .*store\.url/);
  expect(status.stdout).toMatch(/1 problem of the store: .*ECONNREFUSED/);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
}, 120_000);
