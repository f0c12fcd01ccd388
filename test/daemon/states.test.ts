import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN, scratch, tidemark, type Ran } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';

let folder: string;
let daemon: DaemonProcess | undefined;
let other: ChildProcess | undefined;
let server: Server | undefined;
beforeEach(() => {
  folder = scratch();
});
afterEach(async () => {
  await daemon?.end();
  other?.kill('SIGKILL');
  server?.close();
  daemon = other = server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const configure = (yaml: string): void => writeFileSync(join(folder, 'tidemark.yaml'), yaml);
const run = (...args: string[]): Promise<Ran> => tidemark(args, { cwd: folder });
const status = async (): Promise<Ran> => {
  const ran = await run('status');
  return { ...ran, stdout: ran.stdout.replaceAll(/\s+/g, ' ') };
};
const httpUrl = (of: DaemonProcess): string =>
  String(of.log.find(({ event }) => event === 'http.listening')?.['url']);

describe('what an operator is told', () => {
  test('while another command has the history open: whose it is, how to wait, and that waiting helps', async () => {
    configure('');
    mkdirSync(join(folder, 'logs'));
    other = spawn(process.execPath, [MAIN, 'watch', 'logs'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // Its first figures: the history is open.
    await once(other.stderr!, 'data');
    const { pid } = other;
    const refused = await run('serve', '--no-http');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      new RegExp(`^tidemark: the data directory .* is in use by process ${pid} .*\\nfix: .*--wait SECONDS`),
    );
    expect(await status()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^process ${pid} has .* open and does not answer: .*ask again`),
      ) as unknown,
    });
    daemon = DaemonProcess.spawn(folder, ['--no-http', '--wait', '120']);
    await daemon.until('daemon.waiting');
    other.kill('SIGTERM');
    await daemon.until('daemon.started');
    await daemon.waitFor(async () => (await status()).stdout.includes(': all is well'), 'all is well');
    expect((await status()).status).toBe(0);
  }, 120_000);

  test('after the daemon was killed: that it was, that nothing is lost, and how to go on', async () => {
    configure('');
    daemon = await DaemonProcess.start(folder);
    await daemon.kill();
    expect(await status()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^no daemon runs on .*: the last one was killed, .*: tidemark serve\n$/,
      ) as unknown,
    });
  }, 60_000);

  test('while a part fails: which, why, and what to do; the program is alive and not ready', async () => {
    configure('serve: { drop: { folder: drop } }\n');
    daemon = await DaemonProcess.start(folder, ['--listen', '127.0.0.1:0']);
    await daemon.until('part.failing');
    expect(daemon.log.find(({ event }) => event === 'part.failing')).toMatchObject({
      part: 'drop folder',
      code: 'daemon/drop-folder',
      fix: 'Make the folder, or correct serve.drop.folder.',
    });
    await daemon.until('http.listening');
    const url = httpUrl(daemon);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect({ status: ready.status, body: await ready.text() }).toEqual({
      status: 503,
      body: 'not ready: drop folder (failing)\nWhy, and what to do: tidemark status\n',
    });
    const said = await status();
    expect(said.status).toBe(1);
    expect(said.stdout).toContain(': something fails');
    expect(said.stdout).toContain('fix drop folder: Make the folder, or correct serve.drop.folder.');
    mkdirSync(join(folder, 'drop'));
    await daemon.until('part.recovered');
    await daemon.waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, 'it is ready');
    expect((await status()).stdout).not.toContain('fix drop folder');
  }, 120_000);

  test('where the port is taken: everything else runs, and the API comes when the port is free', async () => {
    configure('');
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    daemon = await DaemonProcess.start(folder, ['--listen', `127.0.0.1:${port}`]);
    await daemon.until('part.failing');
    expect(daemon.log.find(({ event }) => event === 'part.failing')).toMatchObject({
      message: `http fails: the server cannot listen on 127.0.0.1 port ${port}: something else listens there`,
      fix: expect.stringContaining('server.port') as unknown,
    });
    const said = await status();
    expect(said.status).toBe(1);
    expect(said.stdout).toContain('fix http: Choose another server.host or server.port');
    expect((await run('scans')).status).toBe(0);
    server.close();
    await daemon.until('http.listening');
    await daemon.waitFor(async () => (await status()).status === 0, 'all is well');
  }, 120_000);

  test('while it stops: so', async () => {
    // An Nmap that does not end when it is asked to.
    const nmap = join(folder, 'nmap');
    writeFileSync(
      nmap,
      `#!/bin/sh
case "$*" in *--version*) echo 'Nmap version 7.93'; exit;; esac
trap '' INT TERM
touch '${folder}/scanning'
while [ ! -e '${folder}/enough' ]; do sleep 0.1; done
`,
    );
    chmodSync(nmap, 0o755);
    configure(`exposure: { nmap: ./nmap }
serve: { stopSeconds: 60 }
scope:
  grants:
    - { id: me, owner: me, ticket: T-1, networks: [127.0.0.1/32], profiles: [exposure], expires: 2099-01-01 }
schedules:
  - { name: now, cron: '* * * * *', profiles: [exposure], targets: [127.0.0.1] }
`);
    daemon = await DaemonProcess.start(folder, ['--no-http', '--no-assess']);
    await daemon.waitFor(() => existsSync(join(folder, 'scanning')), 'Nmap is at work');
    expect((await status()).stdout).toMatch(/schedules running .* scanning 1 address/);
    const ended = daemon.kill('SIGTERM');
    await daemon.until('daemon.stopping');
    const said = await status();
    writeFileSync(join(folder, 'enough'), '');
    expect(said.stdout).toContain(': stopping');
    expect(await ended).toEqual({ status: 0, signal: null });
  }, 120_000);
});

describe('a place that it cannot have', () => {
  test('a data directory whose path is too long for a socket: the socket is elsewhere, and commands find it', async () => {
    // The longest name of a folder is 255 bytes, the longest path of a socket 107.
    const deep = join(folder, 'd'.repeat(120));
    mkdirSync(deep);
    configure(`store: { dataDir: ${deep}/data }\n`);
    daemon = await DaemonProcess.start(folder);
    const socket = String(daemon.log.find(({ event }) => event === 'daemon.started')?.['socket']);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    await daemon.waitFor(async () => (await status()).status === 0, 'all is well');
    expect(await daemon.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(existsSync(socket)).toBe(false);
    expect((await status()).stderr).toMatch(/^no daemon runs on .*; start one: tidemark serve/);
  }, 60_000);

  test.each([
    {
      what: 'a socket whose path is longer than 103 bytes',
      yaml: () => `serve: { socket: ${'s'.repeat(120)} }`,
      says: /the path of the socket is longer than 103 bytes: .*\nfix: Name a shorter one in serve\.socket\./,
    },
    {
      what: 'a socket in a folder that is not there',
      yaml: () => 'serve: { socket: none/tidemark.sock }',
      says: /none\/tidemark\.sock.*\nfix: .*serve\.socket/,
    },
    {
      what: 'a data directory that is a file',
      yaml: () => 'store: { dataDir: tidemark.yaml }',
      says: /cannot use the data directory .*tidemark\.yaml.*\nfix: .*store\.dataDir/,
    },
    {
      what: 'a data directory to which others may write',
      yaml: () => {
        mkdirSync(join(folder, 'open'));
        chmodSync(join(folder, 'open'), 0o777);
        return 'store: { dataDir: open }';
      },
      says: /others may write to the data directory .*\nfix: Keep it to its owner: chmod 700/,
    },
  ])('$what', async ({ yaml, says }) => {
    configure(`${yaml()}\n`);
    const { status: ended, stdout, stderr } = await run('serve', '--no-http');
    expect({ ended, stdout }).toEqual({ ended: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('a bug in tidemark');
  });

  // Root may write everywhere: the daemon has to be somebody else.
  const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
  test('a data directory to which it may not write', async () => {
    mkdirSync(join(folder, 'data'));
    configure('store: { dataDir: data }\n');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'data'), 0o555);
    daemon = DaemonProcess.spawn(folder, ['--no-http'], nobody === undefined ? {} : { uid: nobody });
    expect(await daemon.ended).toEqual({ status: 2, signal: null });
    expect(daemon.noise.join('\n')).toMatch(
      /^tidemark: cannot use the data directory .*permission denied.*\nfix: Give yourself the right to write there, or name another directory in store\.dataDir\.$/,
    );
    chmodSync(join(folder, 'data'), 0o755);
  }, 60_000);
});
