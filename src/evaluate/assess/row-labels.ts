import type { World } from './world.ts';

/**
 * What the truth says of one host in one scan: events that it shows, or `masked` where an event is old news or has just
 * ended. A host without a label is harmless there.
 */
export type RowLabel = readonly number[] | 'masked';

/** Labels of a world: per scan, by the truth's number of the host. */
export type RowLabels = readonly ReadonlyMap<number, RowLabel>[];

/**
 * In how many of its scans an event is news: whoever was told three times and did nothing has been told. A slow drift is
 * news for longer, because it goes on. Both are the prototype's; with them its 259 event, 611 masked and 12,276
 * harmless rows of the world `medium` come out exactly (test/assess/worlds.test.ts).
 */
const NEWS_SCANS = 3;
const DRIFT_NEWS_SCANS = 12;
/** For how many scans its undoing is neither right nor wrong to report: ports that close again, an agent that is back. */
const AFTERMATH_SCANS = 10;

/**
 * Labels every host of every scan. Per event and host, the first three scans with evidence (of a drift, the first twelve)
 * are the event, later ones are masked, and so are the ten scans after it ended. Where two events meet, news wins.
 */
export function rowLabels(world: Pick<World, 'events' | 'scans'>): RowLabels {
  const labels: Map<number, RowLabel>[] = world.scans.map(() => new Map<number, RowLabel>());
  const mask = (scan: number, host: number): void => {
    const row = labels[scan];
    if (row !== undefined && !row.has(host)) row.set(host, 'masked');
  };
  for (const event of world.events) {
    const news = event.drift ? DRIFT_NEWS_SCANS : NEWS_SCANS;
    const seen = new Map<number, number>();
    for (const [scan, host] of event.rows) {
      const before = seen.get(host) ?? 0;
      seen.set(host, before + 1);
      if (before >= news) mask(scan, host);
      else {
        const known = labels[scan]?.get(host);
        labels[scan]?.set(
          host,
          known === undefined || known === 'masked' ? [event.id] : [...known, event.id],
        );
      }
    }
    if (event.ended === undefined) continue;
    for (const host of seen.keys())
      for (let scan = event.ended; scan < event.ended + AFTERMATH_SCANS; scan += 1) mask(scan, host);
  }
  return labels;
}
