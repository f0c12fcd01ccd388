import type { Evidence, Finding, Observation } from '../findings/finding.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import { formatMinute } from '../time/instant.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import {
  capital,
  andMore,
  findingsToReview,
  formatConfidence,
  formatScore,
  hostsOf,
} from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** The findings to review as cards, ranked; a calm sentence when there are none. */
export function observationsSection(summary: ExposureSummary): SafeHtml {
  const review = findingsToReview(summary);
  const shown = review.slice(0, BOUNDS.findings);
  const names = namesOf(summary, shown);
  return html`<section id="observations" aria-labelledby="observations-title">
    <h2 id="observations-title">Key observations</h2>
    ${
      review.length === 0
        ? html`<p class="empty">${nothingToReview(summary)}</p>`
        : html`<ol class="cards">
            ${shown.map((finding, index) => card(finding, index + 1, names))}
          </ol>`
    }
    ${
      review.length > shown.length &&
      html`<p class="more">
        ${counted(review.length - shown.length, 'more finding')}. <code>tidemark assess --full</code> lists
        all.
      </p>`
    }
  </section>`;
}

function nothingToReview(summary: ExposureSummary): string {
  return summary.against.kind === 'nothing'
    ? 'Nothing to review: nothing this run saw goes against the rules. What is normal here is not known yet.'
    : 'Nothing to review: nothing this run saw goes against the rules or against what is expected.';
}

/** First names of the hosts that stand alone on a card: a summary may have 65,536 hosts. */
function namesOf(summary: ExposureSummary, findings: readonly Finding[]): ReadonlyMap<string, string> {
  const wanted = new Set(
    findings.flatMap(({ subject }) => hostsOf(subject).slice(0, BOUNDS.hostsPerFinding)),
  );
  const names = new Map<string, string>();
  for (const { host, names: known } of summary.hosts)
    if (known[0] !== undefined && wanted.has(host)) names.set(host, known[0]);
  return names;
}

function card(finding: Finding, rank: number, names: ReadonlyMap<string, string>): SafeHtml {
  const title = `finding-${rank}`;
  return html`<li>
    <article class="card ${finding.severity}" aria-labelledby="${title}">
      <div class="card-head">
        <span class="pill">${capital(finding.severity)}</span>
        <h3 id="${title}">${scanned(finding.title, LONGEST.title)}</h3>
      </div>
      ${subjectLine(finding, names)}
      <ul class="observed">
        ${finding.observations.slice(0, BOUNDS.observationsPerFinding).map(observation)}
      </ul>
      ${finding.observations.length > BOUNDS.observationsPerFinding && html`<p class="quiet">…${andMore(finding.observations.length, BOUNDS.observationsPerFinding)}</p>`}
      <details>
        <summary>Evidence and review steps</summary>
        <h4>Evidence</h4>
        ${evidenceList(finding)}
        ${
          finding.impact !== '' &&
          html`<h4>Potential impact</h4>
            <p>${scanned(finding.impact, LONGEST.sentence)}</p>`
        }
        ${steps('Review', finding.actions, (step) => scanned(step, LONGEST.sentence))}
        ${steps('Read on', finding.references, reference)}
        <p class="meta">
          Finding <code>${finding.id}</code>, rule <code>${scanned(finding.rule, LONGEST.label)}</code>, score
          ${formatScore(finding.score)}, confidence
          ${formatConfidence(finding.confidence.value)}${finding.confidence.lowered
            .slice(0, BOUNDS.stepsPerFinding)
            .map(
              ({ reason, factor }) =>
                html`; ${scanned(reason, LONGEST.title)} (×${formatConfidence(factor)})`,
            )}.
          First seen ${formatMinute(finding.firstSeen)}, last seen ${formatMinute(finding.lastSeen)}.
        </p>
      </details>
    </article>
  </li>`;
}

function subjectLine(finding: Finding, names: ReadonlyMap<string, string>): SafeHtml {
  const { port, network } = finding.subject;
  const hosts = hostsOf(finding.subject);
  const chips = hosts.slice(0, BOUNDS.hostsPerFinding).map((host) => {
    const name = hosts.length === 1 ? names.get(host) : undefined;
    return html`<code class="chip">${host}</code>
      ${name !== undefined && html`<span class="quiet">${scanned(name, LONGEST.name)}</span>`}`;
  });
  return html`<p class="subject">
    ${port !== undefined && html`<code class="chip">${port}</code>`}
    ${hosts.length > 0 && html`<span class="quiet">on${hosts.length > 1 && ` ${counted(hosts.length, 'host')}:`}</span>`}
    ${chips}
    ${hosts.length > chips.length && html`<span class="quiet">${andMore(hosts.length, chips.length)}</span>`}
    ${hosts.length === 0 && network !== undefined && html`<code class="chip">${scanned(network, LONGEST.label)}</code>`}
  </p>`;
}

function observation({ text, since, unusual }: Observation): SafeHtml {
  return html`<li>
    <p>
      ${scanned(text, LONGEST.sentence)}${since !== undefined && html` <span class="quiet">since ${formatMinute(since)}</span>`}
    </p>
    ${unusual !== undefined && html`<p class="unusual">${scanned(unusual, LONGEST.sentence)}</p>`}
  </li>`;
}

function evidenceList(finding: Finding): SafeHtml {
  const items = finding.observations
    .slice(0, BOUNDS.observationsPerFinding)
    .flatMap((each) => each.evidence.slice(0, BOUNDS.evidencePerObservation));
  const total = finding.observations.reduce((sum, each) => sum + each.evidence.length, 0);
  return html`<ul class="evidence">
      ${items.map(evidence)}
    </ul>
    ${total > items.length && html`<p class="more small">${formatCount(total - items.length)} more. <code>tidemark assess --json</code> has all, and <code>tidemark hosts ADDRESS</code> those of one host.</p>`}`;
}

function evidence(each: Evidence): SafeHtml {
  return html`<li>
    <span class="small quiet">${pointer(each)}</span><code>${scanned(each.fact, LONGEST.fact)}</code>
  </li>`;
}

function pointer(each: Evidence): SafeHtml {
  switch (each.kind) {
    case 'scan':
      return html`Scan run
      ${scanned(each.run, LONGEST.label)}${each.host !== undefined && `, ${each.host}`}${each.port !== undefined && `, ${each.port}`}`;
    case 'baseline':
      return html`Baseline ${each.version}`;
    case 'rule':
      return html`Rule ${scanned(each.rule, LONGEST.label)}`;
    case 'record':
      return html`${formatMinute(each.at)}, ${scanned(each.file, LONGEST.label)} line ${each.line}`;
    default:
      return each satisfies never;
  }
}

function steps(title: string, entries: readonly string[], render: (entry: string) => SafeHtml): SafeHtml {
  if (entries.length === 0) return html``;
  const shown = entries.slice(0, BOUNDS.stepsPerFinding);
  return html`<h4>${title}</h4>
    <ul class="steps">
      ${shown.map((entry) => html`<li>${render(entry)}</li>`)}
    </ul>`;
}

/** Only an https address becomes a link; rules may be written by users, and other schemes can act. */
function reference(text: string): SafeHtml {
  if (!/^https:\/\/[\x21-\x7e]+$/.test(text) || text.length > LONGEST.fact)
    return scanned(text, LONGEST.sentence);
  return html`<a href="${text}" rel="noreferrer noopener">${scanned(text, LONGEST.fact)}</a>`;
}
