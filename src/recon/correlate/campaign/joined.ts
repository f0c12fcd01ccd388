import type { IpAddress } from '../../../net/ip-address.ts';
import type { FamilyMatch } from '../../model/episode.ts';
import type { Probes } from './probes.ts';

/** Sources that look like one actor, before the sequential test has been asked. */
export interface Joined {
  /** `decoys`, `disjoint cover`, `disjoint cover, AS64500 Example`, `/24`: Episode.joinedBy. */
  readonly by: string;
  /** What tells it from other campaigns that were joined alike: the group's key. */
  readonly key: string;
  /** In order of their addresses. */
  readonly members: readonly Probes[];
  readonly trueSource: IpAddress | undefined;
  readonly family: FamilyMatch;
}
