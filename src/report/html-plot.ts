import { OUTCOMES, type Outcome } from '../recon/model/outcome.ts';
import { html, type SafeHtml } from './escape-html.ts';
import type { Tick } from './plot-axis.ts';
import { formatCount } from '../text/phrase.ts';
import { OUTCOME_MEANINGS } from './episode-words.ts';

/** A point of a picture: both places from 0 to 1, left to right and top to bottom. */
export interface PlottedPoint {
  readonly x: number;
  readonly y: number;
  readonly outcome: Outcome;
}

/** A line from top to bottom: the alarm, or a step of a way in. */
export interface PlotLine {
  readonly place: number;
  readonly label: string;
  readonly kind: 'alarm' | 'step';
}

/** A picture of points. */
export interface Plot {
  /** What it shows, as a sentence: for those who do not see it. */
  readonly label: string;
  readonly title: string;
  readonly across: { readonly ticks: readonly Tick[]; readonly title: string };
  readonly down: { readonly ticks: readonly Tick[]; readonly title: string };
  readonly points: readonly PlottedPoint[];
  readonly lines?: readonly PlotLine[];
}

/** Size of a picture in its own units, as wide as a phone shows without shrinking letters much. */
const WIDTH = 340;
const HEIGHT = 212;
const TOP = 30;
const BOTTOM = 36;
const RIGHT = 10;
/** Width of one character of a label in a wide letter at the size that phones get, and the least room left of the picture. */
const CHARACTER = 8;
const LEAST_LEFT = 34;

/**
 * Each outcome has a shape of its own, so that colour is not needed to tell them apart: what is open is solid or a
 * ring, what is closed a cross, what is silent a dash. Drawn from the middle, for a size of one.
 */
const SHAPES: Readonly<Record<Outcome, readonly (string | number)[]>> = {
  answered: ['m', -3.6, 0, 'a', 3.6, 3.6, ' 1 1 1 ', 7.2, 0, 'a', 3.6, 3.6, ' 1 1 1 ', -7.2, 0],
  'half-open': ['m', -3.2, 0, 'a', 3.2, 3.2, ' 1 1 1 ', 6.4, 0, 'a', 3.2, 3.2, ' 1 1 1 ', -6.4, 0],
  refused: ['m', -2.2, -2.2, 'l', 4.4, 4.4, 'm', 0, -4.4, 'l', -4.4, 4.4],
  unreachable: ['m', -2.8, -1.8, 'l', 5.6, 0, 'l', -2.8, 4.6, 'z'],
  silent: ['m', -2.4, 0, 'l', 4.8, 0],
  unknown: ['m', 0, -2.8, 'l', 2.8, 2.8, 'l', -2.8, 2.8, 'l', -2.8, -2.8, 'z'],
  backscatter: ['m', -2.6, 0, 'l', 5.2, 0, 'm', -2.6, -2.6, 'l', 0, 5.2],
};

/** The shape of an outcome as path data, so many times its size. */
function shapeAt(outcome: Outcome, x: string, y: string, size: number): string {
  let path = `M${x} ${y}`;
  let number = false;
  for (const part of SHAPES[outcome]) {
    if (typeof part === 'string') path += part;
    else path += `${number ? ' ' : ''}${Math.round(part * size * 10) / 10}`;
    number = typeof part === 'number';
  }
  return path;
}

/** Points from which on shapes shrink, and how small they get: four hundred large ones would be one blot. */
const ROOMY_POINTS = 60;
const LEAST_SIZE = 0.5;

/** What is open is drawn last, on top of the rest. */
const DRAWN: readonly Outcome[] = [
  'backscatter',
  'unknown',
  'silent',
  'unreachable',
  'refused',
  'half-open',
  'answered',
];

