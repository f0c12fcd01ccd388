import type { IpAddress } from '../../net/ip-address.ts';
import { roleOf } from '../detect/role/role-of.ts';
import type { ActivityReader, ActivityScope } from '../model/activity-reader.ts';
import type { SourceRole } from '../model/episode.ts';
import { isOurs, type Site } from '../model/site.ts';

/** A source of ours and what it seems to be. */
export interface LearnedRole {
  readonly source: IpAddress;
  readonly role: SourceRole;
}

/**
 * What our machines seem to be, by what they do: those of them that are busy enough to be looked at (CANDIDATE).
 * Configured and approved roles are not learned.
 */
export async function learnRoles(
  reader: ActivityReader,
  scope: ActivityScope,
  site: Site,
): Promise<readonly LearnedRole[]> {
  const learned: LearnedRole[] = [];
  for await (const sources of reader.candidates(scope)) {
    const ours = sources.filter((source) => isOurs(site, source));
    for await (const activity of reader.activities(ours, scope)) {
      const role = roleOf(activity, site);
      if (role?.how === 'learned') learned.push({ source: activity.source, role });
    }
  }
  return learned;
}
