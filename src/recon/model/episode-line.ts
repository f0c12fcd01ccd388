import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import type { Depth, Episode, Family, Shape } from './episode.ts';

/** What a list says of an episode besides what it says of every finding. */
export interface EpisodeLine {
  readonly joinedBy: string | undefined;
  readonly internal: boolean;
  readonly shape: Shape;
  readonly families: readonly Family[];
  readonly depth: Depth;
  readonly hosts: number;
  readonly ports: number;
  readonly contacts: number;
  /** Whether it went from looking to trying, or got in. */
  readonly transition: boolean;
}

/** The line of an episode. */
export function lineOfEpisode(episode: Episode): EpisodeLine {
  const { joinedBy, internal, shape, families, depth, targets, transition } = episode;
  return {
    joinedBy,
    internal,
    shape,
    families: families.map(({ family }) => family),
    depth,
    hosts: targets.hosts,
    ports: targets.ports,
    contacts: targets.contacts,
    transition: transition.length > 0,
  };
}

/** The hosts that an episode names, in address order: all that it touched, unless there were more than it keeps points of. */
export function targetsNamed({ points, openPorts, exposed, transition }: Episode): readonly IpAddress[] {
  const named = [...points, ...openPorts, ...exposed, ...transition].map(({ destination }) => destination);
  return [...new Set(named)].toSorted(compareIpAddresses);
}
