import { formatCount } from '../../model/phrase.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { type EpisodeFacts } from '../episode-facts.ts';

/** Length of the stretch, in microseconds: ten seconds, so that a burst does not drown in what was quiet around it. */
const STRETCH = 10e6;
/** First contacts in it: Zeek's scan.zeek asks for 25 hosts in five minutes. */
const CONTACTS = 25;

/** Family 1: very many new targets in very little time. */
export function judgeFastFanOut({ contacts }: EpisodeFacts): FamilyMatch | undefined {
  let from = 0;
  let most = 0;
  let mostFrom = 0;
  for (let to = 0; to < contacts.length; to += 1) {
    while (contacts[from]!.first < contacts[to]!.first - STRETCH) from += 1;
    if (to - from + 1 > most) {
      most = to - from + 1;
      mostFrom = from;
    }
  }
  if (most < CONTACTS) return undefined;
  const burst = contacts.slice(mostFrom, mostFrom + most);
  const answered = burst.filter(({ outcome }) => outcome === 'answered').length;
  const hosts = new Set(burst.map(({ destination }) => destination)).size;
  return {
    family: 'fast-fan-out',
    text: `${formatCount(most)} new targets on ${formatCount(hosts)} host${hosts === 1 ? '' : 's'} within 10 seconds, ${formatCount(most - answered)} of them without a session`,
  };
}
