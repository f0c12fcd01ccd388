import type { HostAnomaly } from '../findings/anomaly.ts';
import type { ExposureSummary } from '../findings/summary.ts';
import { anomalyFigures, anomalySentence, unusualHosts } from './anomaly-words.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { LONGEST, scanned } from './html-bounds.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** Hosts in the section, and items of each. */
const HOSTS = 20;
const ITEMS = 12;

/** What the anomaly model finds unusual, each score as the sum that it is. Nothing where no model was asked. */
export function unusualSection({ anomaly }: ExposureSummary): SafeHtml {
  if (anomaly === undefined) return html``;
  const hosts = unusualHosts(anomaly);
  const shown = hosts.slice(0, HOSTS);
  return html`<section id="unusual" aria-labelledby="unusual-title">
    <h2 id="unusual-title">Most unusual</h2>
    <div class="panel">
      <p>${anomalySentence(anomaly)}</p>
      ${shown.map(unusualHost)}
      ${anomaly.notes.map((note) => html`<p class="small quiet">${scanned(note, 600)}</p>`)}
    </div>
    ${hosts.length > shown.length && html`<p class="more">${counted(hosts.length - shown.length, 'more host')} not shown here.</p>`}
  </section>`;
}

function unusualHost(host: HostAnomaly, index: number): SafeHtml {
  const { peers } = host;
  const alike =
    peers.hosts === 0
      ? 'No comparable hosts are known.'
      : html`Compared with ${formatCount(peers.hosts)}
        hosts${peers.share.length > 0 && html` that share ${scanned(peers.share.slice(0, 6).join(', '), LONGEST.label)}`}.`;
  const body = html`<summary><code>${host.host}</code> ${anomalyFigures(host)}</summary>
    <ul class="reasons">
      ${host.items
        .slice(0, ITEMS)
        .map(
          ({ text, value }) =>
            html`<li><strong>${signed(value)}</strong> ${scanned(text, LONGEST.sentence)}</li>`,
        )}
      ${
        host.items.length > ITEMS &&
        html`<li>
          <strong>${signed(host.items.slice(ITEMS).reduce((sum, { value }) => sum + value, 0))}</strong>
          ${formatCount(host.items.length - ITEMS)} smaller ones
        </li>`
      }
      <li>= <strong>${host.score.toFixed(2)}</strong></li>
    </ul>
    <p class="small quiet">${alike}</p>`;
  return index === 0 ? html`<details open>${body}</details>` : html`<details>${body}</details>`;
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
}
