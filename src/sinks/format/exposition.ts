import type { Finding } from '../../findings/finding.ts';
import type { FindingState } from '../../findings/judgement.ts';
import type { Severity } from '../../findings/severity.ts';
import type { Instant } from '../../time/instant.ts';

/** How many findings there are of one kind. */
export interface FindingCount {
  readonly half: Finding['half'];
  readonly severity: Severity;
  readonly state: FindingState;
  readonly findings: number;
}

/** What became of the messages of one sink. */
export interface SinkCount {
  readonly sink: string;
  readonly pending: number;
  readonly delivered: number;
  readonly dead: number;
  /** When a message was delivered last. */
  readonly last: Instant | undefined;
}

/** Figures for a system that asks for metrics. */
export interface MetricsSnapshot {
  readonly findings: readonly FindingCount[];
  readonly sinks: readonly SinkCount[];
}

type Labels = Readonly<Record<string, string>>;

/**
 * Figures in Prometheus' text format 0.0.4 (its page "Exposition formats"): counts by half, severity and state, and the
 * outbox by sink. No label holds what a scanned host wrote.
 */
export function toExposition({ findings, sinks }: MetricsSnapshot): string {
  return [
    ...family(
      'tidemark_findings',
      'Findings by half, severity and state.',
      findings.map(({ half, severity, state, findings: count }) => [{ half, severity, state }, count]),
    ),
    ...family(
      'tidemark_sink_messages',
      'Messages of each sink by what became of them.',
      sinks.flatMap(({ sink, pending, delivered, dead }) => [
        [{ sink, outcome: 'pending' }, pending],
        [{ sink, outcome: 'delivered' }, delivered],
        [{ sink, outcome: 'dead' }, dead],
      ]),
    ),
    ...family(
      'tidemark_sink_last_delivery_timestamp_seconds',
      'When a message was delivered last, in seconds since 1970.',
      sinks.flatMap(({ sink, last }) => (last === undefined ? [] : [[{ sink }, Math.floor(last / 1e6)]])),
    ),
    '',
  ].join('\n');
}

function family(
  name: string,
  help: string,
  samples: readonly (readonly [labels: Labels, value: number])[],
): readonly string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...samples.map(([labels, value]) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
      return `${name}{${pairs.join(',')}} ${value}`;
    }),
  ];
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
