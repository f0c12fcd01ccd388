import type { FindingCount } from '../sinks/format/exposition.ts';
import type { ListedFinding } from './stored-findings.ts';

/** Findings by half, severity and state, in that order. */
export function countFindings(
  findings: readonly Pick<ListedFinding, 'finding' | 'lifecycle'>[],
): readonly FindingCount[] {
  const counts = new Map<string, FindingCount>();
  for (const { finding, lifecycle } of findings) {
    const { half, severity } = finding;
    const { state } = lifecycle;
    const key = `${half} ${severity} ${state}`;
    counts.set(key, { half, severity, state, findings: (counts.get(key)?.findings ?? 0) + 1 });
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
