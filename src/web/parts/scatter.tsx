import { InFigures } from './in-figures.tsx';
import { inertString } from './inert.tsx';
import { useWidth } from './use-width.ts';
import './picture.css';

/** One mark of a picture: when, on which line, and what kind. */
export interface ScatterPoint {
  readonly at: number;
  readonly y: number;
  readonly kind: string;
  /** What it is in words, on hover and in the table. */
  readonly words: string;
}

/** A tick of the upright axis. */
export interface Tick {
  readonly y: number;
  readonly words: string;
}

const HEIGHT = 260;
const TOP = 20;
const BOTTOM = 24;
const RIGHT = 10;

/** Shapes for kinds, told apart without colour. */
const SHAPES: Readonly<
  Record<string, { readonly path: string; readonly solid: boolean; readonly words: string }>
> = {
  answered: { path: 'M-3.500 0a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0', solid: true, words: 'answered' },
  'half-open': {
    path: 'M-3.500 0a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0',
    solid: false,
    words: 'answered, then left (half-open)',
  },
  refused: { path: 'M-3-3L3 3M3-3L-3 3', solid: false, words: 'refused' },
  silent: { path: 'M-2.500 0H2.500', solid: false, words: 'no answer' },
  unreachable: { path: 'M0-3.500L3.200 2.500H-3.200z', solid: false, words: 'unreachable' },
  unknown: {
    path: 'M-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
    solid: true,
    words: 'cannot be told',
  },
  backscatter: { path: 'M0-3.200V3.200', solid: false, words: 'an answer to somebody else' },
};

function Mark({ kind, x, y }: { readonly kind: string; readonly x: number; readonly y: number }) {
  const { path, solid } = SHAPES[kind] ?? SHAPES['unknown']!;
  return (
    <path
      className={`point outcome-${kind} ${solid ? 'solid' : ''}`}
      d={path}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
    />
  );
}

const NO_MARKS: readonly never[] = [];

/** Contacts over time: when, and to what. `ticks` gives the upright axis its words; y runs from 0 to `most`. */
export function Scatter({
  label,
  upright,
  points,
  ticks,
  most,
  marks = NO_MARKS,
  timeOf,
}: {
  readonly label: string;
  /** What the upright axis is. */
  readonly upright: string;
  readonly points: readonly ScatterPoint[];
  readonly ticks: readonly Tick[];
  readonly most: number;
  /** Moments to mark, with a word. */
  readonly marks?: readonly { readonly at: number; readonly words: string }[];
  readonly timeOf: (at: number) => string;
}) {
  const [place, width] = useWidth<HTMLElement>();
  const times = points.map(({ at }) => at);
  const first = Math.min(...times, ...marks.map(({ at }) => at));
  const last = Math.max(...times, ...marks.map(({ at }) => at));
  const left = Math.min(width * 0.32, 12 + 6.4 * Math.max(0, ...ticks.map(({ words }) => words.length)));
  const xOf = (at: number): number =>
    left +
    6 +
    (last === first ? 0.5 : (at - first) / (last - first)) * Math.max(0, width - left - RIGHT - 12);
  const yOf = (y: number): number =>
    HEIGHT - BOTTOM - 6 - (y / Math.max(1e-9, most)) * (HEIGHT - TOP - BOTTOM - 12);
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  // A hair more than the width of the longest: 57.6 / 6.4 is a little less than 9.
  const letters = Math.max(4, Math.floor((left - 12) / 6.4 + 0.01));
  return (
    <figure className="picture" ref={place}>
      <figcaption className="small quiet">{upright}</figcaption>
      {width > 0 && points.length > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={`${label}: ${points.length} contacts`}>
          {ticks.map(({ y, words }) => (
            <g key={`${y} ${words}`}>
              <line className="grid" x1={left} x2={width - RIGHT} y1={yOf(y)} y2={yOf(y)} />
              <text x={left - 6} y={yOf(y) + 4} textAnchor="end">
                {words.length > letters ? `…${words.slice(1 - letters)}` : words}
              </text>
            </g>
          ))}
          <line className="axis" x1={left} x2={width - RIGHT} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
          {marks.map(({ at, words }) => (
            <g key={words}>
              <line className="mark-line" x1={xOf(at)} x2={xOf(at)} y1={TOP - 4} y2={HEIGHT - BOTTOM} />
              <text
                className="mark-word"
                x={xOf(at)}
                y={TOP - 8}
                textAnchor={xOf(at) > width / 2 ? 'end' : 'start'}
              >
                {words}
              </text>
            </g>
          ))}
          {points.map(({ at, y, kind, words }, index) => (
            // oxlint-disable-next-line react/no-array-index-key
            <g key={index}>
              <title>{words}</title>
              <Mark kind={kind} x={xOf(at)} y={yOf(y)} />
            </g>
          ))}
          <text x={left} y={HEIGHT - 6}>
            {timeOf(first)}
          </text>
          {last !== first && (
            <text x={width - RIGHT} y={HEIGHT - 6} textAnchor="end">
              {timeOf(last)}
            </text>
          )}
        </svg>
      )}
      <ul className="legend">
        {kinds.map((kind) => (
          <li key={kind}>
            <svg width="12" height="12" aria-hidden="true">
              <Mark kind={kind} x={6} y={6} />
            </svg>
            {SHAPES[kind]?.words ?? kind}
          </li>
        ))}
      </ul>
      <InFigures
        caption={label}
        heads={['When', 'Contact']}
        rows={() => points.map(({ at, words }) => [timeOf(at), inertString(words)])}
      />
    </figure>
  );
}
