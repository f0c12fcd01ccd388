import type { Table } from '../sql/table.ts';

/** Names of the tables that a statement may change. */
export type ChangedTables = readonly string[] | 'any';

/**
 * The tables that a statement may change: the one after INSERT INTO, DELETE FROM or ALTER TABLE. OPTIMIZE moves rows and
 * changes none. What is not one of these may change any.
 */
export function changedBy(statement: string): ChangedTables {
  const match = /^\s*(?:(OPTIMIZE)\s|(?:INSERT\s+INTO|DELETE\s+FROM|ALTER\s+TABLE)\s+`?(\w+)`?[\s(])/i.exec(
    statement,
  );
  if (match === null) return 'any';
  const [, optimize, table] = match;
  return optimize !== undefined || table === undefined ? [] : [table];
}

/** Counts, for each table, the statements that may have changed it. */
export class TableWrites {
  readonly #byTable = new Map<string, number>();
  #any = 0;

  /** A statement has ended, whether or not it went well. */
  note(changed: ChangedTables): void {
    if (changed === 'any') this.#any += 1;
    else for (const table of changed) this.#byTable.set(table, (this.#byTable.get(table) ?? 0) + 1);
  }

  /** How many may have changed one of these tables. */
  of(tables: readonly Pick<Table, 'name'>[]): number {
    return tables.reduce((sum, { name }) => sum + (this.#byTable.get(name) ?? 0), this.#any);
  }
}
