import type { Opening } from '../../../fingerprint/opening.ts';
import { counted, formatCount } from '../../../text/phrase.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { type EpisodeFacts } from '../episode-facts.ts';

/** What Zeek's weirds and Suricata's decoder events call fragments that no network makes: too small, overlapping, inconsistent. */
const FRAGMENT = /frag/i;
/** Reports of such fragments: one or two come from broken tunnels. */
const FEWEST = 3;

/** Family 5, as far as one source's records show it: decoys are seen only between sources. */
export function judgeFragmented({ alerts }: EpisodeFacts): FamilyMatch | undefined {
  const reports = alerts
    .filter(({ provider, signature }) => provider !== 'suricata' && FRAGMENT.test(signature))
    .reduce((sum, { events }) => sum + events, 0);
  if (reports < FEWEST) return undefined;
  return {
    family: 'fragmented-or-decoy',
    text: `${counted(reports, 'report')} of fragments that hide their ports`,
  };
}

/** The same by packets: SYNs that came in pieces too short for a TCP header (RFC 1858), which no network makes of 40 octets. */
export function fragmentedOpenings(openings: readonly Opening[]): FamilyMatch | undefined {
  const tiny = openings.filter(({ fragments, tinyFragments }) => fragments > 1 && tinyFragments).length;
  return tiny < FEWEST
    ? undefined
    : {
        family: 'fragmented-or-decoy',
        text: `${formatCount(tiny)} of ${counted(openings.length, 'first packet')} came in fragments too small for their TCP header`,
      };
}
