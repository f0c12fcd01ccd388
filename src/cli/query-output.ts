import { csvRecord } from '../report/escape-csv.ts';
import { escapeJson } from '../report/escape-json.ts';
import { renderTable, type TableCell } from '../report/table.ts';
import type { Print } from './print.ts';

/** An answer as it streams out of the store: columns, and rows of JSON values in their order. */
export interface Answer {
  readonly columns: readonly { readonly name: string; /** ClickHouse's. */ readonly type: string }[];
  readonly rows: AsyncIterable<readonly unknown[]>;
}

/**
 * One JSON object a line (NDJSON): nothing is held back, whatever the size of the answer. Integers of 64
 * bits are numbers as far as a double holds them (2^53), and text beyond.
 */
export async function printNdjson({ columns, rows }: Answer, print: Print): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    const entries = columns.map(({ name, type }, index) => [name, plain(row[index], type)] as const);
    await print.text(`${escapeJson(Object.fromEntries(entries))}\n`);
    count += 1;
  }
  return count;
}

/** CSV (RFC 4180) with a header, streamed; cells that a spreadsheet would run are made text. */
export async function printCsv({ columns, rows }: Answer, print: Print): Promise<number> {
  let count = 0;
  await print.text(csvRecord(columns.map(({ name }) => name)));
  for await (const row of rows) {
    await print.text(csvRecord(columns.map(({ type }, index) => cellText(plain(row[index], type)))));
    count += 1;
  }
  return count;
}

/** A table of the first `limit` rows, laid out for the terminal. Says whether there were more. */
export async function printTable(
  { columns, rows }: Answer,
  limit: number,
  print: Print,
): Promise<{ readonly shown: number; readonly more: boolean }> {
  const kept: TableCell[][] = [];
  let more = false;
  for await (const row of rows) {
    if (kept.length === limit) {
      // Leaving the loop stops the query.
      more = true;
      break;
    }
    kept.push(columns.map(({ type }, index) => cellText(plain(row[index], type))));
  }
  await print.text(
    renderTable(
      columns.map(({ name, type }) => ({ title: name, align: isNumber(type) ? 'right' : 'left' })),
      kept,
      { width: print.width, paint: print.paint },
    ),
  );
  return { shown: kept.length, more };
}

/** The store gives 64-bit integers as text, since a double would round the large ones; the others are numbers to everybody. */
function plain(value: unknown, type: string): unknown {
  if (typeof value !== 'string' || !/^(?:Nullable\()?U?Int(?:64|128|256)\b/.test(type)) return value ?? null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isNumber(type: string): boolean {
  return /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type);
}

/** A JSON value as one cell: numbers stay numbers, null is empty, lists and maps are JSON. */
function cellText(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ');
  return JSON.stringify(value);
}
