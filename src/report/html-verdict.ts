import type { SummaryBase } from '../findings/summary.ts';
import { html, type HtmlValue, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import { confidenceMeter, riskGauge } from './html-charts.ts';
import { capital, confidenceWord, formatConfidence } from './summary-words.ts';
import { formatCount } from '../text/phrase.ts';

/** What both reports say first. */
export interface Verdict extends Pick<SummaryBase, 'risk' | 'confidence'> {
  /** What it comes to, in one sentence. */
  readonly sentence: SafeHtml | string;
  /** What stands in the way of it, if anything does. */
  readonly notice?: string | undefined;
  /** How the score comes about. */
  readonly parts?: HtmlValue;
  /** Figures under it. */
  readonly facts: SafeHtml;
}

/** The risk, the confidence with what lowers it, and the figures. */
export function verdictPanel({ risk, confidence, sentence, notice, parts, facts }: Verdict): SafeHtml {
  const reasons = confidence.lowered
    .slice(0, BOUNDS.entries)
    .map(
      ({ reason, factor }) =>
        html`<li>${scanned(reason, LONGEST.sentence)} (×${formatConfidence(factor)})</li>`,
    );
  return html`<div class="verdict ${risk.level}">
    <div class="verdict-grid">
      ${riskGauge(risk)}
      <div>
        <h1>${capital(risk.level)} risk</h1>
        <p class="lede">${sentence}</p>
        ${notice !== undefined && html`<p class="notice">${notice}</p>`} ${parts}
        <div class="confidence">
          <p class="confidence-line">
            <span
              >Confidence
              <strong>${formatConfidence(confidence.value)}</strong>
              (${confidenceWord(confidence.value)})</span
            >
            ${confidenceMeter(confidence.value)}
          </p>
          ${
            reasons.length > 0 &&
            html`<p class="small quiet">Lowered by:</p>
              <ul class="reasons">
                ${reasons}
              </ul>`
          }
        </div>
      </div>
    </div>
    <dl class="facts">${facts}</dl>
  </div>`;
}

/** Links to the sections of a report, with how many entries each has. */
export function contentsList(
  sections: readonly (readonly [id: string, title: string, entries: number | undefined])[],
): SafeHtml {
  return html`<nav class="toc" aria-label="Contents">
    <ul>
      ${sections.map(
        ([id, title, entries]) =>
          html`<li>
            <a href="#${id}"
              >${title}${
                entries !== undefined && html` <span class="count">${formatCount(entries)}</span>`
              }</a
            >
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** Where a report comes from, at its foot. */
export function provenanceList(rows: readonly (readonly [term: string, value: SafeHtml])[]): SafeHtml {
  return html`<footer class="foot">
    <h2>Where this comes from</h2>
    <dl>
      ${rows.map(
        ([term, value]) =>
          html`<dt>${term}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </footer>`;
}
