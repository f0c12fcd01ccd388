import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useKeys, type KeyBinding } from './keys.ts';
import { TableRow, type Column } from './table-row.tsx';
import './data-table.css';

/** Rows that are ticked, by their keys. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly change: (keys: ReadonlySet<string>) => void;
}

const NO_KEYS: readonly never[] = [];
const NO_SELECTION: Selection = { keys: new Set(), change: () => undefined };

interface Kept {
  readonly cursor: string | undefined;
  readonly scroll: number;
}
/** Where the reader was in a list when they left it, by its address; for the way back. */
const left = new Map<string, Kept>();
let cameBack = false;
window.addEventListener('popstate', () => {
  cameBack = true;
});

/** The row under the cursor stands in the address too: a link to a list leads to the row that was looked at. */
const ROW = 'row';
/** How long the cursor must rest before it is written there: browsers refuse to have the address changed all the time. */
const RESTS_FOR = 300;

function rowInAddress(): string | undefined {
  return new URLSearchParams(window.location.search).get(ROW) ?? undefined;
}

/** The address of the list itself. */
function placeOfList(): string {
  const { pathname, search } = window.location;
  const filters = new URLSearchParams(search);
  filters.delete(ROW);
  return `${pathname}?${filters}`;
}

/** Did the reader come here by the back or forward button? Asked once by the frame for each page. */
export function takeCameBack(): boolean {
  const was = cameBack;
  cameBack = false;
  return was;
}

/** What a table shows, and what can be done with it. */
interface TableProps<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  readonly hrefOf?: (row: R) => string;
  /** What a row is called where it is ticked. */
  readonly nameOf?: (row: R) => string;
  readonly total?: number | undefined;
  /** Asks for the next page; undefined when all are here. */
  readonly more?: (() => void) | undefined;
  readonly selection?: Selection;
  /** Keys that act on the row with the cursor. */
  readonly keys?: readonly (Omit<KeyBinding, 'run'> & { readonly run: (row: R) => void })[];
  /** A class that colours the edge of a row: its severity. */
  readonly toneOf?: (row: R) => string;
  readonly mutedOf?: (row: R) => boolean;
}

/**
 * A list of any length: only what is in view is in the document, more is asked for as the reader comes near the end.
 * A cursor moves with j, k and the arrow keys, Enter opens, x ticks, Shift-x ticks up to here, Escape lets go.
 */
