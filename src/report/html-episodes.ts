import type { Finding } from '../findings/finding.ts';
import type { Episode } from '../recon/model/episode.ts';
import { touchedName } from '../recon/model/ip-protocol.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';
import { formatMinute } from '../time/instant.ts';
import { episodePictures } from './episode-pictures.ts';
import {
  episodesToReview,
  exposedClause,
  findingsById,
  formatMoment,
  formatNats,
  formatWeight,
  outcomesClause,
  paceClause,
  remainderClause,
  shapeClause,
  stepWord,
  titleIn,
  whenClause,
  sendingClauses,
  toolClauses,
} from './episode-words.ts';
import { html, type HtmlValue, type SafeHtml } from './escape-html.ts';
import { LONGEST, RECON_BOUNDS, scanned } from './html-bounds.ts';
import { capital, andMore, confidenceWord, formatConfidence, formatScore } from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** The episodes to review: a list to jump from, then each with its pictures and its evidence. */
export function episodesSection(summary: ReconSummary): SafeHtml {
  const review = episodesToReview(summary);
  const shown = review.slice(0, RECON_BOUNDS.episodes);
  const findings = findingsById(summary);
  return html`<section id="episodes" aria-labelledby="episodes-title">
    <h2 id="episodes-title">Episodes to review</h2>
    ${
      review.length === 0
        ? html`<p class="empty">None: nobody was seen who looks for something here.</p>`
        : html`${review.length > 1 && overview(review.slice(0, RECON_BOUNDS.listed), findings)}
            <ol class="cards">
              ${shown.map((episode, index) => card(episode, findings, index + 1))}
            </ol>`
    }
    ${
      review.length > shown.length &&
      html`<p class="more">
        ${counted(review.length - shown.length, 'more episode')} without pictures here.
        <code>tidemark findings</code> lists all.
      </p>`
    }
  </section>`;
}

