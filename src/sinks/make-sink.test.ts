import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
