import type { ExposureSummary, SummaryBase } from '../findings/summary.ts';
import { groupChanges } from './change-groups.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import { termsIn } from './glossary.ts';
import { andMore, changeMark, changesTitle, noChangesSentence } from './summary-words.ts';
import { counted } from '../text/phrase.ts';

const MARKS = {
  '+': { mark: '+', tone: 'more-open', says: 'More is reachable:' },
  '-': { mark: '\u2212', tone: 'less-open', says: 'Less is reachable:' },
  '~': { mark: '~', tone: '', says: 'Different:' },
} as const;

/** What changed, each change once for all its hosts. */
export function changesSection(summary: ExposureSummary): SafeHtml {
  const groups = groupChanges(summary.changes);
  const shown = groups.slice(0, BOUNDS.changes);
  const items = shown.map(({ change, hosts }) => {
    const { mark, tone, says } = MARKS[changeMark(change)];
    const named = hosts
      .slice(0, BOUNDS.hostsPerChange)
      .map((host) => html`<code class="chip">${host}</code> `);
    const text = html`${scanned(change.text, LONGEST.sentence)}${!change.comparable && html` <span class="tag">not comparable</span>`}`;
    const body =
      hosts.length > 1
        ? html`${text} <span class="quiet">on ${counted(hosts.length, 'host')}:</span> ${named}${
              hosts.length > named.length &&
              html`<span class="quiet">${andMore(hosts.length, named.length)}</span>`
            }`
        : html`${named}${text}`;
    return html`<li>
      <span class="mark ${tone}" role="img" aria-label="${says}">${mark}</span>
      <div>${body}</div>
    </li>`;
  });
  return html`<section id="changes" aria-labelledby="changes-title">
    <h2 id="changes-title">${changesTitle(summary)}</h2>
    ${
      groups.length === 0
        ? html`<p class="empty">${noChangesSentence(summary)}</p>`
        : html`<div class="panel">
            <ul class="changes">
              ${items}
            </ul>
          </div>`
    }
    ${groups.length > shown.length && html`<p class="more">${counted(groups.length - shown.length, 'more change')}. <code>tidemark assess --full</code> lists all.</p>`}
  </section>`;
}

/** What could follow from the findings. */
export function impactSection(summary: ExposureSummary): SafeHtml {
  const shown = summary.impact.slice(0, BOUNDS.entries);
  return html`<section id="impact" aria-labelledby="impact-title">
    <h2 id="impact-title">Potential impact</h2>
    ${
      shown.length === 0
        ? html`<p class="empty">None that this run points to.</p>`
        : html`<ul class="plain">
            ${shown.map((entry) => html`<li>${scanned(entry, LONGEST.sentence)}</li>`)}
          </ul>`
    }
    ${leftOut(summary.impact.length, shown.length)}
  </section>`;
}

/** Review steps with boxes to tick; the ticks last as long as the page is open. */
export function actionsSection(summary: ExposureSummary): SafeHtml {
  const shown = summary.actions.slice(0, BOUNDS.entries);
  return html`<section id="actions" aria-labelledby="actions-title">
    <h2 id="actions-title">Recommended actions</h2>
    ${
      shown.length === 0
        ? html`<p class="empty">Nothing to do.</p>`
        : html`<ul class="checklist">
            ${shown.map(
              (entry) =>
                html`<li>
                  <label><input type="checkbox" /><span>${scanned(entry, LONGEST.sentence)}</span></label>
                </li>`,
            )}
          </ul>`
    }
    ${leftOut(summary.actions.length, shown.length)}
  </section>`;
}

/** What could not be seen, of either half. */
export function blindSpotsSection(summary: SummaryBase): SafeHtml {
  const shown = summary.blindSpots.slice(0, BOUNDS.entries);
  return html`<section id="blind-spots" aria-labelledby="blind-spots-title">
    <h2 id="blind-spots-title">Blind spots</h2>
    ${
      shown.length === 0
        ? html`<p class="empty">None known.</p>`
        : html`<div class="panel">
            <p class="quiet small">What could not be seen. Absence here is not evidence.</p>
            <ul class="plain">
              ${shown.map((entry) => html`<li>${scanned(entry, LONGEST.sentence)}</li>`)}
            </ul>
          </div>`
    }
    ${leftOut(summary.blindSpots.length, shown.length)}
  </section>`;
}

/** The words of the report that may need explaining, folded away. */
export function wordsSection(summary: ExposureSummary): SafeHtml {
  const told = summary.findings.slice(0, BOUNDS.findings);
  const terms = termsIn(
    [
      'baseline confidence vantage finding',
      ...told.flatMap(({ title, observations }) => [
        title,
        ...observations
          .slice(0, BOUNDS.observationsPerFinding)
          .map(({ text }) => text.slice(0, LONGEST.sentence)),
      ]),
      ...summary.impact.slice(0, BOUNDS.entries),
      ...summary.actions.slice(0, BOUNDS.entries),
      ...summary.blindSpots.slice(0, BOUNDS.entries),
    ].join('\n'),
  );
  return html`<details id="words">
    <summary>Words</summary>
    <ul class="plain">
      ${terms.map(({ term, meaning }) => html`<li><strong>${term}</strong>: ${meaning}</li>`)}
    </ul>
  </details>`;
}

function leftOut(total: number, shown: number): SafeHtml | false {
  return total > shown && html`<p class="more small">…${andMore(total, shown)}.</p>`;
}
