import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import type { AlertEntry, AlertLine } from '../alerts/entry.ts';
import type { DigestItem } from '../outgoing.ts';

/** Rows of the log of alerts in the outbox have this for a sink: no sink can be called so. */
const LOG = '';

/** A line of the log → its row in the outbox. */
export function encodeAlertEntry({ item, members, ...line }: AlertEntry): Row {
  return {
    sink: LOG,
    key: line.key,
    finding: line.id,
    revision: line.revision,
    version: line.version,
    queued: formatColumnTime(line.at),
    document: JSON.stringify(item),
    decision: line.decision,
    line: JSON.stringify(line),
    members,
  };
}

/** Up to which refresh of the list findings were decided on, as a row of the outbox: it goes in with what was decided. */
export function encodeAlertMark(version: string, at: Instant): Row {
  return {
    sink: LOG,
    key: `mark-${version}`,
    finding: '',
    revision: 0,
    version,
    queued: formatColumnTime(at),
    document: '',
    decision: 'mark',
    line: '',
    members: [],
  };
}

const lineRow = { line: z.string(), members: z.array(z.string()) };
const lineOf = ({
  line,
  members,
}: {
  readonly line: string;
  readonly members: readonly string[];
}): AlertLine => ({
  ...(JSON.parse(line) as Omit<AlertLine, 'members'>),
  members,
});

/** The refresh up to which findings were decided on, and when that was; undefined before the first. */
export const alertMark = query(
  'findings.alerts.mark',
  `SELECT max(toUInt64OrZero(version)) AS refresh, max(queued) AS at FROM outbox
WHERE sink = '' AND decision = 'mark' HAVING count() > 0`,
  z
    .object({ refresh: z.coerce.string(), at: z.string() })
    .transform(({ refresh, at }) => ({ version: refresh, at: parseColumnTime(at) })),
);

/** When the first line was written; the beginning of time when none was. */
export const firstAlert = query(
  'findings.alerts.first',
  `SELECT min(queued) AS at, count() AS lines FROM outbox WHERE sink = '' AND decision != 'mark'`,
  z
    .object({ at: z.string(), lines: z.coerce.number() })
    .transform(({ at, lines }) => (lines === 0 ? undefined : parseColumnTime(at))),
);

/** Lines since a moment, and digests of any time. */
export const recentAlertLines = query(
  'findings.alerts.recent',
  `SELECT line, members FROM outbox
WHERE sink = '' AND decision != 'mark' AND (queued >= {since:DateTime64(6, 'UTC')} OR decision = 'digest')`,
  z.object(lineRow).transform(lineOf),
);

/** All lines of some findings. */
export const alertLinesOf = query(
  'findings.alerts.of-findings',
  `SELECT line, members FROM outbox WHERE sink = '' AND finding IN {ids:Array(String)}`,
  z.object(lineRow).transform(lineOf),
);

/** Findings whose newest line says that they wait. */
export const heldFindings = query(
  'findings.alerts.held',
  `SELECT finding FROM outbox WHERE sink = '' AND decision NOT IN ('mark', 'digest')
GROUP BY finding HAVING argMax(decision, revision) = 'held' ORDER BY finding`,
  z.object({ finding: z.string() }).transform(({ finding }) => finding),
);

const entryRow = z.object({ ...lineRow, document: z.string() }).transform((row): AlertEntry => ({
  ...lineOf(row),
  item: JSON.parse(row.document) as DigestItem,
}));

/** Lines that no digest tells yet. */
export const untoldAlerts = query(
  'findings.alerts.untold',
  `SELECT line, members, document FROM outbox
WHERE sink = '' AND decision = 'digested'
  AND key NOT IN (SELECT arrayJoin(members) FROM outbox WHERE sink = '' AND decision = 'digest')
ORDER BY queued, key LIMIT 1 BY key`,
  entryRow,
);

/** The log, newest first: of some findings or digests where any are named, of some decisions where any are. */
export const alertEntries = query(
  'findings.alerts.list',
  `SELECT line, members, document FROM outbox
WHERE sink = '' AND decision != 'mark' AND queued >= {since:DateTime64(6, 'UTC')}
  AND (empty({ids:Array(String)}) OR finding IN {ids:Array(String)})
  AND (empty({decisions:Array(String)}) OR decision IN {decisions:Array(String)})
ORDER BY queued DESC, finding, revision DESC LIMIT 1 BY key
LIMIT {most:UInt32}`,
  entryRow,
);

/** Lines by their keys: what a digest tells. */
export const alertEntriesByKey = query(
  'findings.alerts.by-key',
  `SELECT line, members, document FROM outbox WHERE sink = '' AND key IN {keys:Array(String)}
ORDER BY queued DESC, key LIMIT 1 BY key`,
  entryRow,
);
