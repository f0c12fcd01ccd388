import type { HostSummary, ExposureSummary } from '../findings/summary.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { BOUNDS, LONGEST, scanned } from './html-bounds.ts';
import { riskSpread } from './html-charts.ts';
import {
  andMore,
  counted,
  formatConfidence,
  formatCount,
  formatScore,
  hostsByRisk,
} from './summary-words.ts';

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
      ${hosts.map((host) => hostRow(host, withFindings))}
    </tbody>
  </table>`;
}

function hostRow(host: HostSummary, withFindings: boolean): SafeHtml {
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
