import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exposed, outgoing, planted, scanning } from '../../../test/sinks/sample.ts';
import { toSyslog } from '../format/syslog.ts';
import { syslogSink, type SyslogTarget } from './syslog.ts';

const sender = { version: '0.1.0', hostname: 'sensor1' };
const signal = new AbortController().signal;
const batch = [
  outgoing(exposed()),
  outgoing(planted(scanning(), 'two\nlines, ünïcödé, <0>1 forged')),
  outgoing(exposed({ severity: 'critical' })),
];
const target = (port: number, changes: Partial<SyslogTarget> = {}): SyslogTarget => ({
  host: '127.0.0.1',
  port,
  allowHosts: [],
  protocol: 'tcp',
  facility: 'local0',
  format: 'json',
  sender,
  ...changes,
});
const wanted = (format: SyslogTarget['format'] = 'json') =>
  batch.map((message) => toSyslog(message, sender, { facility: 'local0', format }));

/** Messages framed by octet counting, RFC 6587, 3.4.1; throws on anything else. */
function unframe(bytes: Buffer): string[] {
  const messages: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [prefix, length] = /^([1-9]\d*) /.exec(bytes.subarray(at, at + 12).toString('latin1')) ?? [];
    if (prefix === undefined) throw new Error(`no frame at ${at}`);
    at += prefix.length;
    messages.push(bytes.subarray(at, at + Number(length)).toString());
    at += Number(length);
  }
  return messages;
}

describe('syslog', () => {
  const tls = join(import.meta.dirname, '../../../test/fixtures/tls');

  test.each(['tcp', 'tls'] as const)('over %s counts octets', async (protocol) => {
    const chunks: Buffer[] = [];
    const take = (socket: Socket): void => {
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    };
    const [key, cert] = await Promise.all(
      ['key.pem', 'cert.pem'].map((name) => readFile(join(tls, name), 'utf8')),
    );
    const server = protocol === 'tcp' ? createServer(take) : createTlsServer({ key, cert }, take);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const sink = syslogSink('log', target(port, { protocol, ca: cert! }));
      await sink.send(batch, signal);
      expect(unframe(Buffer.concat(chunks))).toEqual(wanted());
      if (protocol === 'tls') {
        const untrusted = syslogSink('log', target(port, { protocol }));
        await expect(untrusted.send(batch, signal)).rejects.toMatchObject({ code: 'sinks/unreachable' });
      }
    } finally {
      server.close();
    }
  });

  test('over UDP is a datagram a message', async () => {
    const server = createSocket('udp4');
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      server.on('message', (message) => {
        got.push(message.toString());
        if (got.length === batch.length) resolve();
      });
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    await syslogSink('log', target(server.address().port, { protocol: 'udp', format: 'cef' })).send(
      batch,
      signal,
    );
    await all;
    server.close();
    expect(got).toEqual(wanted('cef'));
  });

  test('refuses over UDP what fits no datagram', async () => {
    const observations = [{ text: 'x'.repeat(70_000), evidence: [] }];
    const sink = syslogSink('log', target(9, { protocol: 'udp' }));
    await expect(sink.send([outgoing(exposed({ observations }))], signal)).rejects.toMatchObject({
      code: 'sinks/refused',
    });
  });

  test('nobody there is a Fault, and one that never reads is left when told to', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(syslogSink('log', target(port)).send(batch, signal)).rejects.toMatchObject({
      code: 'sinks/unreachable',
    });
    const sockets: Socket[] = [];
    const deaf = createServer(
      { allowHalfOpen: true },
      (socket) => void sockets.push(socket.on('error', () => undefined)),
    );
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const stop = new AbortController();
    deaf.once('connection', () => stop.abort());
    const sink = syslogSink('log', target((deaf.address() as AddressInfo).port));
    await expect(sink.send(batch, stop.signal)).rejects.toMatchObject({ code: 'sinks/unreachable' });
    for (const socket of sockets) socket.destroy();
    deaf.close();
  });
});

function hasRsyslog(): boolean {
  try {
    execFileSync('rsyslogd', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasRsyslog())('rsyslog (skipped where rsyslogd is not installed)', () => {
  let folder = '';
  let daemon: ChildProcess | undefined;
  let port = 0;
  const file = () => join(folder, 'got.log');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-rsyslog-'));
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    port = (probe.address() as AddressInfo).port;
    await new Promise((resolve) => probe.close(resolve));
    await writeFile(
      join(folder, 'rsyslog.conf'),
      `global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="${port}")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="fields" type="string" string="%protocol-version%|%syslogfacility-text%|%syslogseverity-text%|%hostname%|%app-name%|%msgid%|%msg%\\n")
action(type="omfile" file="${file()}" template="fields")
`,
    );
    daemon = spawn('rsyslogd', ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], {
      stdio: 'ignore',
    });
    const sink = syslogSink('log', target(port));
    await until(() =>
      sink.send([], signal).then(
        () => true,
        () => false,
      ),
    );
  });
  afterAll(async () => {
    if (daemon?.exitCode === null) {
      const gone = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['tcp', 'udp'] as const)('reads every field of what came over %s', async (protocol) => {
    const before = (await linesOf()).length;
    await syslogSink('log', target(port, { protocol })).send(batch, signal);
    await until(async () => (await linesOf()).length >= before + batch.length);
    const lines = (await linesOf()).slice(before);
    expect(lines).toHaveLength(batch.length);
    for (const { key, finding } of batch) {
      const line = lines.find((one) => one.includes(`"key":"${key}"`))!;
      const [version, facility, severity, host, app, , ...message] = line.split('|');
      expect([version, facility, host, app]).toEqual(['1', 'local0', 'sensor1', 'tidemark']);
      expect(severity).toBe(finding.severity === 'critical' ? 'crit' : 'err');
      const document = JSON.parse(message.join('|')) as { finding: { title: string } };
      expect(document.finding.title).toBe(finding.title);
    }
  });

  async function linesOf(): Promise<string[]> {
    const text = await readFile(file(), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }
});

/** Waits until it is so; the limit of the test is the limit of the wait. */
async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await sleep(50);
}
