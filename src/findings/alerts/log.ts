import type { Instant } from '../../time/instant.ts';
import type { FindingId } from '../finding.ts';
import type { AlertEntry, AlertLine, AlertLog } from './entry.ts';
import { ALERTS } from './limits.ts';

const DAY = 86_400e6;

/**
 * The log as the policy reads it, from its lines in any order, some of them twice.
 * @param untold lines that were digested, with what lists show of them; those that a digest tells already are left out
 */
export function alertLogOf(
  lines: readonly AlertLine[],
  untold: readonly AlertEntry[],
  now: Instant,
): AlertLog {
  const newest = new Map<FindingId, AlertLine>();
  const told = new Map<FindingId, AlertLine>();
  const digests = new Map<string, number>();
  const members = new Set<string>();
  const recent = new Map<string, AlertLine>();
  let since: Instant | undefined;
  for (const line of lines) {
    if (since === undefined || line.at < since) since = line.at;
    if (line.decision === 'digest') {
      digests.set(line.id, Math.max(line.revision, digests.get(line.id) ?? 0));
      for (const member of line.members) members.add(member);
      continue;
    }
    const id = line.id as FindingId;
    keepNewest(newest, id, line);
    if (line.decision === 'held') continue;
    keepNewest(told, id, line);
    // A day more than is learned from: local days do not begin with ours.
    if (line.asks && now - line.at <= (ALERTS.learnedDays + 2) * DAY) recent.set(line.key, line);
  }
  return {
    newest,
    told,
    recent: [...recent.values()],
    since,
    untold: [...new Map(untold.map((entry) => [entry.key, entry])).values()]
      .filter(({ key }) => !members.has(key))
      .toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1)),
    digests,
  };
}

function keepNewest(map: Map<FindingId, AlertLine>, id: FindingId, line: AlertLine): void {
  const known = map.get(id);
  if (
    known === undefined ||
    line.revision > known.revision ||
    (line.revision === known.revision && line.at < known.at)
  )
    map.set(id, line);
}
