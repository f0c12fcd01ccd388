import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { inertString } from './inert.tsx';
import { InFigures } from './in-figures.tsx';
import './picture.css';

/** What one scan listed of one port; null where it listed nothing of it. */
export type HeatCell = { readonly state: string; readonly service: string } | null;

/** Ports over time. */
export interface HeatMapProps {
  readonly label: string;
  /** Oldest first: what each column is called, and what else is to be said of it. */
  readonly columns: readonly { readonly name: string; readonly note: string }[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly HeatCell[] }[];
}

const ROW = 20;
const LABEL = 86;
/** Below the rows: when the scans were. */
const DATES = 18;
/** Pixels that a date takes. */
const DATE_ROOM = 100;
const LEAST = 9;
const MOST = 26;

const dark = window.matchMedia('(prefers-color-scheme: dark)');

/** Renders again when the colours change, so that what was drawn with them is drawn again. */
function useColours(): string {
  return useSyncExternalStore(
    (tell) => {
      const watcher = new MutationObserver(tell);
      watcher.observe(document.documentElement, { attributeFilter: ['data-theme'] });
      dark.addEventListener('change', tell);
      return () => {
        watcher.disconnect();
        dark.removeEventListener('change', tell);
      };
    },
    () => `${document.documentElement.dataset['theme'] ?? 'auto'} ${dark.matches}`,
  );
}

/** The cell in words. */
function wordsOf(cell: HeatCell): string {
  return cell === null
    ? 'not listed'
    : `${cell.state}${cell.service === '' ? '' : ` ${inertString(cell.service, 120)}`}`;
}

/**
 * Ports × scans on a canvas. Every state has its own shape, so that it can be told without colour: open is full, with
 * a notch where the service changed; filtered is a frame; closed is a dot; what a scan does not list is left empty.
 */
