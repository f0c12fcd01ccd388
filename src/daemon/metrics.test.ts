import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WatchMetrics } from '../assembly/recon-workspace.ts';
import { fromMillis } from '../time/instant.ts';
import { Metrics, metricsTable } from './metrics.ts';
import type { PartStatus } from './supervisor.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'metrics.md');
const lines = async (metrics: Metrics, name: string): Promise<readonly string[]> =>
  (await metrics.exposition()).text.split('\n').filter((line) => line.startsWith(name));

test('docs/metrics.md has every metric (UPDATE_CASES=1 writes the table)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const wanted = page.replace(
    /<!-- metrics -->.*<!-- \/metrics -->/s,
    `<!-- metrics -->\n\n${metricsTable()}\n\n<!-- /metrics -->`,
  );
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(PAGE, wanted);
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});

test('names follow the conventions, and have help', async () => {
  const { text } = await new Metrics('1.2.3').exposition();
  const types = new Map(
    [...text.matchAll(/^# TYPE (tidemark_\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]),
  );
  expect(types.size).toBeGreaterThan(15);
  for (const [name, type] of types) {
    expect(name).toMatch(/^tidemark(?:_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/millis|minutes|hours|percent|kilo|mega/);
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.+$`, 'm'));
  }
  expect(text).toContain('tidemark_build_info{version="1.2.3"} 1');
  expect(text).toContain('process_cpu_seconds_total');
});

test('two of them in one process do not meet', async () => {
  const [one, other] = [new Metrics('1'), new Metrics('2')];
  one.scan('drop', 'imported');
  expect(await lines(one, 'tidemark_scans_total{')).toEqual([
    'tidemark_scans_total{origin="drop",outcome="imported"} 1',
  ]);
  expect(await lines(other, 'tidemark_scans_total{')).toEqual([]);
});

test('a part has one state, and its restarts add up', async () => {
  const metrics = new Metrics('1');
  const status = (state: PartStatus['state'], restarts: number): PartStatus => ({
    name: 'delivery',
    state,
    since: fromMillis(0),
    detail: '',
    restarts,
    failures: 0,
    error: undefined,
    next: undefined,
    givenUp: false,
  });
  metrics.part(status('failing', 0), undefined);
  metrics.part(status('starting', 1), status('failing', 0));
  metrics.part(status('running', 1), status('starting', 1));
  const states = await lines(metrics, 'tidemark_part_state{');
  expect(states).toHaveLength(5);
  expect(states.filter((line) => line.endsWith(' 1'))).toEqual([
    'tidemark_part_state{part="delivery",state="running"} 1',
  ]);
  expect(await lines(metrics, 'tidemark_part_restarts_total{')).toEqual([
    'tidemark_part_restarts_total{part="delivery"} 1',
  ]);
});

describe('a watcher', () => {
  const figures = (records: number, problems: number, lagSeconds?: number): WatchMetrics => ({
    at: fromMillis(0),
    files: 2,
    records,
    problems,
    perSecond: 0,
    lagSeconds,
    behindBytes: 10,
    sources: 0,
    episodes: 0,
  });

  test('adds up over restarts, which begin anew with their own count', async () => {
    const metrics = new Metrics('1');
    for (const each of [figures(10, 1), figures(25, 1, 3.5), figures(5, 0), figures(6, 2)])
      metrics.watch('zeek', each);
    expect(await lines(metrics, 'tidemark_telemetry_records_total{')).toEqual([
      'tidemark_telemetry_records_total{watcher="zeek",outcome="kept"} 31',
      'tidemark_telemetry_records_total{watcher="zeek",outcome="set aside"} 3',
    ]);
    expect(await lines(metrics, 'tidemark_telemetry_lag_seconds{')).toEqual([
      'tidemark_telemetry_lag_seconds{watcher="zeek"} 3.5',
    ]);
  });
});

test('findings that are gone have no figure any more', async () => {
  const metrics = new Metrics('1');
  metrics.findings([
    { half: 'exposure', severity: 'high', state: 'open', findings: 3 },
    { half: 'recon', severity: 'low', state: 'noise', findings: 1 },
  ]);
  metrics.findings([{ half: 'exposure', severity: 'high', state: 'resolved', findings: 3 }]);
  expect(await lines(metrics, 'tidemark_findings{')).toEqual([
    'tidemark_findings{half="exposure",severity="high",state="resolved"} 3',
  ]);
});

test('sinks, answers and the store are counted', async () => {
  const metrics = new Metrics('1');
  metrics.outbox('siem', 4, 1);
  metrics.delivered('siem', 'delivered', 2);
  metrics.delivered('siem', 'failed', 0);
  metrics.request({ method: 'GET', route: '/api/v1/hosts/:address', status: 404, milliseconds: 30 });
  metrics.store({ size: 100, free: 200, memory: 300, problems: 0 });
  metrics.detection(2);
  metrics.assessment(0.2);
  expect(await lines(metrics, 'tidemark_outbox_messages{')).toEqual([
    'tidemark_outbox_messages{sink="siem",state="pending"} 4',
    'tidemark_outbox_messages{sink="siem",state="dead"} 1',
  ]);
  expect(await lines(metrics, 'tidemark_outbox_deliveries_total{')).toContain(
    'tidemark_outbox_deliveries_total{sink="siem",outcome="delivered"} 2',
  );
  expect(await lines(metrics, 'tidemark_http_request_duration_seconds_sum')).toEqual([
    'tidemark_http_request_duration_seconds_sum{method="GET",route="/api/v1/hosts/:address",status="404"} 0.03',
  ]);
  expect(await lines(metrics, 'tidemark_store_free_bytes ')).toEqual(['tidemark_store_free_bytes 200']);
  expect(await lines(metrics, 'tidemark_detection_duration_seconds_count')).toEqual([
    'tidemark_detection_duration_seconds_count 1',
  ]);
  expect(await lines(metrics, 'tidemark_assessment_duration_seconds_count')).toEqual([
    'tidemark_assessment_duration_seconds_count 1',
  ]);
});
