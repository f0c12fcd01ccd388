import type { IpAddress } from '../../net/ip-address.ts';
import { roleOf } from '../detect/role/role-of.ts';
import type { ActivityReader, ActivityScope } from '../model/activity-reader.ts';
import type { SourceRole } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';
import { ownPortsOf, type ExposedOf } from './own-ports.ts';

/** A source of ours and what it seems to be. */
export interface LearnedRole {
  readonly source: IpAddress;
  readonly role: SourceRole;
}

/**
 * What our machines seem to be, by what they do and what is open on them: those of them that are busy enough to be looked at (CANDIDATE).
 * Configured and approved roles are not learned. `exposedOf`: what our own scans know; undefined: nothing.
 */
export async function learnRoles(
  reader: ActivityReader,
  scope: ActivityScope,
  site: Site,
  exposedOf?: ExposedOf,
): Promise<readonly LearnedRole[]> {
  const learned: LearnedRole[] = [];
  for await (const sources of reader.candidates(scope)) {
    const ours = sources.filter((source) => isOurs(site, source));
    const ownPorts = await ownPortsOf(reader, ours, site, exposedOf);
    for await (const activity of reader.activities(ours, scope)) {
      const role = roleOf(activity, site, ownPorts.get(activity.source) ?? []);
      if (role?.how === 'learned') learned.push({ source: activity.source, role });
    }
  }
  return learned;
}
