import type { Problem } from '../fault/fault.ts';
import type { RunOptions } from '../sql/ports.ts';
import type { Table } from '../sql/table.ts';
import type { Instant } from '../time/instant.ts';
import type { BoundText } from './parameters.ts';
import { writableColumns } from './rows.ts';
import type { StoreHealth } from './store.ts';

/** Where rows go: a table, and the columns that they have. */
export interface InsertTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The same for rows without names and types of their own. */
export interface BinaryTarget {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/**
 * What the embedded engine does for other processes: texts whose parameters are written in or checked, bytes in and
 * out. Nothing is parsed here that the other side parses anyway. Everything throws a Fault `store/…`.
 */
export interface BoundEngine {
  /** The data directory. */
  readonly name: string;
  readonly ownedSince: Instant;
  readonly problems: readonly Problem[];
  /** A read: rows as lines of JSON objects. A chunk may end anywhere, and is valid until the next one is asked for. */
  readBound(doing: string, bound: BoundText, options: RunOptions): AsyncGenerator<Uint8Array>;
  /** A small read, its parameters written in: the same, not streamed, and planned away from this thread. */
  readWhole(doing: string, text: string, options: RunOptions): AsyncGenerator<Uint8Array>;
  /** A read with `readonly=1` and these settings: rows as lines of JSON arrays. */
  readLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<Uint8Array>;
  /** A statement without an answer. */
  executeText(doing: string, text: string, options: RunOptions): Promise<void>;
  /** Rows as NDJSON, which must have been checked: see checkNdjson. */
  insertBody(target: InsertTarget, body: Uint8Array, options?: RunOptions): Promise<void>;
  /** Rows as RowBinary. Nothing is kept of a body that ends with an error. */
  insertBinaryBody(
    target: BinaryTarget,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: RunOptions,
  ): Promise<void>;
  applyDdl(statement: string): Promise<void>;
  health(): Promise<StoreHealth>;
}

/** A table as the target of whole rows. */
export function targetOf(table: Table): InsertTarget {
  return { table: table.name, columns: writableColumns(table) };
}

/** Some columns of a table as the target of binary rows. Throws a TypeError on a column that it has not. */
export function binaryTarget(table: Table, names: readonly string[]): BinaryTarget {
  const columns = names.map((name) => {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) throw new TypeError(`${table.name} has no column ${name}`);
    return { name, type: column.type };
  });
  return { table: table.name, columns };
}
