import * as z from 'zod';
import { Keyset, type Asked, type SortKey } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import type { FindingFilter, FindingSort } from '../current.ts';
import {
  CrossRow,
  currentOf,
  facetConditions,
  otherConditions,
  where,
  wordsOf,
  type CrossCount,
} from './listed.ts';

// Pages are read without FINAL, which costs more than all the rest: rows that a higher version replaces are among those
// that come, and are told by the version, which is read with them.

type Params = Record<string, ParameterValue>;

const HOST_KEYS: readonly SortKey[] = [
  { expression: 'family', type: 'UInt8' },
  { expression: 'address', type: 'IPv6' },
  { expression: 'place', type: 'UInt32' },
];
const ID: SortKey = { expression: 'id', type: 'String' };
const newestFirst = (column: string): readonly SortKey[] => [
  { expression: `toUnixTimestamp64Micro(${column})`, type: 'Int64', descending: true },
  ID,
];

/** Orders of the list; `rank` is the one of compareFindings. Points are never negative, so their bits are in their order. */
const SORTS: Readonly<Record<FindingSort, readonly SortKey[]>> = {
  rank: [
    { expression: 'severity', type: 'UInt8', descending: true },
    { expression: 'reinterpretAsUInt64(score)', type: 'UInt64', descending: true },
    { expression: 'reinterpretAsUInt64(confidence)', type: 'UInt64', descending: true },
    { expression: 'about', type: 'UInt32', descending: true },
    ...HOST_KEYS,
    { expression: 'rule', type: 'String' },
    ID,
  ],
  changed: newestFirst('since'),
  'last-seen': newestFirst('last_seen'),
  'first-seen': newestFirst('first_seen'),
  host: [...HOST_KEYS, { expression: 'severity', type: 'UInt8', descending: true }, ID],
  rule: [
    { expression: 'rule', type: 'String' },
    { expression: 'severity', type: 'UInt8', descending: true },
    ...HOST_KEYS,
    ID,
  ],
};

/** An order of the list. */
export function findingKeyset(sort: FindingSort, reverse: boolean): Keyset {
  return new Keyset(sort, SORTS[sort], reverse);
}

/** Whether a filter names something that few findings have in common: hosts or words. */
export function isSelective({ host, within, text }: FindingFilter): boolean {
  return host !== undefined || within !== undefined || wordsOf(text).length > 0;
}

/** Identifiers of all findings that a filter selects, in an order. */
export function findingsSelected(filter: FindingFilter, keyset: Keyset): Asked<string> {
  const params: Params = {};
  const conditions = [...facetConditions(filter, params), ...otherConditions(filter, params)];
  return {
    query: query(
      'findings.pages.selected',
      `SELECT id FROM finding_current FINAL ${where(conditions)} ORDER BY ${keyset.order}`,
      z.object({ id: z.string() }).transform(({ id }) => id),
    ),
    params,
  };
}

/** A row of a finding: the one that holds, or one that it replaces. */
export interface VersionOfFinding {
  readonly id: string;
  readonly half: string;
  readonly version: string;
}

/** Of each finding the row with the highest version. */
export function newestOf<R extends VersionOfFinding>(rows: Iterable<R>): ReadonlyMap<string, R> {
  const newest = new Map<string, R>();
  for (const row of rows) {
    const key = `${row.half} ${row.id}`;
    const known = newest.get(key);
    if (known === undefined || BigInt(row.version) > BigInt(known.version)) newest.set(key, row);
  }
  return newest;
}

/** A row with its place in an order. */
export interface PlacedRow extends VersionOfFinding {
  readonly place: readonly string[];
}

/** Rows that a filter selects after a cursor, the first of them in an order, replaced ones among them; each with its place. */
export function findingPlaces(
  filter: FindingFilter,
  keyset: Keyset,
  cursor: string | undefined,
  limit: number,
): Asked<PlacedRow> {
  const params: Params = { limit };
  const conditions = [...facetConditions(filter, params), ...otherConditions(filter, params)];
  if (cursor !== undefined) conditions.push(keyset.after(cursor, params));
  return {
    query: query(
      'findings.pages.places',
      `SELECT id, half, version, ${keyset.place} AS key FROM finding_current ${where(conditions)} ORDER BY ${keyset.order} LIMIT {limit:UInt32}`,
      z
        .object({ id: z.string(), half: z.string(), version: z.string(), key: z.array(z.string()) })
        .transform(({ key, ...row }) => ({ ...row, place: key })),
    ),
    params,
  };
}

/** Every row of some findings, with what a list shows: only what is used is taken apart. */
export const findingsShown = query(
  'findings.pages.shown',
  'SELECT id, half, version, shown FROM finding_current PREWHERE id IN {ids:Array(String)}',
  z
    .object({ id: z.string(), half: z.string(), version: z.string(), shown: z.string() })
    .transform(({ shown, ...row }) => ({ ...row, current: () => currentOf({ shown }) })),
);

/** A row that a filter selects but for what the facets count, with that. */
export interface RowThatMayFit extends PlacedRow {
  readonly counted: CrossCount;
}

/**
 * Rows that a filter selects but for what the facets count, in no order, replaced ones among them; so many at most.
 */
export function findingsThatMayFit(
  filter: FindingFilter,
  keyset: Keyset,
  most: number,
): Asked<RowThatMayFit> {
  const params: Params = { most };
  return {
    query: query(
      'findings.pages.may-fit',
      `SELECT id, version, ${keyset.place} AS key, state, severity, half, rule AS named, 1 AS n FROM finding_current ${where(otherConditions(filter, params))} LIMIT {most:UInt32}`,
      CrossRow.extend({ id: z.string(), version: z.string(), key: z.array(z.string()) }).transform(
        ({ id, version, key, ...counted }) => ({ id, half: counted.half, version, place: key, counted }),
      ),
    ),
    params,
  };
}
