import type { Finding } from '../findings/finding.ts';
import { contactedSince } from '../recon/flow/contacted.ts';
import { currentEpisodes } from '../recon/queries/episodes.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import { formatColumnTime, type Instant } from '../time/instant.ts';

/** How far back scans are looked at, in microseconds: as long as flows are kept by default. */
const LOOKED_BACK = 30 * 86_400e6;

/**
 * Findings of our own scans with a sentence on who scanned what they are about since it is open: here the halves meet.
 * Findings of telemetry are given back as they are. Throws a Fault `store/…`.
 */
export async function withContacted(
  store: QueryRunner,
  findings: readonly Finding[],
  now: Instant,
): Promise<readonly Finding[]> {
  if (!findings.some(({ half, subject }) => half === 'exposure' && subject.port !== undefined))
    return findings;
  const window = { from: Math.max(0, now - LOOKED_BACK) as Instant, to: (now + 1) as Instant };
  const stored = await all(store, currentEpisodes, {
    from: formatColumnTime(window.from),
    to: formatColumnTime(window.to),
  });
  const episodes = stored.map(({ episode }) => episode).filter(({ exposed }) => exposed.length > 0);
  return findings.map((finding) => {
    const said = contactedSince(finding, episodes);
    return said === undefined ? finding : { ...finding, observations: [said, ...finding.observations] };
  });
}
