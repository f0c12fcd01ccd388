import { versionOf } from '../outgoing.ts';
import { compareSeverity } from '../severity.ts';
import type { AlertCandidate, AlertLine, AlertLog } from './entry.ts';
import { urgencyOf } from './urgency.ts';

/** A finding that stands otherwise than people were told. */
export interface Change {
  readonly candidate: AlertCandidate;
  /** `gone`: it came and went between two looks. */
  readonly kind: 'new' | 'again' | 'worse' | 'other' | 'done' | 'gone';
  readonly told: AlertLine | undefined;
  readonly held: AlertLine | undefined;
  readonly version: string;
  readonly revision: number;
}

/** How a finding stands against what was told of it; undefined when that is the same. */
export function changeOf(candidate: AlertCandidate, log: AlertLog): Change | undefined {
  const { finding, state, asks, news, opened, lifecycle } = candidate;
  const newest = log.newest.get(finding.id);
  const told = log.told.get(finding.id);
  const held = newest?.decision === 'held' ? newest : undefined;
  const version = versionOf(finding, state);
  const change = { candidate, told, held, version, revision: (newest?.revision ?? 0) + 1 };
  if (told === undefined) {
    if (asks) return news || held !== undefined ? { ...change, kind: 'new' } : undefined;
    if (held !== undefined) return { ...change, kind: 'done' };
    return news && opened !== undefined ? { ...change, kind: 'gone' } : undefined;
  }
  // Told as over, and over: unless it was back in between.
  if (opened !== undefined && !told.asks && lifecycle.reopened > (told.reopened ?? Infinity))
    return { ...change, kind: held === undefined ? 'gone' : 'done' };
  // What was held and is again as it was told needs no message.
  if (told.version === version && told.asks === asks)
    return held === undefined ? undefined : { ...change, kind: 'other' };
  if (!asks) return told.asks || held !== undefined ? { ...change, kind: 'done' } : undefined;
  if (!told.asks) return { ...change, kind: 'again' };
  const worse =
    compareSeverity(finding.severity, told.severity) < 0 ||
    ((finding.meeting?.grade ?? 0) > told.grade && urgencyOf(finding).class !== 'ordinary');
  return { ...change, kind: worse ? 'worse' : 'other' };
}
