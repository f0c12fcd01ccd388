import type { HostAnomaly } from '../../findings/anomaly.ts';
import type { Finding, Observation } from '../../findings/finding.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Deviation } from '../model/deviation.ts';
import type { KnownAnomaly } from './anomaly-context.ts';
import type { AssessContext } from './assess-context.ts';
import type { Facts } from './facts.ts';

/** Items of an observation: what weighs most, in as many clauses as a person reads. */
const ITEMS_SAID = 3;

/** The anomaly as rules see it. */
export function anomalyFacts(known: KnownAnomaly | undefined): NonNullable<Facts[string]> {
  return {
    alert: known?.anomaly.alert !== undefined,
    channel: known?.channel ?? '',
    severe: known?.severe === true,
  };
}

/** What weighs most of what makes the host unusual. */
export function observeAnomaly(context: AssessContext, anomaly: HostAnomaly): Observation {
  const items = anomaly.items.filter(({ value, text }) => value > 0 && text !== '').slice(0, ITEMS_SAID);
  const summary = context.anomalies?.summary;
  const model = summary?.model ?? 'surprise/1';
  const fact = `${model}, learned from ${summary?.scans ?? 0} scans: score ${anomaly.score.toFixed(2)}`;
  return {
    text: items.map(({ text }) => text).join('. ') || 'This host is not as it used to be',
    evidence: [
      { kind: 'scan', run: context.run.id, host: anomaly.host, fact },
      ...items.map(({ text, value }) => ({
        kind: 'rule' as const,
        rule: model,
        fact: `${value >= 0 ? '+' : ''}${value.toFixed(2)} ${text}`,
      })),
    ],
  };
}

/** Ports that the anomaly is mostly about. */
function portsOf({ anomaly }: KnownAnomaly): ReadonlySet<PortKey> {
  return new Set(
    anomaly.items
      .filter(({ value }) => value > 0)
      .slice(0, ITEMS_SAID)
      .flatMap(({ ports }) => ports),
  );
}

/** Whether what the anomaly is about has a finding of its own: then it needs no second one. */
export function saysElsewhere(
  known: KnownAnomaly,
  spoken: ReadonlySet<PortKey>,
  deviations: readonly Deviation[],
): boolean {
  const ports = portsOf(known);
  const changes = deviations.filter(({ pattern }) => pattern === 'change');
  if (ports.size === 0)
    return changes.some((deviation) => deviation.changes.some(({ kind }) => OF_THE_HOST.has(kind)));
  return (
    [...ports].some((port) => spoken.has(port)) ||
    changes.some((deviation) => deviation.ports.some((port) => ports.has(port)))
  );
}

/** Changes of a host as a whole that drift tells of. */
const OF_THE_HOST: ReadonlySet<string> = new Set(['host-appeared', 'os-changed', 'mac-changed']);

/** Adds to the findings on what an alert is about why it is unusual here. Those that stand alone say so already. */
export function withAnomaly<T extends { readonly finding: Finding; readonly category: string }>(
  context: AssessContext,
  made: readonly T[],
  known: KnownAnomaly,
): readonly T[] {
  if (known.anomaly.alert === undefined) return made;
  const ports = portsOf(known);
  return made.map((entry) => {
    const { finding, category } = entry;
    const { port } = finding.subject;
    const concerns = port === undefined ? ports.size === 0 && category === 'drift' : ports.has(port);
    if (!concerns || category === 'unusual' || finding.severity === 'info') return entry;
    const observations = [...finding.observations, observeAnomaly(context, known.anomaly)];
    return { ...entry, finding: { ...finding, observations } };
  });
}
