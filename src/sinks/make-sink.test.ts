import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exposed, MOMENT, outgoing } from '../../test/sinks/sample.ts';
import type { Fault } from '../fault/fault.ts';
import { sinksConfig } from './config.ts';
import type { MetricsSnapshot } from './format/exposition.ts';
import { makeSink } from './make-sink.ts';
import type { Sink } from './sink.ts';

const signal = new AbortController().signal;
const SNAPSHOT: MetricsSnapshot = {
  findings: [
    { half: 'exposure', severity: 'high', state: 'open', findings: 3 },
    { half: 'recon', severity: 'low', state: 'expected', findings: 1 },
  ],
  sinks: [
    { sink: 'siem', pending: 2, delivered: 40, dead: 1, last: MOMENT },
    { sink: 'new', pending: 0, delivered: 0, dead: 0, last: undefined },
  ],
};
const made = (config: object, snapshot = () => Promise.resolve(SNAPSHOT)): Promise<Sink> =>
  makeSink(sinksConfig.parse([{ name: 'one', ...config }])[0]!, {
    sender: { version: '0.1.0', hostname: 'sensor1' },
    clock: () => MOMENT,
    stdout: new Writable(),
    snapshot,
  });
const failure = async (sink: Sink): Promise<Fault> => {
  try {
    await sink.send([outgoing(exposed())], signal);
  } catch (error) {
    return error as Fault;
  }
  throw new Error('it was taken');
};

let folder = '';
let server: Server;
let url = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-make-sink-'));
  // A receiver that quotes all that it was sent, as error pages and proxies do.
  server = createServer((request, response) => {
    const said = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    response.writeHead(500).end(`${request.url}\n${said.toReversed().join('\n')}`.slice(0, 200));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('no failure quotes a secret', () => {
  const allowHosts = ['127.0.0.1'];
  test.each([
    {
      what: 'the path of a chat',
      config: { kind: 'slack', allowHosts },
      path: '/services/T000/B000/hunter2hunter2',
    },
    { what: 'the query of a chat', config: { kind: 'teams', allowHosts }, path: '/hook?sig=hunter2' },
    { what: 'a token', config: { kind: 'splunk', allowHosts, token: 'hunter2' }, path: '' },
    { what: 'an API key', config: { kind: 'elasticsearch', allowHosts, apiKey: 'hunter2' }, path: '' },
    {
      what: 'user and password',
      config: { kind: 'elasticsearch', allowHosts, user: 'tidemark', password: 'hunter2' },
      path: '',
    },
  ])('$what', async ({ config, path }) => {
    const fault = await failure(await made({ ...config, url: `${url}${path}` }));
    expect(fault.code).toBe('sinks/unavailable');
    expect(fault.message).toContain('***');
    const shown = `${fault.message} ${fault.fix} ${fault.stack} ${String(fault.cause)}`;
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain(Buffer.from('tidemark:hunter2').toString('base64'));
  });
});

describe('nor a part of one, however the receiver spells it', () => {
  const PLAIN = 'hunter2/+"hunter2" hunter2';
  let said = '';
  let other: Server;
  let where = '';
  beforeAll(async () => {
    other = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(500).end(said));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    where = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    other.closeAllConnections();
    other.close();
  });
  const allowHosts = ['127.0.0.1'];
  const hec = { kind: 'splunk', allowHosts, token: PLAIN };
  const chat = { kind: 'teams', allowHosts };
  const query = `/hook?api-version=2016-06-01&sig=${encodeURIComponent(PLAIN)}`;
  const filled = (before: number, secret: string): string => `${'.'.repeat(before)}${secret}`;

  test.each<{ what: string; config: object; path?: string; quoted: string }>([
    { what: 'a token in JSON', config: hec, quoted: JSON.stringify({ token: PLAIN }) },
    { what: 'a token in an address', config: hec, quoted: `/?token=${encodeURIComponent(PLAIN)}` },
    { what: 'a value of the query, as it is', config: chat, path: query, quoted: `bad sig ${PLAIN}` },
    {
      what: 'a value of the query, as it was sent',
      config: chat,
      path: query,
      quoted: `bad sig ${encodeURIComponent(PLAIN)}`,
    },
    ...[180, 185, 190, 194].map((before) => ({
      what: `a token of which ${200 - before} characters are quoted before the cut`,
      config: hec,
      quoted: filled(before, PLAIN),
    })),
  ])('$what', async ({ config, path = '', quoted }) => {
    said = quoted;
    const fault = await failure(await made({ ...config, url: `${where}${path}` }));
    expect(fault.message).toContain('***');
    expect(fault.message).not.toContain('hunter');
  });
});

test.each([
  {
    what: 'a webhook',
    config: { kind: 'webhook', url: 'https://localhost:PORT/', allowHosts: ['localhost'] },
  },
  { what: 'syslog', config: { kind: 'syslog', host: 'localhost', protocol: 'tls' } },
  {
    what: 'mail',
    config: { kind: 'smtp', host: 'localhost', security: 'tls', from: 'a@b.example', to: ['c@d.example'] },
  },
])(
  '$what over TLS goes to no certificate that nobody vouches for, whatever the environment says',
  async ({ config }) => {
    const tls = join(import.meta.dirname, '../../test/fixtures/tls');
    const [key, cert] = await Promise.all(
      ['key.pem', 'cert.pem'].map((name) => readFile(join(tls, name), 'utf8')),
    );
    let got = '';
    const impostor = createTlsServer({ key, cert }, (socket) => {
      socket.on('error', () => undefined).on('data', (chunk) => (got += chunk.toString('latin1')));
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    }).listen(0);
    impostor.on('tlsClientError', () => undefined);
    await new Promise((resolve) => impostor.once('listening', resolve));
    const { port } = impostor.address() as AddressInfo;
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      const settled =
        'url' in config ? { ...config, url: config.url.replace('PORT', String(port)) } : { ...config, port };
      expect((await failure(await made(settled))).message).toMatch(/self.signed|unable to verify/);
      expect(got).toBe('');
    } finally {
      vi.unstubAllEnvs();
      impostor.close();
    }
  },
);

