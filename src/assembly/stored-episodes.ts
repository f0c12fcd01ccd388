import type { FindingState } from '../findings/judgement.ts';
import { compareSeverity, type Severity } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Depth, Family, Shape } from '../recon/model/episode.ts';
import { pictureOf, type EpisodePicture } from '../recon/model/episode-picture.ts';
import { standingOf, type Standing } from '../recon/model/standing.ts';
import { toFinding } from '../recon/flow/summarise-episodes.ts';
import { currentEpisodes } from '../recon/queries/episodes.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Instant } from '../time/instant.ts';
import type { ReconWorkspace } from './recon-workspace.ts';

/** Which episodes. Undefined: does not matter. */
export interface EpisodePageFilter {
  readonly source?: IpAddress | undefined;
  /** Undefined: all but noise. */
  readonly standing?: Standing | undefined;
  readonly family?: Family | undefined;
  /** This severe or worse. */
  readonly severity?: Severity | undefined;
  /** With contacts at this instant or later. */
  readonly from?: Instant | undefined;
  /** That began before this instant. */
  readonly to?: Instant | undefined;
  /** Which touched this host. */
  readonly target?: IpAddress | undefined;
  /** Campaigns only: of several sources that belong together. */
  readonly campaigns?: boolean | undefined;
}

/** Which part of the list, newest first. */
export interface EpisodePageAsk {
  readonly filter?: EpisodePageFilter | undefined;
  readonly cursor?: string | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
}

/** An episode as a line of a list. Texts may quote what an attacker wrote: escape. */
export interface ListedEpisode {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly score: number;
  readonly standing: Standing;
  readonly state: FindingState;
  readonly sources: readonly IpAddress[];
  readonly joinedBy: string | undefined;
  readonly internal: boolean;
  readonly first: Instant;
  readonly last: Instant;
  readonly shape: Shape;
  readonly families: readonly Family[];
  readonly depth: Depth;
  readonly hosts: number;
  readonly ports: number;
  readonly contacts: number;
  /** Whether it went from looking to trying, or got in. */
  readonly transition: boolean;
}

/** A part of the list. */
export interface EpisodePage {
  readonly items: readonly ListedEpisode[];
  readonly next: string | undefined;
  readonly total: number;
}

/** Episodes as they stand now, over an open store. */
export class StoredEpisodes {
  readonly #store: Store;
  readonly #recon: Pick<ReconWorkspace, 'findEpisode'>;

  constructor(store: Store, recon: Pick<ReconWorkspace, 'findEpisode'>) {
    this.#store = store;
    this.#recon = recon;
  }

  /** A part of the list as it was last refreshed, newest first. Throws a Fault `recon/cursor` or `store/…`. */
  async page(ask: EpisodePageAsk = {}): Promise<EpisodePage> {
    const { filter = {}, limit = 50, cursor } = ask;
    const { source, standing, family, severity, from = 0, to = 4_102_444_800e6 } = filter;
    const stored = await all(this.#store, currentEpisodes, {
      from: formatColumnTime(from as Instant),
      to: formatColumnTime(to as Instant),
    });
    const fitting = stored
      .map(({ episode }) => episode)
      .filter(
        (each) =>
          (source === undefined || each.sources.includes(source)) &&
          (filter.campaigns !== true || each.sources.length > 1) &&
          (standing === undefined ? !each.noise : standingOf(each) === standing) &&
          (family === undefined || each.families.some((match) => match.family === family)) &&
          (severity === undefined || compareSeverity(each.severity, severity) <= 0),
      );
    const begin = cursor === undefined ? 0 : fitting.findIndex(({ id }) => id === cursor) + 1;
    const items = fitting.slice(begin, begin + limit);
    return {
      items: items.map((episode) => ({
        id: episode.id,
        title: toFinding(episode).title,
        severity: episode.severity,
        score: episode.score,
        standing: standingOf(episode),
        state: 'open',
        sources: episode.sources,
        joinedBy: episode.joinedBy,
        internal: episode.internal,
        first: episode.first,
        last: episode.last,
        shape: episode.shape,
        families: episode.families.map(({ family: name }) => name),
        depth: episode.depth,
        hosts: episode.targets.hosts,
        ports: episode.targets.ports,
        contacts: episode.targets.contacts,
        transition: episode.transition.length > 0,
      })),
      next: begin + limit < fitting.length ? items.at(-1)?.id : undefined,
      total: fitting.length,
    };
  }

  /** When which targets and ports were touched. Throws a Fault `recon/no-such-episode` or `recon/ambiguous-episode`. */
  async picture(reference: string): Promise<EpisodePicture> {
    return pictureOf(await this.#recon.findEpisode(reference));
  }
}
