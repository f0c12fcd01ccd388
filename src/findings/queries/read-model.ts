import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';

/** Read models: what is worked out from the history to be listed quickly. */
export type ReadModel = 'finding' | 'host';

/** What a read model takes in, or remembers of what it took in. */
export type InputKind = 'assessment' | 'judgement' | 'run' | 'places' | 'through';

/**
 * What each read model was worked out from, so that a refresh finds what is new. By name, not by time: what is written
 * late, or by a machine whose clock is behind, is new all the same. Written after the rows that were worked out.
 */
export const readModelInputTable: Table = {
  name: 'read_model_input',
  comment: 'What the read models have taken in; written after the rows that were worked out from it',
  columns: [
    { name: 'model', type: 'LowCardinality(String)', comment: 'finding or host' },
    {
      name: 'kind',
      type: 'LowCardinality(String)',
      comment: 'assessment, judgement, run, places or through',
    },
    { name: 'key', type: 'String', comment: 'Identifier of the input' },
    { name: 'value', type: 'String', comment: 'What is remembered of it' },
    { name: 'version', type: 'UInt64', comment: 'The refresh that took it in' },
  ],
  engine: 'ReplacingMergeTree(version)',
  orderBy: ['model', 'kind', 'key'],
  shardBy: 'cityHash64(key)',
  durable: true,
};

/** Inputs → rows. */
export function encodeInputs(
  model: ReadModel,
  kind: InputKind,
  keys: readonly string[],
  version: bigint,
  value = '',
): Row[] {
  return keys.map((key) => ({ model, kind, key, value, version: String(version) }));
}

/** What is remembered under a key. */
export const rememberedInput = query(
  'read-model.remembered',
  `SELECT argMax(value, version) AS value FROM read_model_input
WHERE model = {model:String} AND kind = {kind:String} AND key = {key:String} HAVING count() > 0`,
  z.object({ value: z.string() }).transform(({ value }) => value),
);

/**
 * The number of a refresh that begins now: microseconds by the engine's clock, and above every number before. Of two at
 * once the one that begins later, and so knows more, has the higher number.
 */
export const nextVersion = query(
  'read-model.next-version',
  `SELECT greatest(toUInt64(toUnixTimestamp64Micro(now64(6))), (SELECT max(version) FROM read_model_input) + 1,
  (SELECT max(version) FROM finding_current) + 1) AS version`,
  z.object({ version: z.coerce.bigint() }).transform(({ version }) => version),
);

/** The newest refresh that wrote a finding, finished or not; 0 when none did. */
export const newestVersion = query(
  'read-model.newest-version',
  'SELECT max(version) AS version FROM finding_current',
  z.object({ version: z.coerce.bigint() }).transform(({ version }) => version),
);

/** Rows of findings, those that a higher version replaces included. */
export const currentRows = query(
  'read-model.current-rows',
  'SELECT count() AS rows FROM finding_current',
  z.object({ rows: z.coerce.number() }),
);
