import type { IpAddress } from '../../net/ip-address.ts';
import { segmentOf } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import type { Site } from '../model/site.ts';

/** Lines of each list; the rest is counted. */
const LINES = 20;

/** One line of the digest. */
export interface DigestLine {
  /** `198.51.100.0/24`, `AS64500 Example` (foreign text: escape), `23/tcp`. */
  readonly name: string;
  readonly sources: number;
  readonly episodes: number;
  /** First contacts of those episodes; of a port: hosts that were asked for it, over all episodes. */
  readonly contacts: number;
}

/** Lines by one view, most sources first. */
export interface DigestList {
  readonly lines: readonly DigestLine[];
  readonly leftOut: number;
}

/** What the internet did besides: counted, not listed. */
export interface Digest {
  readonly episodes: number;
  readonly sources: number;
  readonly contacts: number;
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
  /** Sources by /24 or /64. */
  readonly networks: DigestList;
  /** Sources by autonomous system; those of unknown systems are not in it. */
  readonly systems: DigestList;
  /** By touched port. */
  readonly ports: DigestList;
}

/** Counts the episodes that are background (`noise`); the others are findings of their own and not counted. */
export function digestOf(episodes: readonly Episode[], site: Pick<Site, 'asOf'>): Digest {
  const networks = new Tally();
  const systems = new Tally();
  const ports = new Tally();
  const sources = new Set<IpAddress>();
  let count = 0;
  let contacts = 0;
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (const episode of episodes) {
    if (!episode.noise) continue;
    count += 1;
    contacts += episode.targets.contacts;
    if (first === undefined || episode.first < first) first = episode.first;
    if (last === undefined || episode.last > last) last = episode.last;
    const segments = new Set<string>();
    const owners = new Set<string>();
    for (const source of episode.sources) {
      sources.add(source);
      const segment = segmentOf(source);
      segments.add(segment);
      networks.source(segment, source);
      const owner = site.asOf(source);
      if (owner !== undefined) {
        owners.add(owner);
        systems.source(owner, source);
      }
    }
    // An episode of several networks is counted in each; its contacts are shared out evenly.
    for (const segment of segments) networks.episode(segment, episode.targets.contacts / segments.size);
    for (const owner of owners) systems.episode(owner, episode.targets.contacts / owners.size);
    for (const { port, hosts } of episode.targets.topPorts) {
      ports.episode(port, hosts);
      for (const source of episode.sources) ports.source(port, source);
    }
  }
  return {
    episodes: count,
    sources: sources.size,
    contacts,
    first,
    last,
    networks: networks.list(),
    systems: systems.list(),
    ports: ports.list(),
  };
}

class Tally {
  readonly #byName = new Map<string, { sources: Set<IpAddress>; episodes: number; contacts: number }>();

  source(name: string, source: IpAddress): void {
    this.#of(name).sources.add(source);
  }

  episode(name: string, contacts: number): void {
    const line = this.#of(name);
    line.episodes += 1;
    line.contacts += contacts;
  }

  list(): DigestList {
    const lines = [...this.#byName]
      .map(([name, { sources, episodes, contacts }]): DigestLine => ({
        name,
        sources: sources.size,
        episodes,
        contacts: Math.round(contacts),
      }))
      .toSorted(
        (a, b) =>
          b.sources - a.sources ||
          b.contacts - a.contacts ||
          (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
      );
    return { lines: lines.slice(0, LINES), leftOut: Math.max(0, lines.length - LINES) };
  }

  #of(name: string): { sources: Set<IpAddress>; episodes: number; contacts: number } {
    let line = this.#byName.get(name);
    if (line === undefined) this.#byName.set(name, (line = { sources: new Set(), episodes: 0, contacts: 0 }));
    return line;
  }
}
