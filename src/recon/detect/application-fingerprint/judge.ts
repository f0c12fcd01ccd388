import { counted, formatCount } from '../../../text/phrase.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { type EpisodeFacts } from '../episode-facts.ts';

/** Destinations that one fingerprint has to be seen at. */
const DESTINATIONS = 8;
/** Different fingerprints at one port. */
const VARIANTS = 5;

/** Family 7: one TLS or application fingerprint over many hosts, or many at one. Fingerprints explain an episode, they never make one. */
export function judgeApplicationFingerprint({ app }: EpisodeFacts): FamilyMatch | undefined {
  const destinations = new Map<string, Set<string>>();
  let most: { what: string; variants: number; at: string } | undefined;
  for (const trait of app) {
    const seen: [what: string, value: string][] = [
      ...trait.ja4.map((value): [string, string] => ['JA4', value]),
      ...(trait.ja4.length > 0 ? [] : trait.ja3.map((value): [string, string] => ['JA3', value])),
      ...trait.hassh.map((value): [string, string] => ['HASSH', value]),
      ...trait.agents.map((value): [string, string] => ['client', value]),
    ];
    for (const [what, value] of seen) {
      const key = `${what} ${value}`;
      destinations.set(key, (destinations.get(key) ?? new Set()).add(trait.destination));
    }
    const variants = Math.max(trait.ja4.length, trait.ja4.length > 0 ? 0 : trait.ja3.length);
    if (variants >= VARIANTS && variants > (most?.variants ?? 0))
      most = { what: 'TLS ClientHellos', variants, at: `${trait.destination} port ${trait.port}` };
  }
  if (most !== undefined)
    return {
      family: 'application-fingerprint',
      text: `${formatCount(most.variants)} different ${most.what} to ${most.at}`,
    };
  const [widest] = [...destinations].toSorted((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1));
  if (widest === undefined || widest[1].size < DESTINATIONS) return undefined;
  return {
    family: 'application-fingerprint',
    text: `one ${widest[0]} at ${counted(widest[1].size, 'host')}`,
  };
}
