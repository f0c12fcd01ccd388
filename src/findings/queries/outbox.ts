import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { Keyset, type Asked } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import type { Column, Table } from '../../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import { outgoingId, type Outgoing } from '../outgoing.ts';

/** What became of a try: the receiver has it, it failed and is tried again, it is given up, or a person asked for it again. */
const DELIVERY_OUTCOMES = ['delivered', 'failed', 'dead', 'requeued'] as const;
type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** An entry of the outbox: one message for one sink. */
export interface OutboxEntry {
  readonly sink: string;
  /** See `versionOf`. */
  readonly version: string;
  readonly outgoing: Outgoing;
}

/** An entry that is neither delivered nor given up. */
export interface PendingEntry {
  readonly outgoing: Outgoing;
  /** Tries that failed since it was put in or asked for again. */
  readonly tries: number;
}

/** What became of one try. */
export interface Delivery {
  readonly sink: string;
  readonly key: string;
  readonly at: Instant;
  readonly outcome: DeliveryOutcome;
  readonly tries: number;
  /** When it is tried again, after `failed` and `requeued`. */
  readonly next: Instant;
  /** Why it failed; empty otherwise. May quote the receiver: escape. */
  readonly why: string;
}

/**
 * Columns of the log of alerts, which lies in the same table: what was decided and the messages that it stands for are one
 * insert, whole or not there. Its rows have no sink.
 */
const alertColumns: readonly Column[] = [
  {
    name: 'decision',
    type: 'LowCardinality(String)',
    comment: 'Of the log of alerts: sent, held, digested, digest or mark; empty in messages',
  },
  {
    name: 'line',
    type: 'String',
    comment: 'Of the log of alerts: the decision and its reason as JSON',
    codec: 'ZSTD(3)',
  },
  {
    name: 'members',
    type: 'Array(String)',
    comment: 'Of a digest in the log of alerts: keys of the lines that it tells',
  },
];

const outbox: Table = {
  name: 'outbox',
  comment: 'Findings to be told to sinks',
  columns: [
    { name: 'sink', type: 'LowCardinality(String)', comment: 'Name of the sink' },
    { name: 'key', type: 'String', comment: 'Key of the message: the same key is the same message' },
    { name: 'finding', type: 'String', comment: 'Identifier of the finding' },
    { name: 'revision', type: 'UInt32', comment: 'Which version of the finding for this sink, from 1' },
    { name: 'version', type: 'String', comment: 'Digest of what makes a finding another message' },
    { name: 'queued', type: "DateTime64(6, 'UTC')", comment: 'When it was put in' },
    { name: 'document', type: 'String', comment: 'The message as JSON', codec: 'ZSTD(3)' },
    ...alertColumns,
  ],
  engine: 'MergeTree',
  orderBy: ['sink', 'finding', 'revision', 'key'],
  shardBy: 'cityHash64(sink)',
  durable: true,
};

