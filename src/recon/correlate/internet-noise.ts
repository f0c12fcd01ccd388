import { serviceKey, type SourceActivity } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';
import { isPublicService } from './exposure-context.ts';
import { belongsTo } from './apply-ledger.ts';
import { deepestStep } from './title.ts';

/**
 * When an episode from outside is background. The project's own thresholds: of 6,236 sources that attacked four hosts
 * in a day, 79 % touched exactly one port, and 22 touched 25 or more.
 */
export const BACKGROUND = {
  /** Contacts, over all of its sources, up to which it may be background at all. */
  contacts: 100,
  /** Contacts up to which nobody else need have touched the same. */
  few: 24,
  /** Part of the contacts that others touch too. */
  common: 0.8,
  /** Other sources that make a destination port one that others touch. */
  others: 2,
} as const;

/**
 * Whether an episode is the weather of the internet: from outside, shallow, few contacts or those that everybody
 * makes, nothing open met that is not a public service, and no step further. Decoys and sources that divide a range
 * among them are about us, however faint each of them is. Where not even a target is ours, the site has not said all of
 * its networks, and nothing is called background.
 */
export function isInternetNoise(
  episode: Episode,
  activities: readonly SourceActivity[],
  site: Pick<Site, 'networks'>,
): boolean {
  if (episode.internal || episode.exposed.length > 0 || deepestStep(episode) !== undefined) return false;
  if (episode.depth !== 'touched' && episode.depth !== 'identified') return false;
  if (episode.joinedBy === 'decoys' || episode.joinedBy?.startsWith('disjoint cover') === true) return false;
  if (episode.openPortsLeftOut > 0) return false;
  if (activities.some(({ alerts }) => alerts.some(({ severity }) => severity === 1))) return false;
  const byKey = new Map(activities.flatMap(({ services }) => [...services]));
  if (episode.openPorts.some((port) => !isPublicService(port, byKey))) return false;
  let contacts = 0;
  let common = 0;
  let ours = false;
  for (const activity of activities) {
    for (const contact of activity.contacts) {
      if (!belongsTo(contact, episode)) continue;
      contacts += 1;
      ours ||= isOurs(site, contact.destination);
      const history = activity.services.get(serviceKey(contact.destination, contact.port, contact.protocol));
      const touched = history === undefined ? 0 : history.answeredSources + history.failedSources;
      // Members of a campaign are no witnesses for one another.
      if (touched - episode.sources.length >= BACKGROUND.others) common += 1;
    }
    contacts += activity.contactsLeftOut;
  }
  return (
    ours &&
    (contacts <= BACKGROUND.few ||
      (contacts <= BACKGROUND.contacts && common >= BACKGROUND.common * contacts))
  );
}
