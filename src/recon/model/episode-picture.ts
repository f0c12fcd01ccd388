import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { Episode, TransitionStep } from './episode.ts';
import { touchedName } from './ip-protocol.ts';
import type { Outcome } from './outcome.ts';

/** A point of a picture: when, and indices of `sources`, `targets` and `ports`. */
export interface PicturePoint {
  readonly at: Instant;
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly outcome: Outcome;
}

/** Time × target and time × port of an episode. */
export interface EpisodePicture {
  readonly id: string;
  readonly first: Instant;
  readonly last: Instant;
  /** When the evidence sufficed. */
  readonly alarm: Instant;
  /** In address order. */
  readonly sources: readonly IpAddress[];
  readonly targets: readonly IpAddress[];
  /** `443/tcp`, `icmp type 8 code 0`; by number, then protocol. */
  readonly ports: readonly string[];
  /** Oldest first; at most PLOT_POINTS. */
  readonly points: readonly PicturePoint[];
  /** How many contacts the points stand for: beyond PLOT_POINTS they are thinned evenly, the same each time. */
  readonly contacts: number;
  readonly outcomes: Episode['outcomes'];
  /** Steps of a way in, oldest first. Texts are attacker-written in part: escape. */
  readonly steps: readonly TransitionStep[];
}

/** What is drawn of an episode: the points that it keeps, by their places on the axes. */
export function pictureOf(episode: Episode): EpisodePicture {
  const { points } = episode;
  const sources = places(points.map(({ source }) => source).toSorted(compareIpAddresses));
  const targets = places(points.map(({ destination }) => destination).toSorted(compareIpAddresses));
  const ports = places(
    points
      .toSorted((a, b) => a.port - b.port || a.protocol - b.protocol)
      .map(({ port, protocol }) => touchedName(protocol, port)),
  );
  return {
    id: episode.id,
    first: episode.first,
    last: episode.last,
    alarm: episode.alarm,
    sources: [...sources.keys()],
    targets: [...targets.keys()],
    ports: [...ports.keys()],
    points: points
      .map(({ at, source, destination, port, protocol, outcome }) => ({
        at,
        source: sources.get(source) ?? 0,
        target: targets.get(destination) ?? 0,
        port: ports.get(touchedName(protocol, port)) ?? 0,
        outcome,
      }))
      .toSorted((a, b) => a.at - b.at || a.target - b.target || a.port - b.port || a.source - b.source),
    contacts: episode.targets.contacts,
    outcomes: episode.outcomes,
    steps: episode.transition.toSorted((a, b) => a.at - b.at),
  };
}

/** Values by their first place. */
function places<T>(values: readonly T[]): ReadonlyMap<T, number> {
  return new Map([...new Set(values)].map((value, index) => [value, index]));
}
