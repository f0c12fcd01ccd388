import type { ReconSummary } from '../recon/model/recon-summary.ts';
import { formatMinute, type Instant } from '../time/instant.ts';
import {
  passingLine,
  episodesInPassing,
  episodesToReview,
  extentClause,
  findingsById,
  noiseClause,
  reconVerdict,
  recordsOf,
  titleIn,
} from './episode-words.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { LONGEST, RECON_BOUNDS, scanned } from './html-bounds.ts';
import { barTable } from './html-charts.ts';
import { episodesSection } from './html-episodes.ts';
import { blindSpotsSection } from './html-lists.ts';
import { htmlPage } from './html-page.ts';
import { dayBars } from './html-plot.ts';
import { EPISODE_STYLE, REPORT_STYLE } from './html-style.ts';
import { contentsList, provenanceList, verdictPanel } from './html-verdict.ts';
import { capital, andMore, formatScore } from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/**
 * Who scans us, as one HTML file that needs nothing else (html-page.ts). Bounded in size whatever the summary holds
 * (html-bounds.ts).
 */
export function telemetryHtml(summary: ReconSummary): string {
  const level = capital(summary.risk.level);
  const title = `${level} risk, ${formatScore(summary.risk.score)}/100`;
  return htmlPage({
    title: html`${title} - Tidemark report on who scans us, ${windowWords(summary)}`,
    kind: html`Reconnaissance report, made ${formatMinute(summary.generated)}`,
    skip: { to: 'episodes', text: 'Skip to the episodes' },
    style: REPORT_STYLE + EPISODE_STYLE,
    main: html`${verdict(summary)} ${contents(summary)} ${episodesSection(summary)} ${passingSection(summary)}
      ${noiseSection(summary)}
      <div class="pair">${daysSection(summary)} ${soughtSection(summary)}</div>
      ${blindSpotsSection(summary)}`,
    foot: provenance(summary),
  });
}

function verdict(summary: ReconSummary): SafeHtml {
  const { risk, confidence, figures, telemetry, window } = summary;
  const rows: readonly (readonly [string, string])[] = [
    ['Sources to review', formatCount(figures.sources.toReview)],
    ['Episodes to review', formatCount(episodesToReview(summary).length)],
    ['Noise', counted(figures.sources.noise, 'source')],
    ['Records', formatCount(recordsOf(summary))],
    ['Files', formatCount(telemetry.files)],
    ...(window === undefined
      ? []
      : ([
          ['From', formatMinute(window.from)],
          ['To', formatMinute(window.to)],
        ] as const)),
  ];
  return verdictPanel({
    risk,
    confidence,
    sentence: scanned(reconVerdict(summary), LONGEST.sentence),
    facts: html`${rows.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}`,
  });
}

function contents(summary: ReconSummary): SafeHtml {
  const passing = episodesInPassing(summary).length;
  return contentsList([
    ['episodes', 'Episodes to review', episodesToReview(summary).length],
    ...(passing > 0 ? ([['passing', 'Authorised', passing]] as const) : []),
    ['noise', 'Background', summary.digest.length + summary.digestLeftOut],
    ['days', 'Episodes by day', undefined],
    ['sought', 'What they look for', undefined],
    ['blind-spots', 'Blind spots', summary.blindSpots.length],
  ]);
}

function passingSection(summary: ReconSummary): SafeHtml {
  const passing = episodesInPassing(summary);
  if (passing.length === 0) return html``;
  const findings = findingsById(summary);
  const shown = passing.slice(0, RECON_BOUNDS.passing);
  return html`<section id="passing" aria-labelledby="passing-title">
    <h2 id="passing-title">Authorised, or for completeness</h2>
    <div class="panel">
      <ul class="plain">
        ${shown.map((episode) => html`<li>${scanned(passingLine(episode, titleIn(findings, episode)), LONGEST.sentence)}</li>`)}
      </ul>
    </div>
    ${passing.length > shown.length && html`<p class="more small">…${andMore(passing.length, shown.length)}.</p>`}
  </section>`;
}

function noiseSection(summary: ReconSummary): SafeHtml {
  const { digest, digestLeftOut } = summary;
  const shown = digest.slice(0, RECON_BOUNDS.digest);
  const total = digest.length + digestLeftOut;
  return html`<section id="noise" aria-labelledby="noise-title">
    <h2 id="noise-title">Background of the internet</h2>
    ${
      shown.length === 0
        ? html`<p class="empty">None was seen.</p>`
        : html`<div class="panel">
            <p class="quiet small">Scans of everybody, not about us: kept, counted, and not alerted on.</p>
            <ul class="plain">
              ${shown.map(
                (line) =>
                  html`<li>
                    <code>${scanned(line.from, LONGEST.label)}</code>:
                    ${scanned(noiseClause(line), LONGEST.sentence)}
                  </li>`,
              )}
            </ul>
          </div>`
    }
    ${total > shown.length && html`<p class="more small">…${andMore(total, shown.length)} networks.</p>`}
  </section>`;
}

