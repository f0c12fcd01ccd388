import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { scratch, tidemark } from '../cli/tidemark.ts';
import { DaemonProcess } from './daemon-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
/** What somebody outside chose: the name of a file. It belongs into no label and no attribute. */
const OUTSIDE = 'chosen-by-somebody-else';

/** What a collector takes at /v1/traces, as far as it is of use here. */
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              name: z.string(),
              kind: z.number(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.string()) })),
              status: z.object({ code: z.number().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Span = z.output<typeof exported>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

let folder: string;
let collector: Server;
let daemon: DaemonProcess;
let url: string;
let secret: string;
const spans: Span[] = [];

beforeAll(async () => {
  folder = scratch();
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.url !== '/v1/traces') return response.writeHead(404).end();
      const { resourceSpans } = exported.parse(JSON.parse(body));
      for (const { scopeSpans } of resourceSpans)
        for (const { scope, spans: some } of scopeSpans) if (scope.name === 'tidemark') spans.push(...some);
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `serve:
  drop: { folder: drop, settleSeconds: 1 }
  watch: [{ name: ids, paths: [logs] }]
  detectSeconds: 10
sinks: [{ name: out, kind: file, path: out.jsonl }]
schedules: [{ name: yearly, cron: '0 0 1 1 *', profiles: [exposure], targets: [127.0.0.1] }]
`,
  );
  for (const name of ['drop', 'logs']) mkdirSync(join(folder, name));
  cpSync(join(ROOT, 'examples/telemetry/mixed-recon-chain.eve.json'), join(folder, `logs/${OUTSIDE}.json`));
  cpSync(join(ROOT, 'examples/lab/2026-11-15.xml'), join(folder, `drop/${OUTSIDE}.xml`));
  daemon = await DaemonProcess.start(folder, ['--listen', '127.0.0.1:0'], {
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'otlp-exporter.mjs')).href}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    },
  });
  for (const event of [
    'http.listening',
    'assessment.made',
    'detection.made',
    'episode.seen',
    'sink.delivered',
  ])
    await daemon.until(event);
  url = String(daemon.log.find(({ event }) => event === 'http.listening')?.['url']);
  const made = await tidemark(['-q', 'token', 'create', 'prometheus', '--role', 'viewer'], { cwd: folder });
  secret = made.stdout.trim();
}, 120_000);
afterAll(async () => {
  await daemon.end();
  collector.closeAllConnections();
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string): Promise<Response> =>
  fetch(`${url}${path}`, { headers: { authorization: `Bearer ${secret}` } });

test('what Prometheus scrapes from a running daemon is what docs/metrics.md says, each with a figure', async () => {
  expect((await get('/api/v1/findings?limit=1')).status).toBe(200);
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const types = new Map(
    [...text.matchAll(/^# TYPE (tidemark_\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]),
  );
  const helps = new Map(
    [...text.matchAll(/^# HELP (tidemark_\S+) (.+)$/gm)].map(([, name, help]) => [name!, help!]),
  );
  const labels = new Map<string, Set<string>>();
  for (const [, series = '', pairs = ''] of text.matchAll(/^(tidemark_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const name = types.has(series) ? series : series.replace(/_(?:bucket|sum|count)$/, '');
    const names = [...pairs.matchAll(/(\w+)="/g)]
      .map(([, label]) => label!)
      .filter((label) => label !== 'le');
    labels.set(name, new Set([...(labels.get(name) ?? []), ...names]));
  }
  const seen = [...types].map(([name, type]) => ({
    name,
    type,
    labels: [...(labels.get(name) ?? ['no figure'])].toSorted(),
    help: helps.get(name),
  }));
  const documented = [...DOCUMENT.matchAll(/^\| `(tidemark_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)].map(
    ([, name, type, names = '', help]) => ({
      name,
      type,
      labels: [...names.matchAll(/`(\w+)`/g)].map(([, label]) => label!).toSorted(),
      help,
    }),
  );
  expect(documented.length).toBeGreaterThan(10);
  expect(seen).toEqual(documented);
  expect(text).not.toContain(OUTSIDE);
  // What has happened is counted.
  expect(text).toContain('tidemark_scans_total{origin="drop",outcome="imported"} 1\n');
  expect(text).toMatch(/^tidemark_telemetry_records_total\{watcher="ids",outcome="kept"\} [1-9]/m);
  expect(text).toMatch(/^tidemark_outbox_deliveries_total\{sink="out",outcome="delivered"\} [1-9]/m);
  expect(text).toContain('tidemark_part_state{part="http",state="running"} 1\n');
});

test('what a collector gets over OTLP/HTTP is what docs/metrics.md says', async () => {
  await get('/api/v1/findings?limit=1');
  const documented = [...DOCUMENT.matchAll(/`(tidemark\.[a-z]+)`/g)].map(([, name]) => name!);
  const names = (): string[] => [...new Set(spans.map(({ name }) => name))];
  await daemon.waitFor(
    () => names().includes('GET /api/v1/findings') && documented.every((name) => names().includes(name)),
    'every span was exported',
  );
  expect(
    names()
      .filter((name) => name.startsWith('tidemark.'))
      .toSorted(),
  ).toEqual(documented.toSorted());
  expect(names().filter((name) => !/^tidemark\.|^[A-Z]+ (?:\/|other$)/.test(name))).toEqual([]);
  for (const span of spans)
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  // Counts and identifiers, and nothing that somebody outside wrote.
  const text = JSON.stringify(spans);
  expect(text).not.toContain(OUTSIDE);
  expect(text).not.toContain(secret);
  const answered = spans.find(({ name }) => name === 'GET /api/v1/findings');
  expect(answered).toMatchObject({
    kind: 2,
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'http.route', value: { stringValue: '/api/v1/findings' } },
      { key: 'http.response.status_code', value: { intValue: '200' } },
    ],
  });
});
