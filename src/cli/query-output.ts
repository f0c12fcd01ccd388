import { csvRecord } from '../report/escape-csv.ts';
import { escapeJson } from '../report/escape-json.ts';
import { renderTable, type TableCell } from '../report/table.ts';
import type { Print } from './print.ts';

/** An answer as it streams out of the store: column names, and rows of JSON values in their order. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<readonly unknown[]>;
}

/** One JSON object a line (NDJSON): nothing is held back, whatever the size of the answer. */
export async function printNdjson({ columns, rows }: Answer, print: Print): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    const entries = columns.map((name, index) => [name, row[index] ?? null] as const);
    await print.text(`${escapeJson(Object.fromEntries(entries))}\n`);
    count += 1;
  }
  return count;
}

/** CSV (RFC 4180) with a header, streamed; cells that a spreadsheet would run are made text. */
export async function printCsv({ columns, rows }: Answer, print: Print): Promise<number> {
  let count = 0;
  await print.text(csvRecord(columns));
  for await (const row of rows) {
    await print.text(csvRecord(columns.map((_, index) => cellText(row[index]))));
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
    kept.push(columns.map((_, index) => cellText(row[index])));
  }
  await print.text(
    renderTable(
      columns.map((title) => ({ title })),
      kept,
      { width: print.width, paint: print.paint },
    ),
  );
  return { shown: kept.length, more };
}

/** A JSON value as one cell: numbers stay numbers, null is empty, lists and maps are JSON. */
function cellText(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ');
  return JSON.stringify(value);
}
