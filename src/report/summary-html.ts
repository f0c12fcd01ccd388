import type { ExposureSummary } from '../findings/summary.ts';
import { formatMinute } from '../time/instant.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { LONGEST, scanned } from './html-bounds.ts';
import { servicesChart, trendChart } from './html-charts.ts';
import { observationsSection } from './html-findings.ts';
import { hostsSection, scoreParts, subnetsSection } from './html-hosts.ts';
import {
  actionsSection,
  blindSpotsSection,
  changesSection,
  impactSection,
  wordsSection,
} from './html-lists.ts';
import { unusualSection } from './html-unusual.ts';
import { htmlPage } from './html-page.ts';
import { REPORT_STYLE } from './html-style.ts';
import { contentsList, provenanceList, verdictPanel } from './html-verdict.ts';
import {
  capital,
  againstSentence,
  findingsToReview,
  formatScore,
  minuteOrUnknown,
  subnetsToReview,
  unfinishedSentence,
  verdictSentence,
} from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/**
 * The summary as one HTML file that needs nothing else (html-page.ts). Bounded in size whatever the summary holds
 * (html-bounds.ts).
 */
export function summaryHtml(summary: ExposureSummary): string {
  const level = capital(summary.risk.level);
  const title = `${level} risk, ${formatScore(summary.risk.score)}/100`;
  return htmlPage({
    title: html`${title} - Tidemark report of ${minuteOrUnknown(summary.run.start)}`,
    kind: html`Exposure report, made ${formatMinute(summary.generated)}`,
    skip: { to: 'observations', text: 'Skip to the key observations' },
    style: REPORT_STYLE,
    main: html`${verdict(summary)} ${contents(summary)} ${observationsSection(summary)}
      ${changesSection(summary)}
      ${hasAdvice(summary) && html`<div class="pair">${impactSection(summary)}${actionsSection(summary)}</div>`}
      ${unusualSection(summary)} ${subnetsSection(summary)} ${hostsSection(summary)}
      <div class="pair">
        <section id="services" aria-labelledby="services-title">
          <h2 id="services-title">Services</h2>
          ${servicesChart(summary.figures.services)}
        </section>
        <section id="trend" aria-labelledby="trend-title">
          <h2 id="trend-title">Open ports over time</h2>
          ${trendChart(summary.figures.trend)}
        </section>
      </div>
      ${blindSpotsSection(summary)} ${wordsSection(summary)}`,
    foot: provenance(summary),
  });
}

function verdict(summary: ExposureSummary): SafeHtml {
  const { risk, confidence, run, figures } = summary;
  return verdictPanel({
    risk,
    confidence,
    sentence: verdictSentence(summary),
    notice: unfinishedSentence(summary),
    parts: scoreParts(risk),
    facts: html`<div>
        <dt>Scanned</dt>
        <dd>${minuteOrUnknown(run.start)}</dd>
      </div>
      <div>
        <dt>Hosts up</dt>
        <dd>${formatCount(run.hostsUp)} of ${formatCount(run.hostsTotal)}</dd>
      </div>
      <div>
        <dt>Open ports</dt>
        <dd>${formatCount(figures.openPorts)}</dd>
      </div>
      <div>
        <dt>Profile</dt>
        <dd>${scanned(run.profile, LONGEST.label)}</dd>
      </div>
      <div>
        <dt>Seen from</dt>
        <dd>${scanned(run.vantage, LONGEST.label)}</dd>
      </div>
      <div class="wide">
        <dt>Compared with</dt>
        <dd>${againstFact(summary)}</dd>
      </div>`,
  });
}

function againstFact({ against }: ExposureSummary): SafeHtml {
  switch (against.kind) {
    case 'baseline':
      return html`baseline ${against.version}, learned from ${counted(against.runs, 'run')}`;
    case 'run':
      return html`the run of ${minuteOrUnknown(against.start)}`;
    case 'nothing':
      return html`nothing. ${scanned(against.why, LONGEST.sentence)}`;
    default:
      return against satisfies never;
  }
}

/** A quiet run has nothing to warn of and nothing to do; two empty boxes would only be in the way. */
function hasAdvice(summary: ExposureSummary): boolean {
  return summary.impact.length > 0 || summary.actions.length > 0;
}

function contents(summary: ExposureSummary): SafeHtml {
  const subnets = subnetsToReview(summary).length;
  return contentsList([
    ['observations', 'Key observations', findingsToReview(summary).length],
    ['changes', 'What changed', summary.changes.length],
    ...(hasAdvice(summary)
      ? ([
          ['impact', 'Potential impact', undefined],
          ['actions', 'Recommended actions', summary.actions.length],
        ] as const)
      : []),
    ...(summary.anomaly === undefined
      ? []
      : ([['unusual', 'Most unusual', summary.anomaly.alerts]] as const)),
    ...(subnets > 0 ? ([['subnets', 'Subnets', subnets]] as const) : []),
    ['hosts', 'Hosts', summary.hosts.length + summary.hostsLeftOut],
    ['services', 'Services', summary.figures.services.length],
    ['trend', 'Open ports over time', undefined],
    ['blind-spots', 'Blind spots', summary.blindSpots.length],
  ]);
}

function provenance(summary: ExposureSummary): SafeHtml {
  const { run, generated } = summary;
  const rows: readonly (readonly [string, SafeHtml])[] = [
    ['Run', html`<code>${scanned(run.id, LONGEST.label)}</code> (${run.status})`],
    ['Scanner', scanned(run.scanner, LONGEST.label)],
    [
      'Command line',
      run.args === '' ? html`not recorded` : html`<code>${scanned(run.args, LONGEST.args)}</code>`,
    ],
    ['Assessed', scanned(againstSentence(summary), LONGEST.sentence)],
    ['Made', html`${formatMinute(generated)}, schema ${summary.schema}`],
  ];
  return provenanceList(rows);
}
