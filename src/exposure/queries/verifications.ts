import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';

/**
 * What looking again at the ports of a finding came to: both tries saw what the finding saw, both saw the opposite, or
 * they disagree or saw nothing that tells.
 */
export const VERIFICATION_OUTCOMES = ['confirmed', 'cleared', 'cannot-tell'] as const;
export type VerificationOutcome = (typeof VERIFICATION_OUTCOMES)[number];

/** One look at the ports of a finding. */
export interface Verification {
  /** Identifier of the finding. */
  readonly finding: string;
  readonly at: Instant;
  readonly outcome: VerificationOutcome;
  /** In words, without a full stop: `10.0.0.1 3389/tcp still open on 2 of 2 tries`. */
  readonly told: string;
  /** The stored runs of the tries. */
  readonly runs: readonly string[];
  /** Who asked for it. */
  readonly by: string;
}

/** Every verification there was; nothing is changed in place, and the newest of a finding holds. */
export const findingVerification: Table = {
  name: 'finding_verification',
  comment: 'Scans of exactly the ports of a finding, made to confirm or clear it',
  columns: [
    { name: 'id', type: 'String', comment: 'Stable identity of the finding' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'outcome', type: 'LowCardinality(String)', comment: 'confirmed, cleared or cannot-tell' },
    { name: 'told', type: 'String', comment: 'In words' },
    { name: 'runs', type: 'Array(String)', comment: 'Runs of the tries' },
    { name: 'made_by', type: 'String', comment: 'Who asked for it' },
  ],
  engine: 'MergeTree',
  orderBy: ['id', 'at'],
  shardBy: 'cityHash64(id)',
  durable: true,
};

/** A verification → its row. */
export function encodeVerification(made: Verification): Row {
  return {
    id: made.finding,
    at: formatColumnTime(made.at),
    outcome: made.outcome,
    told: made.told,
    runs: made.runs,
    made_by: made.by,
  };
}

const VerificationRow = z
  .object({
    id: z.string(),
    at: z.string(),
    outcome: z.enum(VERIFICATION_OUTCOMES),
    told: z.string(),
    runs: z.array(z.string()),
    made_by: z.string(),
  })
  .transform((row): Verification => ({
    finding: row.id,
    at: parseColumnTime(row.at),
    outcome: row.outcome,
    told: row.told,
    runs: row.runs,
    by: row.made_by,
  }));

/** The newest verification of each finding. */
export const newestVerifications = query(
  'exposure.verifications.newest',
  'SELECT id, at, outcome, told, runs, made_by FROM finding_verification ORDER BY id, at DESC LIMIT 1 BY id',
  VerificationRow,
);

/** The newest verification of one finding. */
export const newestVerificationOf = query(
  'exposure.verifications.newest-of',
  'SELECT id, at, outcome, told, runs, made_by FROM finding_verification WHERE id = {finding:String} ORDER BY id, at DESC LIMIT 1',
  VerificationRow,
);