/** A scatter picture with axes. One path for each outcome, so that four hundred points stay small. */
export function scatterPlot(plot: Plot): SafeHtml {
  const longest = Math.max(0, ...plot.down.ticks.map(({ label }) => label.length));
  const left = Math.max(LEAST_LEFT, Math.ceil(longest * CHARACTER) + 10);
  const x = (place: number) => left + place * (WIDTH - left - RIGHT);
  const y = (place: number) => TOP + place * (HEIGHT - TOP - BOTTOM);
  const base = HEIGHT - BOTTOM;
  const size = Math.max(LEAST_SIZE, Math.min(1, Math.sqrt(ROOMY_POINTS / Math.max(1, plot.points.length))));
  const marks = DRAWN.map((outcome) => {
    const d = plot.points
      .filter((point) => point.outcome === outcome)
      .map((point) => shapeAt(outcome, x(point.x).toFixed(1), y(point.y).toFixed(1), size))
      .join('');
    return d === '' ? '' : html`<path class="mark-${outcome}" d="${d}" />`;
  });
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${plot.label}">
    <text class="axis-title" x="0" y="11">${plot.down.title}</text>
    ${plot.down.ticks.map(
      ({ place, label }) =>
        html`<line
            class="grid"
            x1="${left}"
            x2="${WIDTH - RIGHT}"
            y1="${y(place).toFixed(1)}"
            y2="${y(place).toFixed(1)}"
          />
          <text x="${left - 6}" y="${(y(place) + 3.8).toFixed(1)}" text-anchor="end">${label}</text>`,
    )}
    ${plot.across.ticks.map(
      ({ place, label }) =>
        html`<line
            class="grid"
            x1="${x(place).toFixed(1)}"
            x2="${x(place).toFixed(1)}"
            y1="${TOP}"
            y2="${base}"
          />
          <text x="${x(place).toFixed(1)}" y="${base + 13}" text-anchor="${anchorAt(x(place), label)}"
            >${label}</text
          >`,
    )}
    <text class="axis-title" x="${WIDTH - RIGHT}" y="${HEIGHT - 5}" text-anchor="end">
      ${plot.across.title}
    </text>
    <path class="frame" d="M${left} ${TOP}V${base}H${WIDTH - RIGHT}" />
    ${spread(plot.lines ?? [], x).map(
      ({ place, label, kind, level }) =>
        html`<line
            class="line-${kind}"
            x1="${x(place).toFixed(1)}"
            x2="${x(place).toFixed(1)}"
            y1="${TOP - 4}"
            y2="${base}"
          />
          <text
            class="line-label ${kind}"
            x="${(x(place) + level).toFixed(1)}"
            y="${TOP - 7}"
            text-anchor="middle"
            >${label}</text
          >`,
    )}
    ${marks}
  </svg>`;
}

/** Labels of lines that are close move apart sideways, so that each can be read. */
function spread(
  lines: readonly PlotLine[],
  x: (place: number) => number,
): readonly (PlotLine & { readonly level: number })[] {
  let end = -Infinity;
  return lines
    .toSorted((a, b) => a.place - b.place)
    .map((line) => {
      const half = Math.max(5, (line.label.length * CHARACTER) / 2 + 1.5);
      const centre = Math.max(x(line.place), end + half);
      end = centre + half;
      return { ...line, level: centre - x(line.place) };
    });
}

/** A label at the edge is kept inside the picture. */
function anchorAt(x: number, label: string): 'start' | 'middle' | 'end' {
  const half = (label.length * CHARACTER) / 2;
  return x + half > WIDTH ? 'end' : 'middle';
}

/** The shapes and what they mean, for the outcomes that occur; and the lines, if there are steps. */
export function outcomeLegend(counts: Readonly<Partial<Record<Outcome, number>>>, steps: number): SafeHtml {
  const present = OUTCOMES.filter((outcome) => (counts[outcome] ?? 0) > 0);
  if (present.length === 0) return html``;
  return html`<ul class="shapes" aria-label="What came back">
    ${present.map(
      (outcome) =>
        html`<li>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path class="mark-${outcome}" d="${shapeAt(outcome, '6', '6', 1)}" />
          </svg>
          <span><strong>${formatCount(counts[outcome] ?? 0)}</strong> ${OUTCOME_MEANINGS[outcome]}</span>
        </li>`,
    )}
    <li>
      <span><strong class="alarm">!</strong> the alarm</span>
    </li>
    ${
      steps > 0 &&
      html`<li>
        <span><strong>1</strong>${steps > 1 && html` to <strong>${steps}</strong>`} what followed</span>
      </li>`
    }
  </ul>`;
}

/** A bar of a picture of counts. */
export interface StackedBar {
  readonly toReview: number;
  readonly authorised: number;
  readonly noise: number;
}

/** Bars over days, noise below and what is to review on top; the caller gives the figures as a table besides. */
export function dayBars(
  bars: readonly StackedBar[],
  firstLabel: string,
  lastLabel: string,
  label: string,
): SafeHtml {
  const most = Math.max(1, ...bars.map((bar) => bar.toReview + bar.authorised + bar.noise));
  const left = LEAST_LEFT - 8;
  const base = HEIGHT - 60;
  const top = 10;
  const width = (WIDTH - left - RIGHT) / Math.max(1, bars.length);
  const gap = Math.min(4, width * 0.2);
  const height = (amount: number) => (amount / most) * (base - top);
  const drawn = bars.map((bar, index) => {
    let at = base;
    return (['noise', 'authorised', 'toReview'] as const).map((kind) => {
      const tall = height(bar[kind]);
      at -= tall;
      return (
        tall > 0 &&
        html`<rect
          class="bar-${kind}"
          x="${(left + index * width + gap / 2).toFixed(1)}"
          y="${at.toFixed(1)}"
          width="${(width - gap).toFixed(1)}"
          height="${tall.toFixed(1)}"
        />`
      );
    });
  });
  return html`<svg class="plot days" viewBox="0 0 ${WIDTH} ${base + 22}" role="img" aria-label="${label}">
    <line class="grid" x1="${left}" x2="${WIDTH - RIGHT}" y1="${top}" y2="${top}" />
    <text x="${left - 6}" y="${top + 4}" text-anchor="end">${formatCount(most)}</text>
    <text x="${left - 6}" y="${base + 4}" text-anchor="end">0</text>
    ${drawn}
    <path class="frame" d="M${left} ${base}H${WIDTH - RIGHT}" />
    <text x="${left}" y="${base + 15}">${firstLabel}</text>
    ${bars.length > 1 && html`<text x="${WIDTH - RIGHT}" y="${base + 15}" text-anchor="end">${lastLabel}</text>`}
  </svg>`;
}
