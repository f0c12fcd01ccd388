import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hasRsyslog,
  hasRsyslogTls,
  startRsyslog,
  TEST_CERT,
  until,
} from '../../../test/sinks/receivers/receivers.ts';
import { exposed, outgoing, planted, scanning } from '../../../test/sinks/sample.ts';
import { formatLine } from '../format/line.ts';
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

describe.skipIf(!hasRsyslog())('rsyslog (skipped where rsyslogd is not installed)', () => {
  let server: Awaited<ReturnType<typeof startRsyslog>>;
  const secured = hasRsyslogTls();
  beforeAll(async () => {
    server = await startRsyslog(
      '%protocol-version%|%syslogfacility-text%|%syslogseverity-text%|%hostname%|%app-name%|%msgid%|%msg%',
      { tls: secured },
    );
  });
  afterAll(() => server.stop());

  /** What rsyslog wrote of the batch, by fields. */
  async function received(changes: Partial<SyslogTarget>): Promise<readonly (readonly string[])[]> {
    const before = (await server.lines()).length;
    await syslogSink('log', target(server.port, changes)).send(batch, signal);
    await until(async () => (await server.lines()).length >= before + batch.length);
    return (await server.lines()).slice(before).map((line) => {
      const fields = line.split('|');
      return [...fields.slice(0, 6), fields.slice(6).join('|')];
    });
  }
  const severities = batch.map(({ finding }) => (finding.severity === 'critical' ? 'crit' : 'err'));

  test.each(['tcp', 'udp'] as const)('reads every field of what came over %s', async (protocol) => {
    const lines = await received({ protocol });
    for (const [index, { key, finding }] of batch.entries()) {
      const fields = lines.find((one) => one[6]!.includes(`"key":"${key}"`))!;
      expect(fields.slice(0, 5)).toEqual(['1', 'local0', severities[index], 'sensor1', 'tidemark']);
      expect(JSON.parse(fields[6]!)).toMatchObject({ finding: { title: finding.title } });
    }
  });

  test.skipIf(!secured)('takes what came over TLS (skipped without rsyslog-gnutls)', async () => {
    const ca = await readFile(TEST_CERT, 'utf8');
    const lines = await received({ protocol: 'tls', port: server.tlsPort, ca, host: 'localhost' });
    expect(lines.map((fields) => JSON.parse(fields[6]!) as object)).toEqual(
      batch.map(({ key }) => expect.objectContaining({ key }) as object),
    );
  });

  test.each(['cef', 'leef'] as const)('keeps %s as it was sent', async (format) => {
    const lines = await received({ format });
    // The header of RFC 5424 ends before the message; rsyslog's %msg% begins with what follows it.
    expect(lines.map((fields) => fields[6])).toEqual(
      batch.map((message) => formatLine(format, message, sender)),
    );
  });
});
