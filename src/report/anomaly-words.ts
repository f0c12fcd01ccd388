import type { AnomalySummary, HostAnomaly } from '../findings/anomaly.ts';
import { counted, formatCount } from '../text/phrase.ts';

/** What the model did and found, in one sentence or two. */
export function anomalySentence(anomaly: AnomalySummary): string {
  const learned = `${counted(anomaly.judged, 'host')} held against ${counted(anomaly.scans, 'earlier scan')}`;
  if (anomaly.model === 'seed/1' || anomaly.stage.name !== 'calibrated')
    return `${learned}. ${anomaly.stage.means}`;
  const found =
    anomaly.alerts === 0
      ? 'none is so unusual that the budget allows an alert'
      : `${counted(anomaly.alerts, 'host')} ${anomaly.alerts === 1 ? 'is' : 'are'} more unusual than the budget allows`;
  return `${learned}: ${found} (${formatCount(anomaly.budget)} false alerts in 1,000 hosts).`;
}

/** What speaks for a host being unusual, most first; what takes something off is left out. */
export function reasonsOf(host: HostAnomaly, limit: number): readonly string[] {
  return host.items
    .filter(({ value }) => value > 0)
    .slice(0, limit)
    .map(({ text }) => text);
}

/** `score 7.31, an alert`: how unusual, in figures. */
export function anomalyFigures(host: HostAnomaly): string {
  const p = host.p === undefined ? '' : `, p ${host.p < 0.0001 ? 'below 0.0001' : host.p.toFixed(4)}`;
  const alert = host.alert === undefined ? '' : ', an alert';
  const group = host.alert?.group === undefined ? '' : ` (with others: ${host.alert.group})`;
  return `score ${host.score.toFixed(2)}${p}${alert}${group}`;
}

/** The score as a sum, every item with its sign. */
export function anomalySum(host: HostAnomaly): string {
  const parts = host.items.map(
    ({ text, value }) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)} ${text}`,
  );
  return `${parts.join('; ')} = ${host.score.toFixed(2)}`;
}

/** Of a network too small for the budget to allow an alert, the few that come nearest are shown: at most so many, with a p up to this. */
const NEAREST = 3;
const NEAR = 0.01;

/** The hosts that a reader should see: alerts; without any, those that come nearest; while there can be none, the ranking. */
export function unusualHosts(anomaly: AnomalySummary): readonly HostAnomaly[] {
  const alerts = anomaly.hosts.filter(({ alert }) => alert !== undefined);
  if (alerts.length > 0) return alerts;
  if (anomaly.stage.name === 'calibrated')
    return anomaly.hosts.filter(({ p }) => p !== undefined && p <= NEAR).slice(0, NEAREST);
  return anomaly.hosts.filter((host) => reasonsOf(host, 1).length > 0);
}
