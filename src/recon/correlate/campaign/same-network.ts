import { compareIpAddresses } from '../../../net/ip-address.ts';
import type { SourceGroup } from '../../model/activity-reader.ts';
import { counted } from '../../../text/phrase.ts';
import { isOurs, type Site } from '../../model/site.ts';
import type { Joined } from './joined.ts';
import { likeness, purityOf } from './likeness.ts';
import type { Probes } from './probes.ts';

/** When the sources of one /24 or /64 outside are one actor. The project's own thresholds. */
export const SAME_NETWORK = {
  sources: 3,
  /** Part of a source's contacts that failed: who mostly gets answers is somebody's customer, not a scanner. */
  failed: 0.5,
  /** How like another member it has to be. */
  alike: 0.5,
  /** Others that it is compared with. */
  compared: 64,
} as const;

/**
 * Sources of one network outside that are alike, most of them too faint to be found alone. Our own networks are no
 * actors: that two workstations stand in one office joins nothing.
 */
export function joinSameNetwork(
  group: SourceGroup,
  members: readonly Probes[],
  site: Pick<Site, 'networks'>,
): Joined | undefined {
  const failing = members.filter(
    ({ activity, contacts, share }) =>
      contacts.length > 0 && share >= SAME_NETWORK.failed && !isOurs(site, activity.source),
  );
  const compared = failing.slice(0, SAME_NETWORK.compared);
  const alike = failing
    .filter((member) =>
      compared.some((other) => other !== member && likeness(member, other) >= SAME_NETWORK.alike),
    )
    .toSorted((a, b) => compareIpAddresses(a.activity.source, b.activity.source));
  if (alike.length < SAME_NETWORK.sources) return undefined;
  const together = new Set(alike.flatMap(({ targets }) => [...targets]));
  const touches = alike.reduce((sum, { targets }) => sum + targets.size, 0);
  return {
    by: group.key.slice(group.key.lastIndexOf('/')),
    key: group.key,
    members: alike,
    trueSource: undefined,
    family: {
      family: 'distributed',
      text: `${counted(alike.length, 'source')} of ${group.key} try ${counted(together.size, 'service')} in ${counted(touches, 'contact')}; they are ${Math.round(100 * purityOf(alike))} % alike, and most of what they try fails`,
    },
  };
}
