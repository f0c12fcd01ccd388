import { clip } from '../text/acting-characters.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { painter, type Paint, type Tone } from './style.ts';
import { columnsOf, pad, truncate, wrap } from './wrap.ts';

/** One column of a terminal table. */
export interface TableColumn {
  readonly title: string;
  /** Numbers align right by themselves; this is for text. Default left. */
  readonly align?: 'left' | 'right';
  /** What happens to a cell that is too wide for its column. Default `truncate`. */
  readonly overflow?: 'truncate' | 'wrap';
  /** Columns this one keeps at least when the table has to shrink. Default 6. */
  readonly min?: number;
  /** Columns this one takes at most, however much room there is. */
  readonly max?: number;
}

/** A cell: what to print, or what to print with a tone. Undefined prints `-`. */
export type TableCell = string | number | undefined | { readonly text: string | number; readonly tone: Tone };

/** How the table is drawn. */
export interface TableOptions {
  /** Terminal columns for a whole line. Default 100. */
  readonly width?: number;
  /** Default: no colour. */
  readonly paint?: Paint;
  /** Spaces before every line. Default 0. */
  readonly indent?: number;
}

const GAP = '  ';
const DEFAULT_MIN = 6;
/** A cell longer than this is cut before it is measured: nobody reads it in a table, and measuring costs. */
const LONGEST_CELL = 2_000;

/**
 * A table for the terminal, one trailing newline, no trailing spaces. Every cell and title is escaped. Columns are as wide
 * as their widest cell; when the sum is too wide, the widest columns give way first, down to their `min`. If even
 * that does not fit, lines are as wide as the minimums need.
 */
export function renderTable(
  given: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  options: TableOptions = {},
): string {
  // Whoever writes a query names the columns of its answer.
  const columns = given.map((column) => ({
    ...column,
    title: escapeTerminal(clip(column.title, LONGEST_CELL)),
  }));
  const paint = options.paint ?? painter(false);
  const indent = ' '.repeat(options.indent ?? 0);
  const cells = rows.map((row) => columns.map((_, index) => plainCell(row[index])));
  const widths = fitWidths(columns, cells, (options.width ?? 100) - indent.length);

  const lines = [
    columns.map((column, index) => {
      const width = widths[index] ?? 0;
      const title = pad(truncate(column.title, width), width, headAlign(column, index, cells));
      return paintText(title, 'quiet', paint);
    }),
  ];
  for (const row of cells) {
    const wrapped = row.map((cell, index) => fitCell(cell.text, columns[index], widths[index] ?? 0));
    const height = Math.max(1, ...wrapped.map((part) => part.length));
    for (let line = 0; line < height; line++) {
      lines.push(
        row.map((cell, index) => {
          const text = wrapped[index]?.[line] ?? '';
          const align = cell.numeric ? 'right' : (columns[index]?.align ?? 'left');
          const padded = pad(text, widths[index] ?? 0, align);
          return cell.tone === undefined ? padded : paintText(padded, cell.tone, paint);
        }),
      );
    }
  }
  return lines.map((parts) => `${trimEnd(indent + parts.join(GAP))}\n`).join('');
}

interface PlainCell {
  readonly text: string;
  readonly numeric: boolean;
  readonly tone: Tone | undefined;
}

function plainCell(cell: TableCell): PlainCell {
  const value = typeof cell === 'object' ? cell.text : cell;
  return {
    text: value === undefined ? '-' : escapeTerminal(clip(String(value), LONGEST_CELL)),
    numeric: typeof value === 'number',
    tone: typeof cell === 'object' ? cell.tone : undefined,
  };
}

function headAlign(
  column: TableColumn,
  index: number,
  cells: readonly (readonly PlainCell[])[],
): 'left' | 'right' {
  return column.align ?? (cells[0]?.[index]?.numeric === true ? 'right' : 'left');
}

function fitCell(text: string, column: TableColumn | undefined, width: number): string[] {
  return column?.overflow === 'wrap' ? wrap(text, width) : [truncate(text, width)];
}

/** Natural widths, then one column less from the widest shrinkable one until the line fits. */
function fitWidths(
  columns: readonly TableColumn[],
  cells: readonly (readonly PlainCell[])[],
  available: number,
): number[] {
  const widths = columns.map((column, index) => {
    let widest = columnsOf(column.title);
    for (const row of cells) widest = Math.max(widest, columnsOf(row[index]?.text ?? ''));
    return Math.min(widest, column.max ?? Infinity);
  });
  const least = columns.map((column, index) => Math.min(widths[index] ?? 0, column.min ?? DEFAULT_MIN));
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [index, width] of widths.entries())
      if (width > (least[index] ?? 0) && (widest === -1 || width > (widths[widest] ?? 0))) widest = index;
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

/** Paints the text but not the padding around it, so that reverse video does not fill the column. */
function paintText(padded: string, tone: Tone, paint: Paint): string {
  const text = padded.trim();
  const start = padded.indexOf(text);
  return padded.slice(0, start) + paint(tone, text) + padded.slice(start + text.length);
}

function trimEnd(line: string): string {
  return line.replace(/ +$/, '');
}
