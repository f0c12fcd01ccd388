import { memo } from 'react';
import { Link } from 'wouter';

/** A column of a table. */
export interface Column<R> {
  readonly key: string;
  readonly head: string;
  /** Track of a CSS grid: `7rem`, `minmax(12rem, 2fr)`. */
  readonly width: string;
  readonly cell: (row: R) => React.ReactNode;
  /** Digits stand to the right. */
  readonly end?: boolean;
  /** On a phone a row is a card: `main` is its first line, the others follow each other below, `wide` is left out. */
  readonly phone?: 'main' | 'wide';
}

interface TableRowProps<R> {
  readonly columns: readonly Column<R>[];
  readonly hrefOf: ((row: R) => string) | undefined;
  readonly nameOf: ((row: R) => string) | undefined;
  readonly toneOf: ((row: R) => string) | undefined;
  readonly mutedOf: ((row: R) => boolean) | undefined;
  readonly row: R;
  readonly rowKey: string;
  readonly id: string;
  readonly index: number;
  /** Pixels below the head of the list. */
  readonly top: number;
  readonly current: boolean;
  /** Undefined where nothing can be ticked. */
  readonly ticked: boolean | undefined;
  /** Holds the link of the row with the cursor. */
  readonly open: React.RefObject<HTMLAnchorElement | null>;
  readonly measure: (element: HTMLElement | null) => void;
  readonly onPick: (key: string) => void;
  readonly onTick: (key: string) => void;
}

/** One row. Scrolling moves others into view; those that are there are not drawn again. */
export const TableRow = memo(function TableRow<R>({
  row,
  rowKey,
  id,
  index,
  top,
  current,
  ticked,
  columns,
  hrefOf,
  nameOf,
  toneOf,
  mutedOf,
  open,
  measure,
  onPick,
  onTick,
}: TableRowProps<R>) {
  return (
    // The keys of the grid are taken for the whole page (useKeys above); a click only sets the cursor.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={measure}
      data-index={index}
      id={id}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={ticked}
      className={[
        'table-row',
        current ? 'current' : '',
        ticked === true ? 'ticked' : '',
        mutedOf?.(row) === true ? 'muted' : '',
        toneOf === undefined ? '' : `edged ${toneOf(row)}`,
      ].join(' ')}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onPick(rowKey)}
    >
      {ticked !== undefined && (
        <div role="gridcell" className="tick">
          <label>
            <input type="checkbox" checked={ticked} onChange={() => onTick(rowKey)} />
            <span className="sr">Tick {nameOf?.(row) ?? rowKey}</span>
          </label>
        </div>
      )}
      {columns.map((column) => {
        const content = column.cell(row);
        return (
          <div
            key={column.key}
            role="gridcell"
            className={`cell ${column.end === true ? 'end' : ''} phone-${column.phone ?? 'part'}`}
          >
            {column.phone === 'main' && hrefOf !== undefined ? (
              <Link href={hrefOf(row)} ref={current ? open : undefined} className="row-link">
                {content}
              </Link>
            ) : (
              content
            )}
          </div>
        );
      })}
    </div>
  );
}) as <R>(props: TableRowProps<R>) => React.ReactNode;
