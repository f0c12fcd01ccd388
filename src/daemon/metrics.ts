import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WatchMetrics } from '../assembly/recon-workspace.ts';
import type { PartState, PartStatus } from './supervisor.ts';

/** Every state, so that each part has a series for each. */
const STATES: readonly PartState[] = ['starting', 'running', 'waiting', 'failing', 'stopped'];

/** Where a scan came from. */
export type ScanOrigin = 'schedule' | 'drop';
/** What became of it. */
export type ScanOutcome = 'imported' | 'known' | 'refused' | 'missed' | 'failed';

/** Seconds: judging takes from milliseconds to minutes. */
const WORK_BUCKETS = [0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800];
/** Seconds: an answer of the API is to take less than 0.2. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];

/** Our metrics: type, sentence and labels by name. Labels have few values, none of which somebody outside chose. */
const CATALOGUE = {
  tidemark_build_info: { type: 'gauge', help: 'Always 1; its label says the version.', labels: ['version'] },
  tidemark_part_state: {
    type: 'gauge',
    help: 'Whether a part of the daemon is in a state: 1 or 0.',
    labels: ['part', 'state'],
  },
  tidemark_part_restarts_total: {
    type: 'counter',
    help: 'How often a part was started again after a failure.',
    labels: ['part'],
  },
  tidemark_telemetry_records_total: {
    type: 'counter',
    help: 'Records of followed telemetry by what became of them: kept, or set aside as unreadable.',
    labels: ['watcher', 'outcome'],
  },
  tidemark_telemetry_lag_seconds: {
    type: 'gauge',
    help: 'Time between the newest record of a watcher and now.',
    labels: ['watcher'],
  },
  tidemark_telemetry_waiting_bytes: {
    type: 'gauge',
    help: 'What is written to the files of a watcher and not read yet.',
    labels: ['watcher'],
  },
  tidemark_telemetry_files: { type: 'gauge', help: 'Files that a watcher follows.', labels: ['watcher'] },
  tidemark_detection_duration_seconds: {
    type: 'histogram',
    help: 'How long a judgement of all telemetry took.',
    labels: [],
    buckets: WORK_BUCKETS,
  },
  tidemark_assessment_duration_seconds: {
    type: 'histogram',
    help: 'How long the assessment of a scan took.',
    labels: [],
    buckets: WORK_BUCKETS,
  },
  tidemark_scans_total: {
    type: 'counter',
    help: 'Scans by where they came from and what became of them.',
    labels: ['origin', 'outcome'],
  },
  tidemark_findings: {
    type: 'gauge',
    help: 'Findings that ask for review, by half, severity and state.',
    labels: ['half', 'severity', 'state'],
  },
  tidemark_outbox_messages: {
    type: 'gauge',
    help: 'Messages in the outbox of a sink: waiting, or given up (dead).',
    labels: ['sink', 'state'],
  },
  tidemark_outbox_deliveries_total: {
    type: 'counter',
    help: 'Tries to deliver a message, by how they ended; dead: failed for the last time.',
    labels: ['sink', 'outcome'],
  },
  tidemark_http_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to the API took, by route as it is declared, method and status.',
    labels: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
  },
  tidemark_store_size_bytes: { type: 'gauge', help: 'What the history takes on the disk.', labels: [] },
  tidemark_store_free_bytes: {
    type: 'gauge',
    help: 'Free space where the history lies; with several nodes the least.',
    labels: [],
  },
  tidemark_store_memory_bytes: { type: 'gauge', help: 'Memory that the engine has in use.', labels: [] },
  tidemark_store_problems: {
    type: 'gauge',
    help: 'Damaged parts that the engine has set aside: rows are missing from every answer.',
    labels: [],
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly type: 'gauge' | 'counter' | 'histogram';
      readonly help: string;
      readonly labels: readonly string[];
      readonly buckets?: readonly number[];
    }
  >
>;
type Name = keyof typeof CATALOGUE;
type Labels = Readonly<Record<string, string>>;