/** One line for each episode: what a reader needs to choose where to begin. */
function overview(episodes: readonly Episode[], findings: ReadonlyMap<string, Finding>): SafeHtml {
  return html`<div class="panel overview">
    <table class="episodes" role="table" aria-label="Episodes to review, worst first">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Episode</th>
          <th scope="col" role="columnheader">Severity</th>
          <th scope="col" role="columnheader" class="num">Began</th>
          <th scope="col" role="columnheader" class="num">Open ports found</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${episodes.map((episode, index) => {
          const title = scanned(titleIn(findings, episode), LONGEST.title);
          return html`<tr role="row">
            <th scope="row" role="rowheader">
              ${index < RECON_BOUNDS.episodes ? html`<a href="#episode-${index + 1}">${title}</a>` : title}
            </th>
            <td role="cell" class="risk-cell ${episode.severity}">
              <span class="pill">${formatScore(episode.score)} ${episode.severity}</span>
            </td>
            <td role="cell" class="num" data-label="Began">${formatMinute(episode.first)}</td>
            <td role="cell" class="num" data-label="Open ports found">
              ${formatCount(episode.openPorts.length + episode.openPortsLeftOut)}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function card(episode: Episode, findings: ReadonlyMap<string, Finding>, rank: number): SafeHtml {
  const id = `episode-${rank}`;
  return html`<li id="${id}">
    <article class="card episode ${episode.severity}" aria-labelledby="${id}-title">
      <div class="card-head">
        <span class="pill">${capital(episode.severity)}</span>
        <h3 id="${id}-title">${scanned(titleIn(findings, episode), LONGEST.title)}</h3>
      </div>
      ${whoLine(episode)} ${facts(episode)} ${way(episode)} ${episodePictures(episode)}
      ${advice(findings.get(episode.id))}
      <details>
        <summary>Why: the likelihood, term by term</summary>
        ${likelihoodTable(episode)}
      </details>
      <details>
        <summary>Open ports, fingerprints and the records that prove it</summary>
        ${openPorts(episode)} ${sentences('Fingerprints and tools', episode.traits, RECON_BOUNDS.traits)}
        ${sentences('How sure the tools are', toolClauses(episode), RECON_BOUNDS.traits)}
        ${sentences('How it sends', sendingClauses(episode), RECON_BOUNDS.traits)}
        <h4>Records</h4>
        ${records(episode)}
        <p class="meta">
          Finding <code>${episode.id}</code>, score ${formatScore(episode.score)}. All records:
          <code>tidemark findings show ${episode.id.slice(0, 10)} --evidence</code>.
        </p>
      </details>
    </article>
  </li>`;
}

/** Sources as chips, where they are, and what they are. */
function whoLine({ sources, internal, joinedBy, trueSource }: Episode): SafeHtml {
  const named = sources.slice(0, RECON_BOUNDS.sources);
  return html`<p class="subject">
    ${named.map(
      (source) =>
        html`<code class="${source === trueSource ? 'chip true-source' : 'chip'}">${source}</code> `,
    )}
    ${sources.length > named.length && html`<span class="quiet">${andMore(sources.length, named.length)}</span>`}
    <span class="tag">${internal ? 'inside' : 'outside'}</span>
    ${joinedBy !== undefined && html`<span class="tag">joined by ${scanned(joinedBy, LONGEST.label)}</span>`}
    ${trueSource !== undefined && html`<span class="quiet">${trueSource} came back with a connection; the others are forged.</span>`}
  </p>`;
}

/** When, what, found, unusual, sure: the words of the text, as a list of terms. */
function facts(episode: Episode): SafeHtml {
  const { confidence, likelihood, families, unusual, exposed, targets, role, process } = episode;
  const remainder = remainderClause(episode);
  const found = episode.openPorts.length + episode.openPortsLeftOut;
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ...(role === undefined
      ? []
      : [
          [
            'Role',
            html`${capital(role.role)} (${role.how}): ${scanned(role.why, LONGEST.sentence)}`,
          ] as const,
        ]),
    ...(process === undefined
      ? []
      : [
          [
            'Process',
            html`<code>${scanned(process.executable, LONGEST.name)}</code> as
              <code>${scanned(process.user, LONGEST.name)}</code> on
              <code>${scanned(process.host, LONGEST.name)}</code>`,
          ] as const,
        ]),
    ['When', `${whenClause(episode)}${separated(paceClause(episode))}`],
    [
      'What',
      html`${families
          .slice(0, RECON_BOUNDS.families)
          .map(
            ({ family, text }) =>
              html`<p>
                <span class="tag">${family.replaceAll('-', ' ')}</span> ${scanned(text, LONGEST.sentence)}
              </p>`,
          )}
        <p class="quiet">
          ${capital(shapeClause(episode))}: ${outcomesClause(episode)}. Ports
          <code>${scanned(targets.portRanges, LONGEST.name * 2)}</code> in
          ${targets.networks.slice(0, 8).map((network) => html`<code>${network}</code> `)}
        </p>`,
    ],
    ...(remainder === undefined ? [] : [['Allowed', scanned(remainder, LONGEST.sentence)] as const]),
    [
      'Found',
      found === 0
        ? 'nothing open'
        : html`${counted(found, 'open port')}:
          ${episode.openPorts
            .slice(0, 6)
            .map(
              ({ destination, port, protocol }) =>
                html`<code class="chip"
                  >${touchedName(protocol, port)}${targets.hosts > 1 && ` ${destination}`}</code
                > `,
            )}${found > 6 && html`<span class="quiet">${andMore(found, Math.min(6, episode.openPorts.length))}</span>`}`,
    ],
    ...(exposed.length === 0
      ? []
      : [
          [
            'Exposed',
            html`${exposed
              .slice(0, RECON_BOUNDS.exposed)
              .map(
                (each) => html`<p class="exposed">${scanned(exposedClause(each), LONGEST.sentence)}</p>`,
              )}`,
          ] as const,
        ]),
    ...(unusual.length === 0
      ? []
      : [
          [
            'Unusual',
            html`${unusual
              .slice(0, RECON_BOUNDS.unusual)
              .map((each) => html`<p>${scanned(each, LONGEST.sentence)}</p>`)}`,
          ] as const,
        ]),
    [
      'Sure',
      html`${formatConfidence(confidence.value)} (${confidenceWord(confidence.value)}); likelihood
      ${formatNats(likelihood.score)} where ${formatNats(likelihood.threshold)} is needed, reached with
      ${counted(likelihood.contactsToAlarm, 'contact')}${confidence.lowered
        .slice(0, RECON_BOUNDS.traits)
        .map(
          ({ reason, factor }) => html`; ${scanned(reason, LONGEST.title)} (×${formatConfidence(factor)})`,
        )}`,
    ],
  ];
  return html`<dl class="told">
    ${rows.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The steps of a way in, numbered as in the picture. */
function way(episode: Episode): SafeHtml {
  const { transition, sources, first } = episode;
  if (transition.length === 0) return html``;
  const shown = transition.slice(0, RECON_BOUNDS.steps);
  return html`<h4>What followed</h4>
    <ol class="way">
      ${shown.map(
        ({ step, at, source, destination, text }) =>
          html`<li class="${step}">
            <p>
              <strong>${capital(stepWord(step))}</strong>
              <span class="quiet"
                >${formatMoment(at, first)},
                ${!(sources.length === 1 && sources[0] === source) && `${source} `}on ${destination}</span
              >
            </p>
            <p>${scanned(text, LONGEST.sentence)}</p>
          </li>`,
      )}
    </ol>
    ${transition.length > shown.length && html`<p class="quiet">…${andMore(transition.length, shown.length)}</p>`}`;
}

function advice(finding: Finding | undefined): SafeHtml {
  if (finding === undefined) return html``;
  return html`${
    finding.impact !== '' &&
    html`<h4>Potential impact</h4>
      <p>${scanned(finding.impact, LONGEST.sentence)}</p>`
  }
  ${
    finding.actions.length > 0 &&
    html`<h4>What to do</h4>
      <ul class="checklist">
        ${finding.actions.slice(0, RECON_BOUNDS.actions).map(
          (entry) =>
            html`<li>
              <label><input type="checkbox" /><span>${scanned(entry, LONGEST.sentence)}</span></label>
            </li>`,
        )}
      </ul>`
  }`;
}

/** The terms of the sequential test: the last column sums to the score. */
function likelihoodTable({ likelihood }: Episode): SafeHtml {
  const shown = likelihood.terms.slice(0, RECON_BOUNDS.terms);
  const rest = likelihood.terms.slice(RECON_BOUNDS.terms);
  const row = (term: HtmlValue, contacts: string, weight: string, total: string) =>
    html`<tr>
      <th scope="row">${term}</th>
      <td class="num">${contacts}</td>
      <td class="num">${weight}</td>
      <td class="num">${total}</td>
    </tr>`;
  return html`<p class="small quiet">
      Each first contact speaks for a scan (above zero) or against one (below), in natural-log units. At
      ${formatNats(likelihood.threshold)} a scan is that much likelier than none.
    </p>
    <table class="terms">
      <thead>
        <tr>
          <th scope="col">What was seen</th>
          <th scope="col" class="num">Contacts</th>
          <th scope="col" class="num">Each</th>
          <th scope="col" class="num">Together</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(({ term, contacts, weight, total }) =>
          row(scanned(term, LONGEST.label), formatCount(contacts), formatWeight(weight), formatWeight(total)),
        )}
        ${
          rest.length > 0 &&
          row(
            counted(rest.length, 'more term'),
            formatCount(rest.reduce((sum, { contacts }) => sum + contacts, 0)),
            '',
            formatWeight(rest.reduce((sum, { total }) => sum + total, 0)),
          )
        }
      </tbody>
      <tfoot>
        ${row('Likelihood', '', '', formatWeight(likelihood.score))}
      </tfoot>
    </table>`;
}

function openPorts({ openPorts: ports, openPortsLeftOut }: Episode): SafeHtml {
  if (ports.length === 0) return html``;
  const shown = ports.slice(0, RECON_BOUNDS.openPorts);
  return html`<h4>Open ports that the source found</h4>
    <ul class="evidence ports">
      ${shown.map(
        ({ destination, port, protocol, service }) =>
          html`<li>
            <code>${destination} ${touchedName(protocol, port)}</code>
            <span class="quiet">${scanned(service, LONGEST.name)}</span>
          </li>`,
      )}
    </ul>
    ${ports.length + openPortsLeftOut > shown.length && html`<p class="more small">…${andMore(ports.length + openPortsLeftOut, shown.length)}</p>`}`;
}

function records({ records: all }: Episode): SafeHtml {
  if (all.length === 0) return html`<p class="quiet">None kept here.</p>`;
  return html`<ul class="evidence">
    ${all
      .slice(0, RECON_BOUNDS.records)
      .map(
        ({ at, sensor, file, line, text }) =>
          html`<li>
            <span class="small quiet"
              >${formatMinute(at)}, ${scanned(endOf(file), LONGEST.label)} line ${formatCount(line)}, sensor
              ${scanned(sensor, LONGEST.label)}</span
            ><code>${scanned(text, LONGEST.fact)}</code>
          </li>`,
      )}
  </ul>`;
}

/** The end of a path says more than its beginning. */
function endOf(file: string): string {
  return file.length > LONGEST.label ? `…${file.slice(1 - LONGEST.label)}` : file;
}

function sentences(title: string, all: readonly string[], most: number): SafeHtml {
  if (all.length === 0) return html``;
  return html`<h4>${title}</h4>
    <ul class="steps">
      ${all.slice(0, most).map((each) => html`<li>${scanned(each, LONGEST.sentence)}</li>`)}
    </ul>`;
}

function separated(clause: string): string {
  return clause === '' ? '' : `; ${clause}`;
}
