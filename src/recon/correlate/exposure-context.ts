import { compareSeverity } from '../../findings/severity.ts';
import { compareIpAddresses } from '../../net/ip-address.ts';
import { serviceKey, type Contact, type SourceActivity } from '../model/contact.ts';
import type { Episode, ExposedTarget } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';
import { belongsTo } from './apply-ledger.ts';
import { isNew } from './meeting.ts';

/**
 * Other sources that a destination port must have answered to be a public service. Below Zeek's threshold for a
 * scanner (15–25 targets), above what a handful of scanners make of a service that nobody uses.
 */
const PUBLIC_USERS = 10;

/** Targets that an episode names. */
const EXPOSED_TARGETS = 100;

/**
 * The touched ports that our own scans found open: new ones first, then the worst. For a source from
 * outside a public service counts only when it is new: that the whole internet knocks at our web server says nothing
 * about one of them.
 */
export function exposedTargets(
  episode: Pick<Episode, 'first' | 'last' | 'sources'>,
  activities: readonly SourceActivity[],
  site: Pick<Site, 'exposed' | 'networks'>,
): ExposedTarget[] {
  const compareExposed = byNewsOf(episode);
  if (site.exposed.size === 0) return [];
  const found = new Map<string, ExposedTarget>();
  for (const activity of activities) {
    const outside = !isOurs(site, activity.source);
    for (const contact of activity.contacts) {
      if (!belongsTo(contact, episode)) continue;
      const key = serviceKey(contact.destination, contact.port, contact.protocol);
      const target = site.exposed.get(key);
      if (target === undefined || found.has(key)) continue;
      if (outside && !isNew(target, episode) && isPublicService(contact, activity.services)) continue;
      found.set(key, target);
    }
  }
  return [...found.values()].toSorted(compareExposed).slice(0, EXPOSED_TARGETS);
}

/** Whether the port answers so many others that to find it open is to find what everybody knows. */
export function isPublicService(
  contact: Pick<Contact, 'destination' | 'port' | 'protocol'>,
  services: SourceActivity['services'],
): boolean {
  const history = services.get(serviceKey(contact.destination, contact.port, contact.protocol));
  // The history counts the source itself.
  return history !== undefined && history.answeredSources > PUBLIC_USERS;
}

function byNewsOf(episode: Pick<Episode, 'last'>) {
  return (a: ExposedTarget, b: ExposedTarget): number =>
    Number(isNew(b, episode)) - Number(isNew(a, episode)) ||
    compareSeverity(a.severity ?? 'info', b.severity ?? 'info') ||
    compareIpAddresses(a.destination, b.destination) ||
    a.protocol - b.protocol ||
    a.port - b.port;
}