/** The table in docs/metrics.md. */
export function metricsTable(): string {
  const rows = Object.entries(CATALOGUE).map(
    ([name, { type, help, labels }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** What the daemon counts of itself, in a registry of its own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  /** Totals of the watches that are under way: theirs begin anew with each start. */
  readonly #watched = new Map<string, { readonly records: number; readonly problems: number }>();

  constructor(version: string) {
    const registers = [this.#registry];
    for (const [name, each] of Object.entries(CATALOGUE)) {
      const { type, help } = each;
      const labelNames = [...each.labels];
      if (type === 'gauge') this.#gauges.set(name, new Gauge({ name, help, labelNames, registers }));
      else if (type === 'counter')
        this.#counters.set(name, new Counter({ name, help, labelNames, registers }));
      else
        this.#histograms.set(
          name,
          new Histogram({ name, help, labelNames, buckets: [...each.buckets], registers }),
        );
    }
    collectDefaultMetrics({ register: this.#registry });
    this.#set('tidemark_build_info', { version }, 1);
  }

  /** In Prometheus' text format. */
  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  part({ name, state, restarts }: PartStatus, before: PartStatus | undefined): void {
    for (const each of STATES)
      this.#set('tidemark_part_state', { part: name, state: each }, each === state ? 1 : 0);
    this.#add('tidemark_part_restarts_total', { part: name }, restarts - (before?.restarts ?? 0));
  }

  watch(watcher: string, { records, problems, lagSeconds, behindBytes, files }: WatchMetrics): void {
    const before = this.#watched.get(watcher) ?? { records: 0, problems: 0 };
    this.#watched.set(watcher, { records, problems });
    const more = (now: number, then: number): number => (now >= then ? now - then : now);
    this.#add(
      'tidemark_telemetry_records_total',
      { watcher, outcome: 'kept' },
      more(records, before.records),
    );
    this.#add(
      'tidemark_telemetry_records_total',
      { watcher, outcome: 'set aside' },
      more(problems, before.problems),
    );
    if (lagSeconds !== undefined) this.#set('tidemark_telemetry_lag_seconds', { watcher }, lagSeconds);
    this.#set('tidemark_telemetry_waiting_bytes', { watcher }, behindBytes);
    this.#set('tidemark_telemetry_files', { watcher }, files);
  }

  detection(seconds: number): void {
    this.#histograms.get('tidemark_detection_duration_seconds')?.observe(seconds);
  }

  assessment(seconds: number): void {
    this.#histograms.get('tidemark_assessment_duration_seconds')?.observe(seconds);
  }

  scan(origin: ScanOrigin, outcome: ScanOutcome): void {
    this.#add('tidemark_scans_total', { origin, outcome }, 1);
  }

  findings(
    counts: readonly {
      readonly half: string;
      readonly severity: string;
      readonly state: string;
      readonly findings: number;
    }[],
  ): void {
    this.#gauges.get('tidemark_findings')?.reset();
    for (const { findings, ...labels } of counts) this.#set('tidemark_findings', labels, findings);
  }

  outbox(sink: string, pending: number, dead: number): void {
    this.#set('tidemark_outbox_messages', { sink, state: 'pending' }, pending);
    this.#set('tidemark_outbox_messages', { sink, state: 'dead' }, dead);
  }

  delivered(sink: string, outcome: 'delivered' | 'failed' | 'dead', count: number): void {
    this.#add('tidemark_outbox_deliveries_total', { sink, outcome }, count);
  }

  /** `route` as it is declared, never as it was asked for. */
  request(answer: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly milliseconds: number;
  }): void {
    const { method, route, status, milliseconds } = answer;
    this.#histograms
      .get('tidemark_http_request_duration_seconds')
      ?.observe({ method, route, status: String(status) }, milliseconds / 1e3);
  }

  store(sizes: {
    readonly size: number;
    readonly free: number;
    readonly memory: number;
    readonly problems: number;
  }): void {
    this.#set('tidemark_store_size_bytes', {}, sizes.size);
    this.#set('tidemark_store_free_bytes', {}, sizes.free);
    this.#set('tidemark_store_memory_bytes', {}, sizes.memory);
    this.#set('tidemark_store_problems', {}, sizes.problems);
  }

  #set(name: Name, labels: Labels, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  #add(name: Name, labels: Labels, value: number): void {
    this.#counters.get(name)?.inc(labels, value);
  }
}