export function HeatMap({ label, columns, rows }: HeatMapProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useColours();
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<readonly [row: number, column: number] | undefined>(undefined);
  const step = Math.max(LEAST, Math.min(MOST, (width - LABEL) / Math.max(1, columns.length)));

  useLayoutEffect(() => {
    const target = frame.current;
    if (target === null) return undefined;
    setWidth(target.clientWidth);
    // The newest scans are to the right: that is where to look first.
    target.scrollLeft = target.scrollWidth;
    const watcher = new ResizeObserver(() => setWidth(target.clientWidth));
    watcher.observe(target);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    const target = canvas.current;
    const ink = target?.getContext('2d');
    if (target === null || ink === null || ink === undefined || width === 0) return;
    const wide = LABEL + step * columns.length;
    const high = ROW * rows.length + 4 + DATES;
    const scale = window.devicePixelRatio;
    target.width = wide * scale;
    target.height = high * scale;
    target.style.width = `${wide}px`;
    target.style.height = `${high}px`;
    // A custom property is only a text until a property of the element takes it as a colour.
    const colour = (name: string): string => {
      target.style.color = `var(--${name})`;
      return getComputedStyle(target).color;
    };
    const [text, muted, line, open, filtered, changed, accent] = (
      ['ink', 'muted', 'line', 'accent', 'medium', 'surface', 'high'] as const
    ).map(colour) as [string, string, string, string, string, string, string];
    ink.scale(scale, scale);
    ink.textBaseline = 'middle';
    ink.font = `12px ${getComputedStyle(target).getPropertyValue('--mono')}`;
    for (const [index, { name, cells }] of rows.entries()) {
      const y = index * ROW + 2;
      ink.fillStyle = text;
      ink.textAlign = 'right';
      ink.fillText(name, LABEL - 10, y + ROW / 2);
      ink.fillStyle = line;
      ink.fillRect(LABEL, y + ROW - 0.5, wide - LABEL, 0.5);
      let before: HeatCell = null;
      for (const [column, cell] of cells.entries()) {
        if (cell === null) continue;
        const x = LABEL + column * step;
        const inner = Math.max(2, step - 2);
        if (cell.state === 'open') {
          ink.fillStyle = open;
          ink.fillRect(x + 1, y + 2, inner, ROW - 5);
          if (before?.state === 'open' && before.service !== cell.service) {
            ink.fillStyle = changed;
            ink.beginPath();
            ink.moveTo(x + 1, y + 2);
            ink.lineTo(x + 1 + Math.min(8, inner), y + 2);
            ink.lineTo(x + 1, y + 2 + 9);
            ink.fill();
          }
        } else if (cell.state.includes('filtered')) {
          ink.strokeStyle = filtered;
          ink.lineWidth = 1.2;
          ink.strokeRect(x + 2, y + 4.5, inner - 2, ROW - 10);
          if (cell.state.startsWith('open')) {
            ink.fillStyle = filtered;
            ink.fillRect(x + 2, y + ROW / 2 - 0.5, inner - 2, 1.2);
          }
        } else {
          ink.fillStyle = muted;
          ink.beginPath();
          ink.arc(x + step / 2, y + ROW / 2, 1.6, 0, 7);
          ink.fill();
        }
        before = cell;
      }
    }
    ink.fillStyle = muted;
    ink.font = `11px ${getComputedStyle(target).getPropertyValue('--sans')}`;
    const every = Math.ceil(DATE_ROOM / step);
    for (const [column, { name }] of columns.entries()) {
      const newest = column === columns.length - 1;
      if (!newest && (column % every !== 0 || (columns.length - column) * step < 2 * DATE_ROOM)) continue;
      ink.textAlign = newest ? 'right' : 'left';
      ink.fillText(name, newest ? wide : LABEL + column * step, high - DATES / 2);
    }
    if (at !== undefined) {
      ink.strokeStyle = accent;
      ink.lineWidth = 2;
      ink.strokeRect(LABEL + at[1] * step, at[0] * ROW + 2, step, ROW - 1);
    }
    // What the colours are decides what is drawn with them.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [rows, columns, width, step, at, colours]);

  const move = (row: number, column: number): void => {
    const next = [
      Math.max(0, Math.min(rows.length - 1, row)),
      Math.max(0, Math.min(columns.length - 1, column)),
    ] as const;
    setAt(next);
    const target = frame.current;
    if (target === null) return;
    const x = LABEL + next[1] * step;
    if (x < target.scrollLeft + LABEL || x + step > target.scrollLeft + target.clientWidth)
      target.scrollLeft = x - target.clientWidth / 2;
  };
  const cell = at === undefined ? undefined : rows[at[0]]?.cells[at[1]];
  return (
    <figure className="picture">
      {/* The group has the arrow keys; the table below has the same for everybody else. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={frame}
        className="heat"
        role="group"
        aria-label={`${label}. Arrow keys move from cell to cell; the figures are in the table below.`}
        tabIndex={0}
        onKeyDown={(event) => {
          const [row, column] = at ?? [0, columns.length - 1];
          const go = {
            ArrowUp: [row - 1, column],
            ArrowDown: [row + 1, column],
            ArrowLeft: [row, column - 1],
            ArrowRight: [row, column + 1],
          }[event.key] as [number, number] | undefined;
          if (go === undefined) return;
          event.preventDefault();
          move(at === undefined ? row : go[0], at === undefined ? column : go[1]);
        }}
        onPointerMove={({ clientX, clientY }) => {
          const box = canvas.current?.getBoundingClientRect();
          if (box === undefined) return;
          const row = Math.floor((clientY - box.top - 2) / ROW);
          const column = Math.floor((clientX - box.left - LABEL) / step);
          if (row >= 0 && row < rows.length && column >= 0 && column < columns.length) setAt([row, column]);
        }}
      >
        <canvas ref={canvas} />
      </div>
      <p className="heat-says" aria-live="polite">
        {at === undefined ? (
          <span className="quiet">Point at a cell, or use the arrow keys, to read it.</span>
        ) : (
          <>
            <code>{rows[at[0]]?.name}</code> on {columns[at[1]]?.name}:{' '}
            <strong>{wordsOf(cell ?? null)}</strong> <span className="quiet">{columns[at[1]]?.note}</span>
          </>
        )}
      </p>
      <ul className="legend">
        <li>
          <svg width="14" height="14" aria-hidden="true">
            <rect x="1" y="1" width="12" height="12" fill="var(--accent)" />
          </svg>
          open
        </li>
        <li>
          <svg width="14" height="14" aria-hidden="true">
            <path d="M9 1H13V13H1V9.500z" fill="var(--accent)" />
          </svg>
          open, another service than before
        </li>
        <li>
          <svg width="14" height="14" aria-hidden="true">
            <rect
              x="1.600"
              y="3"
              width="10.800"
              height="8"
              fill="none"
              stroke="var(--medium)"
              strokeWidth="1.200"
            />
          </svg>
          filtered
        </li>
        <li>
          <svg width="14" height="14" aria-hidden="true">
            <circle cx="7" cy="7" r="1.800" fill="var(--muted)" />
          </svg>
          closed
        </li>
        <li>
          <svg width="14" height="14" aria-hidden="true" />
          empty: the scan lists nothing of it
        </li>
      </ul>
      <InFigures
        caption={label}
        heads={['Port', ...columns.map(({ name }) => name)]}
        rows={() => rows.map(({ name, cells }) => [name, ...cells.map(wordsOf)])}
      />
    </figure>
  );
}
