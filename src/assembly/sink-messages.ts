import type { AlertCandidate, AlertMessage } from '../findings/alerts/entry.ts';
import type { CurrentFinding } from '../findings/current.ts';
import { outgoingKey, versionOf, type OutgoingFinding } from '../findings/outgoing.ts';
import type { OutboxEntry } from '../findings/queries/outbox.ts';
import { compareSeverity } from '../findings/severity.ts';
import type { SinkConfig } from '../sinks/config.ts';
import type { Instant } from '../time/instant.ts';
import { candidateOf } from './stored-alerts.ts';

/** What a sink was told of, by finding. */
export type Known = ReadonlyMap<string, { readonly revision: number; readonly version: string }>;

/** What a sink was told of, and how often what came and went had come back when it was last told of it. */
interface Told {
  readonly known: Known;
  readonly reopened: ReadonlyMap<string, number>;
}

/**
 * What a sink that is told everything has to be told: what is new to it or has changed, oldest first. What came and went
 * since it was last told is two messages, that it was open and that it is resolved; a sink that was never told of
 * anything is not told of what is over.
 * @param findings those that may stand otherwise than it was told
 * @param lately findings that were worked out lately: of others, only what it knows is told
 */
export function everythingFor(
  sink: SinkConfig,
  findings: readonly CurrentFinding[],
  { known, reopened }: Told,
  lately: ReadonlySet<string>,
  now: Instant,
): readonly OutboxEntry[] {
  const isNew = known.size === 0;
  return findings
    .toSorted((a, b) => a.lifecycle.since - b.lifecycle.since || (a.finding.id < b.finding.id ? -1 : 1))
    .flatMap((one) => {
      const { finding } = one;
      const candidate = candidateOf(one, lately.has(finding.id));
      const newest = known.get(finding.id);
      const tell = (...told: readonly AlertCandidate[]): readonly OutboxEntry[] =>
        told.map((each, index) => messageFor(sink, each, (newest?.revision ?? 0) + index, now));
      const cameAndWent = () =>
        tell({ ...candidate, state: 'open', lifecycle: candidate.opened! }, candidate);
      if (newest !== undefined) {
        if (newest.version !== versionOf(finding, candidate.state)) return tell(candidate);
        // Told as resolved, and resolved: unless it was back in between.
        const before = reopened.get(finding.id);
        const wasBack = before !== undefined && before < candidate.lifecycle.reopened;
        return candidate.opened !== undefined && wasBack ? cameAndWent() : [];
      }
      if (!candidate.news || compareSeverity(finding.severity, sink.minSeverity) > 0) return [];
      if (candidate.asks) return tell(candidate);
      return candidate.opened === undefined || isNew ? [] : cameAndWent();
    });
}

/** What a sink that is told alerts has to be told, in the order of the messages: of one finding there may be two. */
export function alertsFor(
  sink: SinkConfig,
  messages: readonly AlertMessage[],
  told: Told,
  now: Instant,
): readonly OutboxEntry[] {
  const known = new Map(told.known);
  return messages.flatMap((message) => {
    const entries = alertFor(sink, message, { ...told, known }, now);
    for (const { version, outgoing } of entries)
      if (message.kind === 'finding')
        known.set(message.candidate.finding.id, { revision: outgoing.revision, version });
    return entries;
  });
}

function alertFor(
  sink: SinkConfig,
  message: AlertMessage,
  { known, reopened }: Told,
  now: Instant,
): readonly OutboxEntry[] {
  if (message.kind === 'digest') {
    const { outgoing, entry } = message;
    // The day's digest is one message for everybody; a group is an alert, as severe as its worst.
    const wanted =
      outgoing.digest.kind === 'day' || compareSeverity(outgoing.digest.severity, sink.minSeverity) <= 0;
    return wanted ? [{ sink: sink.name, version: entry.version, outgoing }] : [];
  }
  const { candidate, entry } = message;
  const { finding, asks } = candidate;
  const newest = known.get(finding.id);
  if (newest?.version === entry.version) return [];
  // It came and went, and this sink was told so before the log was written.
  if (
    candidate.opened !== undefined &&
    asks &&
    candidate.lifecycle.reopened <= (reopened.get(finding.id) ?? -1)
  )
    return [];
  const wanted = asks && compareSeverity(finding.severity, sink.minSeverity) <= 0;
  if (newest === undefined && !wanted) return [];
  return [
    messageFor(sink, candidate, newest?.revision ?? 0, now, { decision: entry.decision, why: entry.reason }),
  ];
}

function messageFor(
  { name }: SinkConfig,
  { finding, state, lifecycle }: AlertCandidate,
  before: number,
  at: Instant,
  alert?: OutgoingFinding['alert'],
): OutboxEntry {
  const version = versionOf(finding, state);
  const revision = before + 1;
  const key = outgoingKey(finding.id, revision, version);
  return {
    sink: name,
    version,
    outgoing: { key, revision, finding, state, lifecycle, at, ...(alert === undefined ? {} : { alert }) },
  };
}