function daysSection(summary: ReconSummary): SafeHtml {
  const { days } = summary.figures;
  const [first] = days;
  const last = days.at(-1);
  return html`<section id="days" aria-labelledby="days-title">
    <h2 id="days-title">Episodes by day</h2>
    ${
      first === undefined || last === undefined
        ? html`<p class="empty">There were no episodes.</p>`
        : html`<figure class="panel">
            ${dayBars(days, dayOf(first.day), dayOf(last.day), daysSentence(summary))}
            <ul class="shapes" aria-label="Kinds of episodes">
              <li>
                <svg viewBox="0 0 12 12" aria-hidden="true">
                  <rect class="bar-toReview" x="1" y="1" width="10" height="10" />
                </svg>
                <span>to review</span>
              </li>
              <li>
                <svg viewBox="0 0 12 12" aria-hidden="true">
                  <rect class="bar-authorised" x="1" y="1" width="10" height="10" />
                </svg>
                <span>authorised</span>
              </li>
              <li>
                <svg viewBox="0 0 12 12" aria-hidden="true">
                  <rect class="bar-noise" x="1" y="1" width="10" height="10" />
                </svg>
                <span>background</span>
              </li>
            </ul>
            <figcaption class="small quiet">${daysSentence(summary)}</figcaption>
            <details>
              <summary>The figures</summary>
              <table>
                <thead>
                  <tr>
                    <th scope="col">Day</th>
                    <th scope="col" class="num">To review</th>
                    <th scope="col" class="num">Authorised</th>
                    <th scope="col" class="num">Noise</th>
                  </tr>
                </thead>
                <tbody>
                  ${days.map(
                    ({ day, toReview, authorised, noise }) =>
                      html`<tr>
                        <th scope="row">${dayOf(day)}</th>
                        <td class="num">${formatCount(toReview)}</td>
                        <td class="num">${formatCount(authorised)}</td>
                        <td class="num">${formatCount(noise)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </details>
          </figure>`
    }
  </section>`;
}

function daysSentence({ figures: { days } }: ReconSummary): string {
  const review = days.reduce((sum, { toReview }) => sum + toReview, 0);
  const noise = days.reduce((sum, each) => sum + each.noise, 0);
  return `${counted(review, 'episode')} to review and ${formatCount(noise)} of noise began in ${counted(days.length, 'day')}.`;
}

/** Ports and networks by how many episodes touched them: tables whose last column is a bar. */
function soughtSection(summary: ReconSummary): SafeHtml {
  const { ports, networks } = summary.figures;
  return html`<section id="sought" aria-labelledby="sought-title">
    <h2 id="sought-title">What they look for</h2>
    ${
      ports.length === 0 && networks.length === 0
        ? html`<p class="empty">Nothing to review was looked for.</p>`
        : html`<div class="panel">
            ${barTable(
              ['Port', 'Episodes'],
              ports.slice(0, RECON_BOUNDS.figures).map(({ port, episodes }) => [port, episodes]),
            )}
            ${barTable(
              ['Network', 'Episodes'],
              networks.slice(0, RECON_BOUNDS.figures).map(({ network, episodes }) => [network, episodes]),
            )}
          </div>`
    }
  </section>`;
}

function provenance(summary: ReconSummary): SafeHtml {
  const { telemetry } = summary;
  const rows: readonly (readonly [string, SafeHtml])[] = [
    ['Looked at', scanned(`${extentClause(summary)}.`, LONGEST.sentence)],
    [
      'Records',
      html`${counted(telemetry.records.flow, 'flow')}, ${counted(telemetry.records.app, 'application event')},
      ${counted(telemetry.records.alert, 'alert')}, ${counted(telemetry.records.process, 'process event')}`,
    ],
    [
      'Set aside',
      html`${counted(telemetry.problems, 'line')}; ${formatCount(telemetry.skipped)} of no use here, such as
      headers`,
    ],
    ['Made', html`${formatMinute(summary.generated)}, schema ${summary.schema}`],
  ];
  return provenanceList(rows);
}

function windowWords({ window }: ReconSummary): string {
  return window === undefined
    ? 'no telemetry yet'
    : `${formatMinute(window.from).replace(/ UTC$/, '')} to ${formatMinute(window.to)}`;
}

function dayOf(day: Instant): string {
  return formatMinute(day).slice(0, 10);
}
