import type { AnomalyDetector, SurpriseItem, SurpriseVerdict } from '../../exposure/model/surprise.ts';
import { rank, type Ranking, type Scored } from './ranking.ts';
import type { RowLabel, RowLabels } from './row-labels.ts';
import type { World } from './world.ts';

/** What an explanation has at its head: what it speaks of, and the ports that it names. */
export type TopItem = Pick<SurpriseItem, 'channel' | 'ports'>;

/** What a detector said of one scan, with the truth beside it. */
interface JudgedScan {
  readonly hosts: number;
  readonly rows: readonly JudgedRow[];
}
interface JudgedRow {
  readonly score: number;
  readonly alert: boolean;
  readonly label: RowLabel;
  /** The head of the detector's explanation. */
  readonly top: TopItem | undefined;
}

/** A detector's verdicts on a world. */
export type Judged = readonly JudgedScan[];

const HARMLESS: RowLabel = [];

/**
 * Shows a world to a detector, scan by scan: each is judged before it is learned, so that no score knows its future. With
 * `feedback` a person looks at every alert before the next scan and tells the truth about it.
 */
export function play(world: World, labels: RowLabels, detector: AnomalyDetector, feedback = false): Judged {
  return world.scans.map(({ census, numbers }, scan) => {
    const truth = labels[scan];
    const verdicts: { census: string; index: number; verdict: SurpriseVerdict['verdict'] }[] = [];
    const rows = detector.judge(census).map(({ index, score, alert, top }) => {
      const number = numbers[index];
      const label = (number === undefined ? undefined : truth?.get(number)) ?? HARMLESS;
      if (alert)
        verdicts.push({ census: census.id, index, verdict: label.length === 0 ? 'expected' : 'true' });
      return { score, alert, label, top };
    });
    if (feedback && verdicts.length > 0) detector.feedback?.(verdicts);
    return { hosts: census.hosts.length, rows };
  });
}

/** Scans `from` … `to` − 1 of a world. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What a window holds: of each event its first row must lie inside, else it was news before. */
export interface WindowTruth {
  readonly events: ReadonlySet<number>;
  /** Rows that show one of these events. */
  readonly rows: number;
}

/** The events of a window, and how many of its rows show them. */
export function windowTruth(labels: RowLabels, { from, to }: Window): WindowTruth {
  const first = new Map<number, number>();
  for (const [scan, rows] of labels.entries())
    for (const label of rows.values())
      if (label !== 'masked') for (const event of label) if (!first.has(event)) first.set(event, scan);
  const events = new Set([...first].filter(([, scan]) => scan >= from && scan < to).map(([event]) => event));
  let count = 0;
  for (const rows of labels.slice(from, to))
    for (const label of rows.values())
      if (label !== 'masked' && label.some((event) => events.has(event))) count += 1;
  return { events, rows: count };
}

/** How well the scores of a window rank its events. */
export function rankWindow(judged: Judged, labels: RowLabels, window: Window): Ranking {
  const { events, rows: eventRows } = windowTruth(labels, window);
  const scored: Scored[] = [];
  let hostScans = 0;
  for (const { hosts, rows } of judged.slice(window.from, window.to)) {
    hostScans += hosts;
    for (const { score, label } of rows) {
      if (label === 'masked') continue;
      const shown = label.filter((event) => events.has(event));
      if (label.length === 0 || shown.length > 0) scored.push({ score, events: shown });
    }
  }
  return rank(scored, events, hostScans, eventRows);
}

/** Alerts of a window that a detector raised by itself. */
export interface Alerts {
  readonly hostScans: number;
  /** Harmless host-scans that were alerted on. */
  readonly falseAlerts: number;
  readonly events: number;
  /** Events with an alert. */
  readonly found: number;
}

/** Counts the alerts of a window. */
export function countAlerts(judged: Judged, labels: RowLabels, window: Window): Alerts {
  const { events } = windowTruth(labels, window);
  const found = new Set<number>();
  let hostScans = 0;
  let falseAlerts = 0;
  for (const { hosts, rows } of judged.slice(window.from, window.to)) {
    hostScans += hosts;
    for (const { alert, label } of rows) {
      if (!alert || label === 'masked') continue;
      if (label.length === 0) falseAlerts += 1;
      for (const event of label) if (events.has(event)) found.add(event);
    }
  }
  return { hostScans, falseAlerts, events: events.size, found: found.size };
}
