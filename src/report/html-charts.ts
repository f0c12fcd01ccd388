import type { Risk } from '../findings/summary.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import { formatMinute } from '../time/instant.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import { formatScore, minuteOrUnknown, RISK_LEVELS } from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** The overall score as a half-circle from 0 to 100; the score and the word are text as well. */
export function riskGauge(risk: Risk): SafeHtml {
  const score = Math.min(100, Math.max(0, risk.score));
  return html`<svg
    class="gauge"
    viewBox="0 0 200 116"
    role="img"
    aria-label="Risk score ${formatScore(score)} of 100, ${risk.level}"
  >
    <path class="track" d="M16 100 A84 84 0 0 1 184 100" stroke-width="15" stroke-linecap="round" />
    ${
      // A round cap would draw a dot for a score of nothing.
      score > 0 &&
      html`<path
        class="value"
        d="M16 100 A84 84 0 0 1 184 100"
        pathLength="100"
        stroke-width="15"
        stroke-linecap="round"
        stroke-dasharray="${score} 200"
      />`
    }
    <text x="100" y="88" font-size="50" font-weight="700">${formatScore(score)}</text>
    <text class="of" x="100" y="110" font-size="14">of 100</text>
  </svg>`;
}

/** A confidence from 0 to 1 as a bar. Decoration: the number stands beside it. */
export function confidenceMeter(value: number): SafeHtml {
  return html`<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="100" height="6" rx="3" />
    <rect class="value" width="${Math.round(value * 100)}" height="6" rx="3" />
  </svg>`;
}

/** How many hosts have which risk, as one bar with a legend that says the numbers. */
export function riskSpread(counts: ExposureSummary['figures']['hostsByRisk']): SafeHtml {
  const total = RISK_LEVELS.reduce((sum, level) => sum + counts[level], 0);
  if (total === 0) return html``;
  let start = 0;
  const bars = RISK_LEVELS.map((level) => {
    const width = (counts[level] / total) * 100;
    const bar = html`<rect
      class="${level}"
      x="${start.toFixed(2)}"
      width="${width.toFixed(2)}"
      height="10"
    />`;
    start += width;
    return bar;
  });
  const legend = RISK_LEVELS.map(
    (level) => html`<li class="${level}">${formatCount(counts[level])} ${level}</li>`,
  );
  return html`<div class="spread">
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
    <ul class="legend" aria-label="Hosts by risk">
      ${legend}
    </ul>
  </div>`;
}

/** A table of names and counts whose last column is a bar; empty when there are none. */
export function barTable(
  [nameTitle, countTitle]: readonly [string, string],
  rows: readonly (readonly [name: string, count: number])[],
): SafeHtml {
  if (rows.length === 0) return html``;
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return html`<table class="bars">
    <thead>
      <tr>
        <th scope="col">${nameTitle}</th>
        <th scope="col" class="num">${countTitle}</th>
        <td></td>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, count]) =>
          html`<tr>
            <th scope="row">${scanned(name, LONGEST.label)}</th>
            <td class="num">${formatCount(count)}</td>
            <td class="bar">
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect width="${((count / most) * 100).toFixed(2)}" height="8" />
              </svg>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Services by hosts. */
export function servicesChart(services: ExposureSummary['figures']['services']): SafeHtml {
  if (services.length === 0) return html`<p class="empty">No service was seen.</p>`;
  const shown = services.slice(0, BOUNDS.services);
  const left = services.length - shown.length;
  return html`<div class="panel">
    ${barTable(
      ['Service', 'Hosts'],
      shown.map(({ name, hosts }) => [name, hosts]),
    )}
    ${left > 0 && html`<p class="more small">${counted(left, 'more service')} on fewer hosts.</p>`}
  </div>`;
}

/** Size of the trend picture in its own units, and the room that labels take. */
const TREND = { width: 340, height: 160, left: 6, right: 58, top: 16, bottom: 28, label: 16 };

/** Open ports over the runs of the same kind: a line, with the figures as a table for those who want or need them. */
export function trendChart(trend: ExposureSummary['figures']['trend']): SafeHtml {
  const shown = trend.slice(-BOUNDS.trend);
  const [first] = shown;
  const last = shown.at(-1);
  if (first === undefined || last === undefined || shown.length < 2)
    return html`<p class="empty">A trend needs two runs of the same kind, and this is the first.</p>`;

  const values = shown.map((point) => point.openPorts);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (index: number) =>
    TREND.left + (index / (shown.length - 1)) * (TREND.width - TREND.left - TREND.right);
  // At least a tenth of the highest value is drawn, so that 54 to 55 does not look like a landslide.
  const span = Math.max(high - low, high * 0.1, 1);
  const floor = low - (span - (high - low)) / 2;
  const y = (value: number) =>
    TREND.height - TREND.bottom - ((value - floor) / span) * (TREND.height - TREND.top - TREND.bottom);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const right = TREND.width - TREND.right;
  const grid = (high === low ? [high] : [high, low]).map((value) => {
    const height = y(value).toFixed(1);
    const clear = Math.abs(y(value) - y(last.openPorts)) >= TREND.label;
    return html`<line class="grid" x1="${TREND.left}" x2="${right}" y1="${height}" y2="${height}" />
      ${clear && html`<text x="${right + 8}" y="${(y(value) + 4).toFixed(1)}">${formatCount(value)}</text>`}`;
  });
  const rows = shown.map(
    (point) =>
      html`<tr>
        <th scope="row">${minuteOrUnknown(point.start)}</th>
        <td class="num">${formatCount(point.openPorts)}</td>
        <td class="num">${formatCount(point.hostsUp)}</td>
      </tr>`,
  );
  return html`<figure class="panel trend">
    <svg
      viewBox="0 0 ${TREND.width} ${TREND.height}"
      role="img"
      aria-label="${trendSentence(first, last, low, high, shown.length)}"
    >
      ${grid}
      <polyline class="line" points="${points}" />
      <circle class="dot" cx="${x(shown.length - 1).toFixed(1)}" cy="${y(last.openPorts).toFixed(1)}" r="4" />
      <text class="now" x="${right + 8}" y="${(y(last.openPorts) + 4).toFixed(1)}">
        ${formatCount(last.openPorts)}
      </text>
      <text x="${TREND.left}" y="${TREND.height - 6}">${dayOf(first.start)}</text>
      <text x="${right}" y="${TREND.height - 6}" text-anchor="end">${dayOf(last.start)}</text>
    </svg>
    <figcaption class="small quiet">${trendSentence(first, last, low, high, shown.length)}</figcaption>
    <details>
      <summary>The figures</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col" class="num">Open ports</th>
            <th scope="col" class="num">Hosts up</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </details>
  </figure>`;
}

type TrendPoint = ExposureSummary['figures']['trend'][number];

function trendSentence(first: TrendPoint, last: TrendPoint, low: number, high: number, runs: number): string {
  const change = last.openPorts - first.openPorts;
  const turned =
    change === 0
      ? 'as many as at the first'
      : `${formatCount(Math.abs(change))} ${change > 0 ? 'more' : 'fewer'} than at the first`;
  return `${counted(last.openPorts, 'open port')} now, ${turned} of ${runs} runs; between ${formatCount(low)} and ${formatCount(high)}.`;
}

function dayOf(start: TrendPoint['start']): string {
  return start === undefined ? 'unknown' : formatMinute(start).slice(0, 10);
}
