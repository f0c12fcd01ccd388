import type { Finding } from '../findings/finding.ts';
import { contactedSince } from '../recon/flow/contacted.ts';
import { currentEpisodes } from '../recon/queries/episodes.ts';
import type { Episode } from '../recon/model/episode.ts';
import { episodeTable } from '../recon/queries/tables.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import { formatColumnTime, type Instant } from '../time/instant.ts';
import type { Store } from '../store/store.ts';
import { WhileUnwritten } from './while-unwritten.ts';

/** How far back scans are looked at, in microseconds: as long as flows are kept by default. */
const LOOKED_BACK = 30 * 86_400e6;

/** Microseconds: windows begin with the hour, so that what was read serves all of it. */
const HOUR = 3_600e6;

/** Episodes as they stand that touched an exposed port, by the hour whose window they were read for. */
export type ExposingEpisodes = WhileUnwritten<readonly Episode[]>;

/** What `withContacted` reads, kept until an episode is written. */
export function exposingEpisodes(store: Pick<Store, 'written'>): ExposingEpisodes {
  return new WhileUnwritten(() => store.written([episodeTable]), 1);
}

/**
 * Findings of our own scans with a sentence on who scanned what they are about since it is open: here the halves meet.
 * Findings of telemetry are given back as they are. Throws a Fault `store/…`.
 * @param kept of the same store, for a program that asks often.
 */
export async function withContacted(
  store: QueryRunner,
  findings: readonly Finding[],
  now: Instant,
  kept?: ExposingEpisodes,
): Promise<readonly Finding[]> {
  if (!findings.some(({ half, subject }) => half === 'exposure' && subject.port !== undefined))
    return findings;
  const hour = Math.floor(now / HOUR) * HOUR;
  const read = async (): Promise<readonly Episode[]> => {
    const window = { from: Math.max(0, hour - LOOKED_BACK) as Instant, to: (hour + HOUR) as Instant };
    const stored = await all(store, currentEpisodes, {
      from: formatColumnTime(window.from),
      to: formatColumnTime(window.to),
    });
    return stored.map(({ episode }) => episode).filter(({ exposed }) => exposed.length > 0);
  };
  const episodes = (await (kept?.of(String(hour), read) ?? read())).filter(
    ({ first, last }) => last >= now - LOOKED_BACK && first <= now,
  );
  return findings.map((finding) => {
    const said = contactedSince(finding, episodes);
    return said === undefined ? finding : { ...finding, observations: [said, ...finding.observations] };
  });
}