describe('files of TLS', () => {
  test.each(['ca', 'cert'])('%s that cannot be read is a Fault that names it', async (key) => {
    const config = { kind: 'syslog', host: 'log.example.org', [key]: join(folder, 'missing.pem') };
    const other = join(folder, 'key.pem');
    await writeFile(other, '');
    await expect(made(key === 'cert' ? { ...config, key: other } : config)).rejects.toMatchObject({
      code: 'sinks/no-tls-file',
      where: { file: join(folder, 'missing.pem') },
    });
  });
});

describe('metrics', () => {
  test('are in the format of Prometheus, in a file that is put in place whole', async () => {
    const path = join(folder, 'metrics', 'tidemark.prom');
    expect((await failure(await made({ kind: 'prometheus', path }))).code).toBe('sinks/not-written');
    const file = join(folder, 'tidemark.prom');
    await writeFile(file, 'old');
    const { ino } = await stat(file);
    await (await made({ kind: 'prometheus', path: file })).send([], signal);
    expect(await readFile(file, 'utf8')).toBe(
      [
        '# HELP tidemark_findings Findings by half, severity and state.',
        '# TYPE tidemark_findings gauge',
        'tidemark_findings{half="exposure",severity="high",state="open"} 3',
        'tidemark_findings{half="recon",severity="low",state="expected"} 1',
        '# HELP tidemark_sink_messages Messages of each sink by what became of them.',
        '# TYPE tidemark_sink_messages gauge',
        'tidemark_sink_messages{sink="siem",outcome="pending"} 2',
        'tidemark_sink_messages{sink="siem",outcome="delivered"} 40',
        'tidemark_sink_messages{sink="siem",outcome="dead"} 1',
        'tidemark_sink_messages{sink="new",outcome="pending"} 0',
        'tidemark_sink_messages{sink="new",outcome="delivered"} 0',
        'tidemark_sink_messages{sink="new",outcome="dead"} 0',
        '# HELP tidemark_sink_last_delivery_timestamp_seconds When a message was delivered last, in seconds since 1970.',
        '# TYPE tidemark_sink_last_delivery_timestamp_seconds gauge',
        `tidemark_sink_last_delivery_timestamp_seconds{sink="siem"} ${MOMENT / 1e6}`,
        '',
      ].join('\n'),
    );
    // Another file took its place, which everybody may read, and no draft is left.
    const after = await stat(file);
    expect(after.ino).not.toBe(ino);
    expect(after.mode & 0o777).toBe(0o644 & ~process.umask());
    expect((await readdir(folder)).filter((name) => name.includes('prom'))).toEqual(['tidemark.prom']);
  });

  test('that cannot be counted leave the old ones', async () => {
    const path = join(folder, 'kept.prom');
    await writeFile(path, 'old');
    const sink = await made({ kind: 'prometheus', path }, () => Promise.reject(new Error('no store')));
    expect((await failure(sink)).message).toBe('no store');
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
