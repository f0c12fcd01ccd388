import { counted, formatSpan } from '../../../text/phrase.ts';
import { median } from '../../../stats/median.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import { type EpisodeFacts } from '../episode-facts.ts';

/** Shortest span, in microseconds: four hours, past every window of the published detectors but a day's. */
const SPAN = 4 * 3600e6;
/** And the middle pause between new targets: what nmap -T2 (0.4 s) and -T3 have is not slow, however long they run. */
const PAUSE = 5e6;

/** Family 4: spread over hours or days, below every rate. */
export function judgeSlow({ contacts, first, last }: EpisodeFacts): FamilyMatch | undefined {
  const span = last - first;
  if (span < SPAN || contacts.length < 2) return undefined;
  const gaps = contacts.slice(1).map((contact, index) => contact.first - contacts[index]!.first);
  const middle = median(gaps);
  if (middle < PAUSE) return undefined;
  return {
    family: 'slow',
    text: `${counted(contacts.length, 'target')} over ${formatSpan(span)}, one every ${formatSpan(middle)} in the middle`,
  };
}