const outboxDelivery: Table = {
  name: 'outbox_delivery',
  comment: 'What became of each try to tell a sink',
  columns: [
    { name: 'sink', type: 'LowCardinality(String)', comment: 'Name of the sink' },
    { name: 'key', type: 'String', comment: 'Key of the message' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When the try ended' },
    { name: 'outcome', type: 'LowCardinality(String)', comment: 'delivered, failed, dead or requeued' },
    { name: 'tries', type: 'UInt32', comment: 'Tries that failed since it was put in or asked for again' },
    { name: 'next', type: "DateTime64(6, 'UTC')", comment: 'When it is tried again' },
    { name: 'why', type: 'String', comment: 'Why it failed' },
  ],
  engine: 'MergeTree',
  orderBy: ['sink', 'key', 'at'],
  shardBy: 'cityHash64(sink)',
  durable: true,
};

/** The tables of the outbox: entries and what became of them; nothing in them is ever updated. */
export const outboxTables = { outbox, outboxDelivery } as const;

/** Columns that the outbox got later, for the migration that brings them. */
export const outboxAlertColumns = alertColumns.map((column) => ({ table: outbox, column }));

/** An entry → its row. */
export function encodeOutboxEntry({ sink, version, outgoing }: OutboxEntry): Row {
  return {
    sink,
    key: outgoing.key,
    // What is left of a message for some of its recipients waits for itself: the others' next version goes on.
    finding: outgoing.only === undefined ? outgoingId(outgoing) : outgoing.key,
    revision: outgoing.revision,
    version,
    queued: formatColumnTime(outgoing.at),
    document: JSON.stringify(outgoing),
  };
}

/** What became of a try → its row. */
export function encodeDelivery(delivery: Delivery): Row {
  return { ...delivery, at: formatColumnTime(delivery.at), next: formatColumnTime(delivery.next) };
}

/** The newest version of each finding that a sink was told of, or will be. */
export const newestVersions = query(
  'findings.outbox.newest-versions',
  `SELECT finding, max(tuple(revision, version)) AS newest FROM outbox WHERE sink = {sink:String} GROUP BY finding`,
  z
    .object({ finding: z.string(), newest: z.tuple([z.number(), z.string()]) })
    .transform(({ finding, newest: [revision, version] }) => ({ finding, revision, version })),
);

/** How often some findings had come back when a sink was last told of them; those of which no message says it are left out. */
export const reopenedTold = query(
  'findings.outbox.reopened-told',
  `SELECT finding, argMax(JSONExtractUInt(document, 'lifecycle', 'reopened'), revision) AS reopened FROM outbox
WHERE sink = {sink:String} AND finding IN {ids:Array(String)} AND JSONHas(document, 'lifecycle')
GROUP BY finding`,
  z.object({ finding: z.string(), reopened: z.coerce.number() }),
);

/** Every key with what became of it last; of what was written within one microsecond, the later try. */
const NEWEST_DELIVERIES = `
SELECT sink, key, argMax(tuple(outcome, tries, next, why, at), tuple(at, tries)) AS newest
FROM outbox_delivery GROUP BY sink, key`;

const document = z.string().transform((text) => JSON.parse(text) as Outgoing);

/**
 * What is due for a sink, oldest first, of each finding its oldest entry alone: a later version waits until the earlier
 * one is delivered or given up.
 */
export const dueEntries = query(
  'findings.outbox.due',
  `SELECT document, tries FROM (
  SELECT o.document AS document, d.newest.2 AS tries, d.newest.3 AS next, o.queued AS queued, o.finding AS finding, o.revision AS revision
  FROM (SELECT * FROM outbox WHERE sink = {sink:String} ORDER BY queued LIMIT 1 BY key) AS o
  GLOBAL LEFT JOIN (SELECT * FROM (${NEWEST_DELIVERIES}) WHERE sink = {sink:String}) AS d ON o.key = d.key
  WHERE d.newest.1 NOT IN ('delivered', 'dead')
  ORDER BY finding, revision, queued
  LIMIT 1 BY finding
)
WHERE next <= {now:DateTime64(6, 'UTC')}
ORDER BY queued, finding
LIMIT {most:UInt32}`,
  z
    .object({ document, tries: z.number() })
    .transform(({ document: outgoing, tries }): PendingEntry => ({ outgoing, tries })),
);

const DEAD = `
SELECT sink, key, newest.2 AS tries, newest.4 AS why, newest.5 AS at FROM (${NEWEST_DELIVERIES}) WHERE newest.1 = 'dead'`;

/** Newest first. */
export const deadKeyset = new Keyset('dead-letters', [
  { expression: 'toUnixTimestamp64Micro(at)', type: 'Int64', descending: true },
  { expression: 'sink', type: 'String' },
  { expression: 'key', type: 'String' },
]);

const DeadRow = z
  .object({
    sink: z.string(),
    document,
    tries: z.number(),
    why: z.string(),
    at: z.string(),
    place: z.array(z.string()),
  })
  .transform(({ document: outgoing, at, place, ...row }) => ({
    place,
    letter: { ...row, outgoing, at: parseColumnTime(at) },
  }));

/** Which of what was given up. */
export interface DeadLetterAsk {
  /** How the key begins; empty: does not matter. */
  readonly beginning?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A part of what was given up, each with its place. Throws a Fault `page/cursor`. */
export function deadEntries({
  beginning = '',
  cursor,
  limit,
}: DeadLetterAsk): Asked<z.output<typeof DeadRow>> {
  const params: Record<string, ParameterValue> = { limit, beginning };
  const after = cursor === undefined ? '1' : deadKeyset.after(cursor, params);
  // Messages are looked up for the page alone: there may be as many as a receiver was sent in a year.
  const page = `SELECT *, ${deadKeyset.place} AS place FROM (${DEAD})
WHERE startsWith(key, {beginning:String}) AND ${after} ORDER BY ${deadKeyset.order} LIMIT {limit:UInt32}`;
  return {
    query: query(
      'findings.outbox.dead',
      `SELECT d.sink AS sink, o.document AS document, d.tries AS tries, d.why AS why, d.at AS at, d.place AS place
FROM (${page}) AS d
GLOBAL INNER JOIN (
  SELECT sink, key, document FROM outbox WHERE (sink, key) GLOBAL IN (SELECT sink, key FROM (${page}))
  ORDER BY queued LIMIT 1 BY sink, key
) AS o ON o.sink = d.sink AND o.key = d.key
ORDER BY toUnixTimestamp64Micro(d.at) DESC, d.sink, d.key`,
      DeadRow,
    ),
    params,
  };
}

/** How many messages are given up, of all sinks. */
export const deadInAll = query(
  'findings.outbox.dead-in-all',
  `SELECT count() AS n FROM (${DEAD})`,
  z.object({ n: z.coerce.number() }).transform(({ n }) => n),
);

/** Each sink's entries by what became of them, and when one was delivered last. */
export const outboxCounts = query(
  'findings.outbox.counts',
  `SELECT o.sink AS sink,
  countIf(d.newest.1 = 'delivered') AS delivered,
  countIf(d.newest.1 = 'dead') AS dead,
  countIf(d.newest.1 NOT IN ('delivered', 'dead')) AS pending,
  countIf(d.newest.1 = 'failed') AS failing,
  maxIf(d.newest.5, d.newest.1 = 'delivered') AS last,
  argMaxIf(d.newest.4, d.newest.5, d.newest.1 IN ('failed', 'dead')) AS why
FROM (SELECT DISTINCT sink, key FROM outbox) AS o
GLOBAL LEFT JOIN (${NEWEST_DELIVERIES}) AS d ON o.sink = d.sink AND o.key = d.key
GROUP BY sink ORDER BY sink`,
  z
    .object({
      sink: z.string(),
      delivered: z.coerce.number(),
      dead: z.coerce.number(),
      pending: z.coerce.number(),
      failing: z.coerce.number(),
      last: z.string(),
      why: z.string(),
    })
    .transform((row) => ({ ...row, last: row.delivered === 0 ? undefined : parseColumnTime(row.last) })),
);
