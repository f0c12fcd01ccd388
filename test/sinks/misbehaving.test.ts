import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingId } from '../../src/findings/identity.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { exposed, MOMENT } from './sample.ts';
import { keepAssessment, openMigrated, sinksOver } from './stored-findings.ts';

const FINDINGS = 12;
const keep = new Set<Socket>();
const timers = new Set<NodeJS.Timeout>();

/** A byte of an answer that never ends, ten times a second. */
function drip(write: (text: string) => void): void {
  timers.add(setInterval(() => write('x'), 100));
}

/** Receivers over plain TCP: what each does with a connection. */
const RAW: Readonly<Record<string, (socket: Socket) => void>> = {
  silent: () => undefined,
  drips: (socket) => drip((text) => void socket.write(text)),
  closes: (socket) => void socket.destroy(),
  // Half of an answer, then its end.
  breaks: (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"code"'),
  babbles: (socket) => void socket.end('what do you want?\r\n'),
};

/** Receivers over HTTP: what each answers. */
const HTTP: Readonly<Record<string, (response: ServerResponse) => void>> = {
  redirects: (response) => response.writeHead(308, { location: 'http://169.254.169.254/' }).end(),
  'drips-body': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    drip((text) => void response.write(text));
  },
  'lies-bulk': (response) =>
    response.end(
      JSON.stringify({
        errors: true,
        items: Array.from({ length: FINDINGS }, () => ({
          create: { status: 429, error: { reason: 'the queue is full' } },
        })),
      }),
    ),
  'lies-hec': (response) => response.end('{"text":"Invalid token","code":4}'),
  floods: (response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
};

let folder = '';
let store: Store;
const servers: (Server | HttpServer)[] = [];
const ports = new Map<string, number>();
const taken: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-misbehaving-'));
  store = await openMigrated(join(folder, 'data'));
  const start = async (name: string, server: Server | HttpServer): Promise<void> => {
    server.on('connection', (socket: Socket) => keep.add(socket.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    ports.set(name, (server.address() as AddressInfo).port);
  };
  for (const [name, does] of Object.entries(RAW)) await start(name, createServer(does));
  for (const [name, does] of Object.entries(HTTP))
    await start(
      name,
      createHttpServer((request, response) => {
        request.on('error', () => undefined).resume();
        request.on('end', () => does(response));
      }),
    );
  await start(
    'well',
    createHttpServer((request, response) => {
      taken.push(String(request.headers['webhook-id']));
      request.resume().on('end', () => response.end());
    }),
  );
});
afterAll(async () => {
  for (const timer of timers) clearInterval(timer);
  for (const socket of keep) socket.destroy();
  for (const server of servers) server.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('whatever receivers do, each is a failure of its own, and those that are well have everything', async () => {
  const findings = Array.from({ length: FINDINGS }, (_, number) =>
    exposed({ id: findingId('exposure', 'drift.port-opened', {}, String(number)) }),
  );
  await keepAssessment(store, findings, { at: MOMENT });
  const web = (name: string, more: object) => ({
    name,
    url: `http://127.0.0.1:${ports.get(name.replace(/-of-.*$/, ''))}`,
    allowHosts: ['127.0.0.1'],
    timeoutSeconds: 1,
    ...more,
  });
  const tcp = (name: string, of: string, more: object) => {
    const port = ports.get(name)!;
    const where =
      of === 'nats' || of === 'kafka' ? { hosts: [`127.0.0.1:${port}`] } : { host: '127.0.0.1', port };
    return { name: `${name}-of-${of}`, kind: of, timeoutSeconds: 1, ...where, ...more };
  };
  const mail = { security: 'none', from: 'a@example.org', to: ['b@example.org'] };
  const configs = [
    ...Object.keys({ ...RAW, redirects: 0, 'drips-body': 0, floods: 0 }).map((name) =>
      web(`${name}-of-hook`, { kind: 'webhook' }),
    ),
    web('lies-bulk', { kind: 'elasticsearch' }),
    web('lies-hec', { kind: 'splunk', token: 'hunter2' }),
    ...Object.keys(RAW).flatMap((name) => [
      tcp(name, 'smtp', mail),
      tcp(name, 'nats', { security: 'none' }),
      tcp(name, 'kafka', { security: 'none', topic: 'findings' }),
    ]),
    { ...tcp('silent', 'syslog', {}), protocol: 'tcp' },
    web('well', { kind: 'webhook', timeoutSeconds: 60 }),
    { name: 'archive', kind: 'file', path: join(folder, 'archive.jsonl') },
  ].map((config) => ({ tell: 'everything', ...config }));
  let now = MOMENT;
  const sinks = sinksOver(store, configs, () => (now = (now + 1e6) as Instant));
  await sinks.enqueue();
  const rounds = await sinks.deliver({
    version: '0.1.0',
    stdout: new Writable(),
    signal: new AbortController().signal,
  });

  const outcome = new Map(rounds.map((round) => [round.sink, round]));
  for (const well of ['well', 'archive'])
    expect(outcome.get(well)).toMatchObject({ delivered: FINDINGS, failed: 0 });
  expect(new Set(taken).size).toBe(FINDINGS);
  const lines = (await readFile(join(folder, 'archive.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(FINDINGS);
  const ill = rounds.filter(({ sink }) => sink !== 'well' && sink !== 'archive');
  expect(ill).toHaveLength(configs.length - 2);
  for (const round of ill) {
    expect(round).toMatchObject({ delivered: 0, dead: 0 });
    expect(round.failed).toBeGreaterThan(0);
    expect(round.why).toMatch(/\S/);
    expect(round.why).not.toContain('hunter2');
  }
  expect(outcome.get('lies-bulk')!.why).toContain('the queue is full');
  expect(outcome.get('lies-hec')!.why).toContain('Invalid token');
  expect(outcome.get('redirects-of-hook')!.why).toContain('308');
  // All of it waits for its next try; nothing was lost.
  for (const { name, pending } of await sinks.list())
    expect(pending).toBe(outcome.get(name)!.delivered === FINDINGS ? 0 : FINDINGS);
}, 120_000);