export function DataTable<R>({
  label,
  columns,
  rows,
  keyOf,
  hrefOf,
  nameOf,
  total,
  more,
  selection,
  keys = NO_KEYS,
  toneOf,
  mutedOf,
}: TableProps<R>) {
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const open = useRef<HTMLAnchorElement>(null);
  const place = placeOfList();
  const [cursor, setCursor] = useState<string | undefined>(() => left.get(place)?.cursor ?? rowInAddress());
  const [margin, setMargin] = useState(0);
  const anchor = useRef<string | undefined>(undefined);
  const at = cursor === undefined ? -1 : rows.findIndex((row) => keyOf(row) === cursor);

  // What was under the cursor has left the list: the next row takes its place, so that triage goes on.
  const lastAt = useRef(0);
  useEffect(() => {
    if (at >= 0) lastAt.current = at;
    else if (cursor !== undefined && rows.length > 0)
      setCursor(keyOf(rows[Math.min(lastAt.current, rows.length - 1)]!));
  }, [at, cursor, rows, keyOf]);

  useLayoutEffect(() => {
    const measure = (): void => {
      if (body.current !== null)
        setMargin(Math.round(body.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(document.body);
    return () => watcher.disconnect();
  }, []);

  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 44,
    overscan: 12,
    scrollMargin: margin,
    getItemKey: (index) => keyOf(rows[index]!),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more !== undefined && last >= rows.length - 20) more();
  }, [last, rows.length, more]);

  const keep = useRef<Kept>({ cursor, scroll: 0 });
  keep.current = { cursor, scroll: window.scrollY };
  useEffect(() => {
    const kept = left.get(place);
    if (kept !== undefined && cameBack) window.scrollTo(0, kept.scroll);
    const note = (): void => {
      keep.current = { ...keep.current, scroll: window.scrollY };
    };
    window.addEventListener('scroll', note, { passive: true });
    return () => {
      window.removeEventListener('scroll', note);
      left.set(place, keep.current);
    };
  }, [place]);

  useEffect(() => {
    if (cursor === undefined || cursor === rowInAddress()) return undefined;
    const timer = setTimeout(() => {
      const address = new URL(window.location.href);
      address.searchParams.set(ROW, cursor);
      window.history.replaceState(window.history.state, '', address);
    }, RESTS_FOR);
    return () => clearTimeout(timer);
  }, [cursor]);
  // Whoever came by a link sees the row that it names, once it is known where the list begins.
  const linked = useRef(left.has(place) ? undefined : rowInAddress());
  useEffect(() => {
    if (linked.current === undefined || margin === 0) return;
    linked.current = undefined;
    if (at >= 0) virtual.scrollToIndex(at, { align: 'center' });
  }, [at, margin, virtual]);

  const moveTo = useCallback(
    (index: number) => {
      const next = Math.max(0, Math.min(rows.length - 1, index));
      const row = rows[next];
      if (row === undefined) return;
      setCursor(keyOf(row));
      virtual.scrollToIndex(next, { align: 'auto' });
      grid.current?.focus({ preventScroll: true });
    },
    [rows, keyOf, virtual],
  );
  const selected = useRef(selection);
  selected.current = selection;
  const tickOne = useCallback((key: string): void => {
    const { keys: before, change } = selected.current ?? NO_SELECTION;
    const next = new Set(before);
    if (before.has(key)) next.delete(key);
    else next.add(key);
    anchor.current = key;
    change(next);
  }, []);
  const tick = (upTo: boolean): void => {
    const row = rows[at];
    if (selection === undefined || row === undefined) return;
    const next = new Set(selection.keys);
    const from = upTo ? rows.findIndex((each) => keyOf(each) === anchor.current) : -1;
    if (from >= 0)
      for (const each of rows.slice(Math.min(from, at), Math.max(from, at) + 1)) next.add(keyOf(each));
    else if (next.has(keyOf(row))) next.delete(keyOf(row));
    else next.add(keyOf(row));
    anchor.current = keyOf(row);
    selection.change(next);
  };
  useKeys('In the list', [
    { keys: 'j, ArrowDown', words: 'next row', run: () => moveTo(at + 1) },
    { keys: 'k, ArrowUp', words: 'row before', run: () => moveTo(at < 0 ? 0 : at - 1) },
    { keys: 'Home', words: 'first row', run: () => moveTo(0) },
    { keys: 'End', words: 'last row', run: () => moveTo(rows.length - 1) },
    ...(hrefOf === undefined ? [] : [{ keys: 'Enter, o', words: 'open', run: () => open.current?.click() }]),
    ...(selection === undefined
      ? []
      : [
          { keys: 'x', words: 'tick', run: () => tick(false) },
          { keys: 'X', words: 'tick all from the last one to here', run: () => tick(true) },
          {
            keys: 'Escape',
            words: 'untick all',
            run: () => selection.change(new Set()),
          },
        ]),
    ...keys.map(({ run, ...binding }) => ({
      ...binding,
      run: () => {
        const row = rows[at];
        if (row !== undefined) run(row);
      },
    })),
  ]);

  const tracks = [...(selection === undefined ? [] : ['2.5rem']), ...columns.map(({ width }) => width)].join(
    ' ',
  );
  const here = at >= 0 && items.some(({ index }) => index === at);
  const allTicked =
    selection !== undefined && rows.length > 0 && rows.every((row) => selection.keys.has(keyOf(row)));
  return (
    <div
      ref={grid}
      className="data-table"
      role="grid"
      aria-label={label}
      aria-rowcount={(total ?? rows.length) + 1}
      aria-multiselectable={selection !== undefined}
      aria-activedescendant={here ? `${id}-${at}` : undefined}
      tabIndex={0}
      style={{ '--tracks': tracks } as React.CSSProperties}
    >
      <div className="table-head" role="row" aria-rowindex={1}>
        {selection !== undefined && (
          <div role="columnheader" className="tick">
            <label>
              <input
                type="checkbox"
                checked={allTicked}
                onChange={() => selection.change(new Set(allTicked ? [] : rows.map(keyOf)))}
              />
              <span className="sr">Tick all {rows.length} rows that are loaded</span>
            </label>
          </div>
        )}
        {columns.map(({ key, head, end }) => (
          <div key={key} role="columnheader" className={end === true ? 'end' : undefined}>
            {head}
          </div>
        ))}
      </div>
      <div ref={body} className="table-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          const key = keyOf(row);
          return (
            <TableRow
              key={key}
              row={row}
              rowKey={key}
              id={`${id}-${item.index}`}
              index={item.index}
              top={item.start - margin}
              current={item.index === at}
              ticked={selection?.keys.has(key)}
              columns={columns}
              hrefOf={hrefOf}
              nameOf={nameOf}
              toneOf={toneOf}
              mutedOf={mutedOf}
              open={open}
              measure={virtual.measureElement}
              onPick={setCursor}
              onTick={tickOne}
            />
          );
        })}
      </div>
      {more !== undefined && <p className="table-more quiet small">Loading more …</p>}
    </div>
  );
}
