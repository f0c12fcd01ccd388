import { compareFindings, consequenceOf } from '../ranking.ts';
import type { Severity } from '../severity.ts';
import type { Change } from './change.ts';
import { topicsOf, urgencyOf, type Urgency } from './urgency.ts';

/** One alert: a finding, or several that are told as one. */
export interface Unit {
  readonly changes: readonly Change[];
  readonly urgency: Urgency;
  readonly consequence: number;
  readonly severity: Severity;
  readonly topics: readonly string[];
  /** Whether all of it came and went between two looks; what did is told with nothing else. */
  readonly isGone: boolean;
  /** Of several: what they have in common. */
  readonly group:
    | { readonly kind: 'planned-change' | 'fleet'; readonly id: string; readonly name: string }
    | undefined;
}

/** The worst first; of equals the one that stands first in the list. */
export function compareUnits(a: Unit, b: Unit): number {
  return (
    CLASSES.indexOf(a.urgency.class) - CLASSES.indexOf(b.urgency.class) ||
    b.consequence - a.consequence ||
    compareFindings(a.changes[0]!.candidate.finding, b.changes[0]!.candidate.finding)
  );
}

const CLASSES: readonly Urgency['class'][] = ['wakes', 'urgent', 'ordinary'];

/** Findings that are told as one; one finding is its own unit. */
export function unitOf(changes: readonly Change[], group: Unit['group']): Unit {
  const ordered = changes.toSorted((a, b) => compareFindings(a.candidate.finding, b.candidate.finding));
  const findings = ordered.map(({ candidate }) => candidate.finding);
  const urgencies = findings
    .map(urgencyOf)
    .toSorted((a, b) => CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class));
  return {
    changes: ordered,
    urgency: urgencies[0]!,
    consequence: Math.max(...findings.map(consequenceOf)),
    severity: findings[0]!.severity,
    topics: [...new Set(findings.flatMap(topicsOf))],
    isGone: ordered[0]!.kind === 'gone',
    group,
  };
}
