import type { ExposureSummary, HostSummary, Risk, SubnetSummary } from '../findings/summary.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import { riskSpread } from './html-charts.ts';
import {
  andMore,
  concentratedSentence,
  formatConfidence,
  formatScore,
  hostsByRisk,
  hostsByRiskWords,
  signed,
  subnetsToReview,
  worstTenthSentence,
} from './summary-words.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** How a score adds up, folded away: one line for each addend, and the sum. */
export function scoreParts({ score, parts }: Risk): SafeHtml {
  if (parts.length === 0) return html``;
  const rows = parts
    .slice(0, BOUNDS.scoreParts)
    .map(
      ({ points, text }, index) =>
        html`<li>${index === 0 ? points : signed(points)} ${scanned(text, LONGEST.name)}</li>`,
    );
  return html`<details class="small">
    <summary>How ${formatScore(score)} comes about</summary>
    <ul class="reasons">
      ${rows}
      <li>= <strong>${formatScore(score)}</strong></li>
    </ul>
  </details>`;
}

/** Subnets by risk, with what is concentrated in each. Left out where one subnet is all there is. */
export function subnetsSection(summary: ExposureSummary): SafeHtml {
  const risky = subnetsToReview(summary);
  if (risky.length === 0) return html``;
  const shown = risky.slice(0, BOUNDS.subnets);
  const left = risky.length - shown.length + summary.subnetsLeftOut;
  return html`<section id="subnets" aria-labelledby="subnets-title">
    <h2 id="subnets-title">Subnets</h2>
    <div class="panel">
      <table class="hosts" role="table" aria-label="Subnets with findings, highest risk first">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">Subnet</th>
            <th scope="col" role="columnheader">Risk</th>
            <th scope="col" role="columnheader">Hosts</th>
            <th scope="col" role="columnheader" class="num">Open ports</th>
            <th scope="col" role="columnheader">Findings</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${shown.map(subnetRow)}
        </tbody>
      </table>
    </div>
    ${left > 0 && html`<p class="more">${counted(left, 'more subnet')} at no higher risk not shown here.</p>`}
  </section>`;
}

function subnetRow(subnet: SubnetSummary): SafeHtml {
  const { network, risk, hosts, openPorts, findings, concentrated } = subnet;
  const spread = worstTenthSentence(subnet);
  return html`<tr role="row">
    <th scope="row" role="rowheader" class="${network.includes(':') ? 'v6' : 'v4'}">
      <code>${network}</code>
    </th>
    <td role="cell" class="risk-cell ${risk.level}">
      <span class="pill">${formatScore(risk.score)} ${risk.level}</span>
      ${scoreParts(risk)}
    </td>
    <td role="cell" data-label="Hosts">${formatCount(hosts)}: ${hostsByRiskWords(subnet)}</td>
    <td role="cell" class="num" data-label="Open ports">${formatCount(openPorts)}</td>
    <td role="cell" class="all">
      ${findings.map((finding) => html`<div>${scanned(finding.title, LONGEST.title)} (${counted(finding.hosts, 'host')})</div>`)}
      ${concentrated.map((finding) => html`<div class="quiet">${scanned(concentratedSentence(finding), LONGEST.title)}</div>`)}
      ${spread !== undefined && html`<div class="quiet">${spread}</div>`}
    </td>
  </tr>`;
}

/** Hosts by risk: those with findings in a table, the others folded away, and how to see those that are not here. */
export function hostsSection(summary: ExposureSummary): SafeHtml {
  const sorted = hostsByRisk(summary);
  const risky = sorted.filter((host) => host.findings.length > 0);
  const calm = sorted.filter((host) => host.findings.length === 0);
  const shownRisky = risky.slice(0, BOUNDS.hostsWithFindings);
  const shownCalm = calm.slice(0, BOUNDS.hostsWithout);
  const left = sorted.length - shownRisky.length - shownCalm.length + summary.hostsLeftOut;
  return html`<section id="hosts" aria-labelledby="hosts-title">
    <h2 id="hosts-title">Hosts</h2>
    ${sorted.length === 0 && html`<p class="empty">No host answered.</p>`}
    ${riskSpread(summary.figures.hostsByRisk)}
    ${shownRisky.length > 0 && html`<div class="panel">${hostTable(shownRisky, 'Hosts with findings, highest risk first', true)}</div>`}
    ${
      shownCalm.length > 0 &&
      html`<details>
        <summary>${counted(shownCalm.length, 'host')} without findings</summary>
        <div class="panel">${hostTable(shownCalm, 'Hosts without findings', false)}</div>
      </details>`
    }
    ${left > 0 && html`<p class="more">${counted(left, 'more host')} at no higher risk not shown here. <code>tidemark hosts</code> lists all, and <code>tidemark hosts ADDRESS</code> shows one.</p>`}
  </section>`;
}

// Roles are written out because the narrow layout sets display on rows and cells, which would take them away.
function hostTable(hosts: readonly HostSummary[], label: string, withFindings: boolean): SafeHtml {
  return html`<table class="hosts" role="table" aria-label="${label}">
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">Host</th>
        <th scope="col" role="columnheader">Risk</th>
        <th scope="col" role="columnheader" class="num">Open ports</th>
        <th scope="col" role="columnheader" class="num">Confidence</th>
        ${withFindings && html`<th scope="col" role="columnheader">Findings</th>`}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${hosts.map((host, index) => hostRow(host, withFindings, index < BOUNDS.hostsExplained))}
    </tbody>
  </table>`;
}

function hostRow(host: HostSummary, withFindings: boolean, explained: boolean): SafeHtml {
  const names = host.names
    .slice(0, BOUNDS.namesPerHost)
    .map((name) => html`<span class="names">${scanned(name, LONGEST.name)}</span>`);
  const titles = host.findings
    .slice(0, BOUNDS.titlesPerHost)
    .map((finding) => html`<div>${scanned(finding.title, LONGEST.title)}</div>`);
  return html`<tr role="row">
    <th scope="row" role="rowheader" class="${host.host.includes(':') ? 'v6' : 'v4'}">
      <code>${host.host}</code>${names}
    </th>
    <td role="cell" class="risk-cell ${host.risk.level}">
      <span class="pill">${formatScore(host.risk.score)} ${host.risk.level}</span>
      ${explained && scoreParts(host.risk)}
    </td>
    <td role="cell" class="num" data-label="Open ports">${formatCount(host.openPorts)}</td>
    <td role="cell" class="num" data-label="Confidence">${formatConfidence(host.confidence.value)}</td>
    ${
      withFindings &&
      html`<td role="cell" class="all">
        ${titles}${host.findings.length > titles.length && html`<span class="quiet">${andMore(host.findings.length, titles.length)}</span>`}
      </td>`
    }
  </tr>`;
}
