import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';

const AT = { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' } as const;
const BY = { name: 'by', type: 'String', comment: 'Who' } as const;
const NOTE = { name: 'note', type: 'String', comment: 'Why' } as const;

/** One row per snapshot of the anomaly model, written after its parts: it makes them visible. */
export const surpriseSnapshotTable: Table = {
  name: 'surprise_snapshot',
  comment: 'What the anomaly model had learned, and from which scans',
  columns: [
    { name: 'snapshot', type: 'UUID', comment: 'Identifier' },
    AT,
    { name: 'vantage', type: 'LowCardinality(String)', comment: 'Scans of one vantage are learned together' },
    { name: 'learned', type: 'UInt32', comment: 'How many scans it was learned from' },
    { name: 'last_run', type: 'String', comment: 'The last of them' },
    { name: 'digest', type: 'String', comment: 'SHA-256 over the identifiers of all of them, in order' },
  ],
  engine: 'MergeTree',
  orderBy: ['vantage', 'learned', 'at'],
  shardBy: 'cityHash64(snapshot)',
  durable: true,
};

/** The parts of snapshots: one row for the network, with an empty identity, and one for each host. */
export const surpriseStateTable: Table = {
  name: 'surprise_state',
  comment: 'Parts of what the anomaly model had learned; removed when two newer snapshots exist',
  columns: [
    { name: 'snapshot', type: 'UUID', comment: 'The snapshot it belongs to' },
    {
      name: 'identity',
      type: 'String',
      comment: 'mac:…, name:… or address:…; empty for the network as a whole',
    },
    { name: 'state', type: 'String', comment: 'JSON of the model', codec: 'ZSTD(3)' },
  ],
  engine: 'MergeTree',
  orderBy: ['snapshot', 'identity'],
  shardBy: 'cityHash64(identity)',
  durable: true,
};

/** What people said of unusual hosts. Nothing is changed: taking a verdict back is a row of its own. */
export const surpriseVerdictTable: Table = {
  name: 'surprise_verdict',
  comment: 'Verdicts on unusual hosts, and verdicts taken back',
  columns: [
    { name: 'verdict', type: 'UUID', comment: 'Identifier of the verdict' },
    AT,
    BY,
    NOTE,
    { name: 'event', type: 'LowCardinality(String)', comment: 'given or taken-back' },
    { name: 'run', type: 'String', comment: 'The scan in which the host was unusual' },
    { name: 'identity', type: 'String', comment: 'The host, as the model knows it' },
    { name: 'host', type: 'String', comment: 'Its address in that scan' },
    { name: 'said', type: 'LowCardinality(String)', comment: 'expected, noise or true' },
  ],
  engine: 'MergeTree',
  orderBy: ['at', 'verdict'],
  shardBy: '0',
  durable: true,
};

/** Changes that somebody said would come. */
export const announcedChangeTable: Table = {
  name: 'announced_change',
  comment: 'Announced changes, and announcements withdrawn',
  columns: [
    { name: 'announcement', type: 'UUID', comment: 'Identifier' },
    AT,
    BY,
    NOTE,
    { name: 'event', type: 'LowCardinality(String)', comment: 'announced or withdrawn' },
    { name: 'ticket', type: 'String', comment: 'Ticket or other reference' },
    { name: 'hosts', type: 'Array(String)', comment: 'Address blocks' },
    { name: 'ports', type: 'Array(String)', comment: 'Ports that are to change: 443/tcp; empty for any' },
    { name: 'from', type: "DateTime64(6, 'UTC')", comment: 'From when on' },
    { name: 'to', type: "DateTime64(6, 'UTC')", comment: 'Until when' },
  ],
  engine: 'MergeTree',
  orderBy: ['at', 'announcement'],
  shardBy: '0',
  durable: true,
};

/** Tables of the anomaly model, in the order in which they are created. */
export const surpriseTables: readonly Table[] = [
  surpriseSnapshotTable,
  surpriseStateTable,
  surpriseVerdictTable,
  announcedChangeTable,
];

/** Snapshots of a vantage, the one learned from most scans first, then the newest. */
export const snapshotsOf = query(
  'exposure.surprise.snapshots',
  `SELECT toString(snapshot) AS id, learned, last_run, digest FROM surprise_snapshot
WHERE vantage = {vantage:String} ORDER BY learned DESC, at DESC`,
  z
    .object({ id: z.string(), learned: z.number(), last_run: z.string(), digest: z.string() })
    .transform(({ id, learned, last_run: lastRun, digest }) => ({ id, learned, lastRun, digest })),
);
/** A snapshot without its parts. */
export type Snapshot = ReturnType<typeof snapshotsOf.decode>;

/** The parts of a snapshot; the network's first, because its identity is empty. */
export const stateOf = query(
  'exposure.surprise.state',
  `SELECT identity, state FROM surprise_state WHERE snapshot = toUUID({snapshot:String}) ORDER BY identity`,
  z.object({ identity: z.string(), state: z.string() }),
);

/** What a person said of an unusual host. */
export interface GivenVerdict {
  readonly id: string;
  readonly at: Instant;
  readonly by: string;
  readonly note: string;
  readonly run: string;
  readonly identity: string;
  readonly host: string;
  readonly said: 'expected' | 'noise' | 'true';
  /** When it was taken back, if it was, and by whom. */
  readonly takenBack: { readonly at: Instant; readonly by: string; readonly note: string } | undefined;
}

/** All verdicts, oldest first. */
export const allVerdicts = query(
  'exposure.surprise.verdicts',
  `
SELECT toString(verdict) AS id, g.at AS at, g.by AS by, g.note AS note, run, identity, host, said,
       t.at AS back_at, t.by AS back_by, t.note AS back_note, t.taken AS taken
FROM (SELECT * FROM surprise_verdict WHERE event = 'given') AS g
GLOBAL LEFT JOIN
(
    SELECT verdict, at, by, note, 1 AS taken FROM surprise_verdict WHERE event = 'taken-back' ORDER BY at LIMIT 1 BY verdict
) AS t USING (verdict)
ORDER BY at, id`,
  z
    .object({
      id: z.string(),
      at: z.string(),
      by: z.string(),
      note: z.string(),
      run: z.string(),
      identity: z.string(),
      host: z.string(),
      said: z.enum(['expected', 'noise', 'true']),
      back_at: z.string(),
      back_by: z.string(),
      back_note: z.string(),
      taken: z.number(),
    })
    .transform((row): GivenVerdict => ({
      id: row.id,
      at: parseColumnTime(row.at),
      by: row.by,
      note: row.note,
      run: row.run,
      identity: row.identity,
      host: row.host,
      said: row.said,
      takenBack:
        row.taken === 0
          ? undefined
          : { at: parseColumnTime(row.back_at), by: row.back_by, note: row.back_note },
    })),
);

/** A verdict, or its taking back, as a row. */
export function encodeVerdict(
  verdict: Omit<GivenVerdict, 'takenBack'>,
  event: 'given' | 'taken-back' = 'given',
): Row {
  const { id, at, ...rest } = verdict;
  return { verdict: id, at: formatColumnTime(at), event, ...rest };
}

/** A change that somebody said would come. */
export interface Announcement {
  readonly id: string;
  readonly at: Instant;
  readonly by: string;
  readonly note: string;
  readonly ticket: string;
  readonly hosts: readonly string[];
  readonly ports: readonly string[];
  readonly from: Instant;
  readonly to: Instant;
  readonly withdrawn: boolean;
}

/** All announcements, oldest first. */
export const allAnnouncements = query(
  'exposure.surprise.announcements',
  `
SELECT toString(announcement) AS id, at, by, note, ticket, hosts, ports, \`from\` AS from_time, \`to\` AS to_time,
       announcement GLOBAL IN (SELECT announcement FROM announced_change WHERE event = 'withdrawn') AS withdrawn
FROM announced_change WHERE event = 'announced' ORDER BY at, id`,
  z
    .object({
      id: z.string(),
      at: z.string(),
      by: z.string(),
      note: z.string(),
      ticket: z.string(),
      hosts: z.array(z.string()),
      ports: z.array(z.string()),
      from_time: z.string(),
      to_time: z.string(),
      withdrawn: z.coerce.number(),
    })
    .transform((row): Announcement => ({
      id: row.id,
      at: parseColumnTime(row.at),
      by: row.by,
      note: row.note,
      ticket: row.ticket,
      hosts: row.hosts,
      ports: row.ports,
      from: parseColumnTime(row.from_time),
      to: parseColumnTime(row.to_time),
      withdrawn: row.withdrawn !== 0,
    })),
);

/** An announcement, or its withdrawal, as a row. */
export function encodeAnnouncement(
  announcement: Omit<Announcement, 'withdrawn'>,
  event: 'announced' | 'withdrawn' = 'announced',
): Row {
  const { id, at, from, to, ...rest } = announcement;
  return {
    announcement: id,
    at: formatColumnTime(at),
    event,
    from: formatColumnTime(from),
    to: formatColumnTime(to),
    ...rest,
  };
}
