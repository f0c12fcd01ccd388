import type { FindingState } from '../findings/judgement.ts';
import type { Severity } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { pictureOf, type EpisodePicture } from '../recon/model/episode-picture.ts';
import type { EpisodeLine } from '../recon/model/episode-line.ts';
import type { Standing } from '../recon/model/standing.ts';
import {
  episodeKeyset,
  episodesInAll,
  episodesOnPage,
  sourcesThatDid,
  sourcesThatMay,
  type EpisodePageFilter,
} from '../recon/queries/episode-pages.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Instant } from '../time/instant.ts';
import type { ReconWorkspace } from './recon-workspace.ts';
import type { StoredFindings } from './stored-findings.ts';

export type { EpisodePageFilter };

/** Which part of the list, newest first. */
export interface EpisodePageAsk {
  readonly filter?: EpisodePageFilter | undefined;
  readonly cursor?: string | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
}

/** An episode as a line of a list. Texts may quote what an attacker wrote: escape. */
export interface ListedEpisode extends EpisodeLine {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly score: number;
  readonly standing: Standing;
  readonly state: FindingState;
  readonly sources: readonly IpAddress[];
  readonly first: Instant;
  readonly last: Instant;
}

/** A part of the list. */
export interface EpisodePage {
  readonly items: readonly ListedEpisode[];
  readonly next: string | undefined;
  readonly total: number;
}

/** Addresses in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;
/** Episodes of one page. */
const PAGE = { usual: 50, most: 500 };

/** Episodes as they stand now, over an open store. */
export class StoredEpisodes {
  readonly #store: Store;
  readonly #recon: Pick<ReconWorkspace, 'findEpisode'>;
  readonly #findings: Pick<StoredFindings, 'keepFresh'>;

  constructor(
    store: Store,
    recon: Pick<ReconWorkspace, 'findEpisode'>,
    findings: Pick<StoredFindings, 'keepFresh'>,
  ) {
    this.#store = store;
    this.#recon = recon;
    this.#findings = findings;
  }

  /** A part of the list of episodes that stand, newest first, as fresh as that of findings. Throws a Fault `page/cursor` or `store/…`. */
  async page(ask: EpisodePageAsk = {}): Promise<EpisodePage> {
    await this.#findings.keepFresh();
    const { filter = {}, cursor } = ask;
    const limit = Math.min(PAGE.most, Math.max(1, Math.trunc(ask.limit ?? PAGE.usual)));
    const touching = await this.#touching(filter.target);
    const asked = episodesOnPage(filter, touching, cursor, limit + 1);
    const counted = episodesInAll(filter, touching);
    const [rows, total] = await Promise.all([
      all(this.#store, asked.query, asked.params),
      first(this.#store, counted.query, counted.params),
    ]);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map(({ line }) => line),
      next: rows.length > limit && last !== undefined ? episodeKeyset.cursor(last.place) : undefined,
      total: total ?? 0,
    };
  }

  /** When which targets and ports were touched. Throws a Fault `recon/no-such-episode` or `recon/ambiguous-episode`. */
  async picture(reference: string): Promise<EpisodePicture> {
    return pictureOf(await this.#recon.findEpisode(reference));
  }

  /** An episode of many hosts does not name them all: whether it touched one is looked up among the contacts. */
  async #touching(target: IpAddress | undefined): Promise<readonly string[]> {
    if (target === undefined) return [];
    const sources = await all(this.#store, sourcesThatMay, { target });
    const did: string[] = [];
    for (let from = 0; from < sources.length; from += AT_ONCE)
      did.push(
        ...(await all(this.#store, sourcesThatDid, { target, sources: sources.slice(from, from + AT_ONCE) })),
      );
    return did;
  }
}
