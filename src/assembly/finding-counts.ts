import { findingCross } from '../findings/queries/listed.ts';
import { SEVERITIES } from '../findings/severity.ts';
import type { FindingCount } from '../sinks/format/exposition.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';

/** Findings by half, severity and state, as the list of findings was last refreshed. Throws a Fault `store/…`. */
export async function countFindings(store: Store): Promise<readonly FindingCount[]> {
  const { query, params } = findingCross({});
  const counts = new Map<string, FindingCount>();
  for (const { half, severity: rank, state, n } of await all(store, query, params)) {
    const severity = SEVERITIES[rank]!;
    const key = `${half} ${severity} ${state}`;
    counts.set(key, { half, severity, state, findings: (counts.get(key)?.findings ?? 0) + n });
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}
