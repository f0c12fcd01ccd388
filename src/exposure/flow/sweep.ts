import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import type { Table } from '../../sql/table.ts';
import { formatColumnTime, type Clock, type Instant } from '../../time/instant.ts';
import { unfinishedLoads } from '../queries/runs.ts';
import { scanHost, scanLoad, scanProblem, scanRaw } from '../queries/tables.ts';

/** What a sweep needs of the store beyond reading and appending. */
export interface RowRemover {
  /** Removes the rows whose column has one of the values, on every node. Only ever used for rows that no read can see. */
  removeRows(table: Table, column: string, values: readonly string[]): Promise<void>;
}

/** Microseconds in a day: no import takes longer, so what is older and unfinished is dead. */
const DAY = 86_400_000_000;

/**
 * Removes what imports left behind that were killed: rows of loads that began and were never
 * committed. Nothing that a read could see is touched. What began before `ownedSince` is dead, since one
 * process has had the store to itself from then on (see Store); so is whatever is older than a day.
 * Returns the files whose import was cut short.
 */
export async function sweepUnfinished(
  store: QueryRunner & RowWriter & RowRemover,
  clock: Clock,
  ownedSince: Instant | undefined,
): Promise<readonly string[]> {
  const before = Math.max(clock() - DAY, ownedSince ?? 0) as Instant;
  const loads = await all(store, unfinishedLoads, { before: formatColumnTime(before) });
  if (loads.length === 0) return [];
  const ids = loads.map(({ load }) => load);
  for (const table of [scanHost, scanRaw, scanProblem]) await store.removeRows(table, 'load', ids);
  const at = formatColumnTime(clock());
  await store.insert(
    scanLoad,
    loads.map(({ load, source }) => ({ load, at, event: 'swept', source })),
  );
  return loads.map((load) => load.source);
}
