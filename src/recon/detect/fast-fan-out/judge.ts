import type { Contact } from '../../model/contact.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { counted, formatCount, formatSpan } from '../../../text/phrase.ts';
import type { EpisodeFacts } from '../episode-facts.ts';

/** First contacts within one of the stretches. */
const CONTACTS = 25;
/**
 * Lengths of the stretches, in microseconds: ten seconds, so that a burst does not drown in what was quiet around
 * it, and five minutes, which with 25 contacts is what Zeek's scan.zeek asks for.
 */
const STRETCHES = [10e6, 300e6];

/** Family 1: very many new targets in little time. */
export function judgeFastFanOut({ contacts }: EpisodeFacts): FamilyMatch | undefined {
  for (const stretch of STRETCHES) {
    const burst = densest(contacts, stretch);
    if (burst.length < CONTACTS) continue;
    const without = burst.filter(({ outcome }) => outcome !== 'answered').length;
    const hosts = new Set(burst.map(({ destination }) => destination)).size;
    return {
      family: 'fast-fan-out',
      text: `${counted(burst.length, 'new target')} on ${counted(hosts, 'host')} within ${formatSpan(stretch)}, ${formatCount(without)} of them without a session`,
    };
  }
  return undefined;
}

/** The most contacts that lie within a stretch, the first such. */
function densest(contacts: readonly Contact[], stretch: number): readonly Contact[] {
  let from = 0;
  let most = 0;
  let mostFrom = 0;
  for (const [to, contact] of contacts.entries()) {
    while (contacts[from]!.first < contact.first - stretch) from += 1;
    if (to - from + 1 > most) {
      most = to - from + 1;
      mostFrom = from;
    }
  }
  return contacts.slice(mostFrom, mostFrom + most);
}
