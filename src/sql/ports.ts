import type { Command, Query } from './query.ts';
import type { Table } from './table.ts';

/** Per-run choices of a read or a statement. */
export interface RunOptions {
  /** Stops the query in the engine too. */
  readonly signal?: AbortSignal;
  /** ClickHouse settings for this query alone. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /**
   * The answer is small and of use only when all of it is there: it need not be streamed, and an engine in this process
   * then works out the whole query away from the thread that everything else waits for.
   */
  readonly whole?: boolean;
}

/** Runs typed reads. Rows are streamed: breaking out of the loop cancels the query. Throws a Fault `store/…`. */
export interface QueryRunner {
  run<P, R>(query: Query<P, R>, params: P, options?: RunOptions): AsyncIterable<R>;
}

/** Runs statements without an answer. Throws a Fault `store/…`. */
export interface CommandRunner {
  execute<P>(command: Command<P>, params: P, options?: RunOptions): Promise<void>;
}

/** A row on its way in: column name to JSON value. IPv6 columns take IPv4 text too; DateTime64 takes a string. */
export type Row = Readonly<Record<string, unknown>>;

/** A row as one line of JSON. Only ndjsonLine makes one, so nobody has to look for line breaks in it again. */
export type NdjsonLine = string & { readonly __brand: 'NdjsonLine' };

/** Text as UTF-8 can hold it: half of a surrogate pair becomes U+FFFD. The engine refuses one, and all rows sent with it. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}

/** Serialises a row, its text well-formed. Throws a TypeError on a bigint: give it as decimal text. */
export function ndjsonLine(row: Row): NdjsonLine {
  const line = JSON.stringify(row);
  // JSON.stringify escapes halves as `\udXXX` and hardly anything else begins so: cheaper than a look at each value.
  if (!line.includes(String.raw`\ud`)) return line as NdjsonLine;
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'string' ? wellFormed(value) : value,
  ) as NdjsonLine;
}

/** Appends rows. A resolved promise means that the engine has them (and, for durable tables, the disk). */
export interface RowWriter {
  insert(table: Table, rows: readonly Row[], options?: RunOptions): Promise<void>;
  /** The same for rows in bulk, serialised one by one; the caller answers for their values being in range. */
  insertLines(table: Table, lines: readonly NdjsonLine[], options?: RunOptions): Promise<void>;
  /** The same for rows serialised by somebody else: NDJSON without blank lines, one object a line. */
  insertNdjson(table: Table, body: Uint8Array, options?: RunOptions): Promise<void>;
  /**
   * The same for rows in ClickHouse's RowBinary, as row-encoder.ts writes them: the named columns one after the
   * other, row after row. For bulk. The bytes must not change before the promise settles. Nothing is kept of a body
   * that is cut short or has bytes left over.
   */
  insertBinary(
    table: Table,
    columns: readonly string[],
    body: Uint8Array,
    options?: RunOptions,
  ): Promise<void>;
}

/** All rows of a read, for answers known to be small. */
export async function all<P, R>(
  runner: QueryRunner,
  query: Query<P, R>,
  params: P,
  options?: RunOptions,
): Promise<R[]> {
  const rows: R[] = [];
  for await (const row of runner.run(query, params, { ...options, whole: true })) rows.push(row);
  return rows;
}

/** The first row of a read that has few, or undefined. */
export async function first<P, R>(
  runner: QueryRunner,
  query: Query<P, R>,
  params: P,
  options?: RunOptions,
): Promise<R | undefined> {
  for await (const row of runner.run(query, params, { ...options, whole: true })) return row;
  return undefined;
}
