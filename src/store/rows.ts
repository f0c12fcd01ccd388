import { Fault } from '../fault/fault.ts';
import { toFault } from './faults.ts';
import { wellFormed, type Row } from '../sql/ports.ts';
import type { Query } from '../sql/query.ts';
import type { Column, Table } from '../sql/table.ts';
import { integerRange } from './parameters.ts';

/** Columns that an insert names: without a list the engine leaves ephemeral ones out. A Nested column goes by its parts. */
export function writableColumns(table: Table): string[] {
  return table.columns
    .filter((column) => !/^(MATERIALIZED|ALIAS)\b/.test(column.expression ?? ''))
    .flatMap((column) => {
      const parts = /^Nested\((.+)\)$/s.exec(column.type)?.[1];
      return parts === undefined ? [column.name] : partNames(parts).map((part) => `${column.name}.${part}`);
    });
}

/** `key String, value Tuple(a UInt8, b UInt8)` → key, value. */
function partNames(parts: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let begun = '';
  for (const char of `${parts},`) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      names.push(begun.trim().split(/\s/)[0] ?? '');
      begun = '';
    } else begun += char;
  }
  return names;
}

/**
 * Rows as NDJSON. Integers are held against the range of their column first: the engine takes 70000
 * for a UInt16 and keeps 4464 without a word. So is null, which it turns into the column's default.
 * Text is made well-formed. Throws a Fault `store/bad-row` with the 1-based row as its line and the column as its field.
 */
export function serializeRows(table: Table, rows: readonly Row[]): Uint8Array {
  const checks = table.columns.map(checkOf).filter((check) => check !== undefined);
  const lines = rows.map((row, index) => {
    for (const { name, check } of checks) {
      const why = check(row[name]);
      if (why !== undefined) throw badRow(table, index + 1, name, why);
    }
    return JSON.stringify(row, (_, value: unknown) => {
      if (typeof value === 'string') return wellFormed(value);
      return typeof value === 'bigint' ? value.toString() : value;
    });
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

const badRow = (table: Table, line: number, field: string, why: string): Fault =>
  new Fault(
    'store/bad-row',
    `row ${line} for ${table.name} has a bad ${field}: ${why}`,
    'Report this with the file that you imported: a reader let a bad value through.',
    { line, field },
  );

type Check = (value: unknown) => string | undefined;

function checkOf(column: Column): { name: string; check: Check } | undefined {
  const element = /^Array\((.+)\)$/.exec(column.type)?.[1];
  const inner = /^(?:Nullable|LowCardinality)\((\w+)\)$/.exec(element ?? column.type)?.[1];
  const nullable = (element ?? column.type).startsWith('Nullable(');
  const range = integerRange(inner ?? element ?? column.type);
  const one: Check = (value) => {
    if (value === null) return nullable ? undefined : 'null';
    return range === undefined ? undefined : outside(value, range);
  };
  const check: Check =
    element === undefined
      ? (value) => (value === undefined ? undefined : one(value))
      : (value) => {
          if (value === undefined) return undefined;
          if (!Array.isArray(value)) return 'not an array';
          for (const item of value as unknown[]) {
            const why = item === undefined ? 'undefined inside an array' : one(item);
            if (why !== undefined) return why;
          }
          return undefined;
        };
  return { name: column.name, check };
}

function outside(value: unknown, [low, high]: readonly [bigint, bigint]): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return `${value} is not a whole number that a double holds exactly`;
    return value < low || value > high ? `${value} is out of range` : undefined;
  }
  if (typeof value === 'bigint') return value < low || value > high ? `${value} is out of range` : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value))
    return `${JSON.stringify(value)} is not a whole number`;
  const whole = BigInt(value);
  return whole < low || whole > high ? `${value} is out of range` : undefined;
}

/** The rows of an answer that comes as chunks of JSON lines, several at a time. Throws a Fault `store/…` when a line is not JSON. */
export async function* rowsIn(doing: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown[]> {
  const splitter = new RowSplitter();
  try {
    for await (const chunk of chunks) yield* splitter.batches(chunk);
    yield splitter.end();
  } catch (error) {
    throw toFault(error, doing);
  }
}

/** A row as its query declares it. Throws a Fault `store/unexpected-row` when the store holds something else. */
export function decodeRow<P, R>(query: Query<P, R>, row: unknown): R {
  try {
    return query.decode(row);
  } catch (cause) {
    throw new Fault(
      'store/unexpected-row',
      `${query.name}: the store answered with a row that the program does not know: ${(cause as Error).message.replaceAll(/\s+/g, ' ')}`,
      'Report this; if another program writes to the same tables, stop it.',
      {},
      { cause },
    );
  }
}

/** Bytes that are turned into rows at a time. */
const MOST_AT_ONCE = 1 << 20;

/**
 * Turns chunks of JSONEachRow bytes into parsed rows. Chunks may end anywhere, also inside a
 * character: a line is decoded only when all its bytes are there.
 */
export class RowSplitter {
  #rest: Uint8Array[] = [];
  #last = '';
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /**
   * The rows that this chunk completes, a megabyte of text at a time: a chunk of the embedded engine
   * holds up to 65,536 rows. Throws a SyntaxError when a line is not JSON.
   */
  *batches(chunk: Uint8Array): Generator<unknown[]> {
    for (let at = 0; at < chunk.length; at += MOST_AT_ONCE)
      yield this.push(chunk.subarray(at, at + MOST_AT_ONCE));
  }

  /** The rows that this chunk completes. Throws a SyntaxError when a line is not JSON. */
  push(chunk: Uint8Array): unknown[] {
    const end = chunk.lastIndexOf(0x0a);
    // Copies, since the engine may reuse the memory behind the chunk.
    if (end === -1) {
      this.#rest.push(Uint8Array.from(chunk));
      return [];
    }
    const text = this.#take(chunk.subarray(0, end));
    if (end + 1 < chunk.length) this.#rest.push(Uint8Array.from(chunk.subarray(end + 1)));
    return this.#parse(text);
  }

  /** The row after the last line break, if any. */
  end(): unknown[] {
    return this.#parse(this.#take(new Uint8Array(0)));
  }

  /** What has come of the line that is not complete yet. */
  get partial(): string {
    return Buffer.concat(this.#rest).toString();
  }

  /** The line that was parsed last, or failed to be. */
  get lastLine(): string {
    return this.#last;
  }

  /** What was left over, and these bytes: whole lines, so that no character is cut. */
  #take(bytes: Uint8Array): string {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([...this.#rest, bytes]);
    this.#rest = [];
    return this.#decoder.decode(all);
  }

  #parse(text: string): unknown[] {
    const rows: unknown[] = [];
    for (const line of text.split('\n')) {
      if (line === '') continue;
      this.#last = line;
      rows.push(JSON.parse(line));
    }
    return rows;
  }
}
