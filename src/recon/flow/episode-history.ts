import type { IpAddress } from '../../net/ip-address.ts';
import { all, first, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock, type Instant } from '../../time/instant.ts';
import type { ActivityScope } from '../model/activity-reader.ts';
import type { Episode } from '../model/episode.ts';
import {
  currentEpisodes,
  encodeEpisode,
  episodeBody,
  episodesOfSources,
  lastEvaluation,
  lastEvaluations,
  type StoredEpisode,
} from '../queries/episodes.ts';
import { episodeTable } from '../queries/tables.ts';

/** What a look at some sources changed in the history. */
export interface EpisodeChanges {
  readonly appeared: readonly Episode[];
  readonly changed: readonly Episode[];
  /** Stood before and are no longer found: the records are explained otherwise now, or an approval covers them. */
  readonly withdrawn: readonly Episode[];
}

/** Addresses in one question: parameters travel in the text of the statement. */
const SOURCES_AT_ONCE = 2000;
/** Two looks never have one moment: microseconds, which is what the engine keeps. */
const LATER = 1;

/**
 * Keeps what was found in a scope: writes new and changed episodes, and withdraws those that stood and were not found
 * again. What has not changed is not written, so looking twice leaves one row. An episode concerns the scope when it
 * has contacts in its time, and one of its sources where the scope names sources.
 *
 * Looks may overlap: what is written bears the moment at which its look began, and the verdict of the look that began
 * last holds, whichever ends first. Throws a Fault `store/…`.
 * @param began when the look began, after every other look so far (LookMoments).
 * @param options groups: false when only single sources were looked at; then campaigns are left as they stand.
 */
export async function keepEpisodes(
  store: QueryRunner & RowWriter,
  scope: ActivityScope,
  found: readonly Episode[],
  began: Instant,
  options: { readonly groups?: boolean } = {},
): Promise<EpisodeChanges> {
  const known = await standing(store, scope);
  const newer = new Set(known.filter(({ evaluated }) => evaluated >= began).map(({ episode }) => episode.id));
  const older = known.filter(({ episode }) => !newer.has(episode.id));
  const campaigns = options.groups === false ? older.filter(isCampaign).map(({ episode }) => episode) : [];
  const looked = options.groups === false ? older.filter((each) => !isCampaign(each)) : older;
  const stood = new Map(looked.map((each) => [each.episode.id, each]));
  const unknown: Episode[] = [];
  const changed: Episode[] = [];
  const rows = [];
  for (const each of found) {
    const episode = sameAsBefore(each, stood, scope.from);
    if (newer.has(episode.id)) continue;
    // A campaign that stands says it already.
    if (campaigns.some((campaign) => isPartOf(episode, campaign))) {
      stood.delete(episode.id);
      continue;
    }
    const before = stood.get(episode.id)?.episode;
    stood.delete(episode.id);
    if (before === undefined) {
      unknown.push(episode);
      continue;
    }
    if (episodeBody(before) === episodeBody(episode)) continue;
    // Which records are named depends on how many other episodes there are: nobody has to be told.
    if (episodeBody({ ...before, records: [] }) !== episodeBody({ ...episode, records: [] }))
      changed.push(episode);
    rows.push(encodeEpisode(episode, began));
  }
  const appeared = await notJudgedSince(store, unknown, began);
  for (const episode of appeared) rows.push(encodeEpisode(episode, began));
  const withdrawn = [...stood.values()].map(({ episode }) => episode);
  for (const episode of withdrawn) rows.push(encodeEpisode(episode, began, true));
  await store.insert(episodeTable, rows);
  return { appeared, changed, withdrawn };
}

/** Without those that a look which began later has withdrawn. */
async function notJudgedSince(
  store: QueryRunner,
  episodes: readonly Episode[],
  began: Instant,
): Promise<readonly Episode[]> {
  if (episodes.length === 0) return [];
  const later = new Set<string>();
  const ids = episodes.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += SOURCES_AT_ONCE)
    for (const { id, evaluated } of await all(store, lastEvaluations, {
      ids: ids.slice(from, from + SOURCES_AT_ONCE),
    }))
      if (evaluated >= began) later.add(id);
  return episodes.filter(({ id }) => !later.has(id));
}

/** Gives each look its moment: now, but after every look before it, those of earlier processes and clocks included. */
export class LookMoments {
  readonly #store: QueryRunner;
  readonly #clock: Clock;
  #last: Promise<Instant> | undefined;

  constructor(store: QueryRunner, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The moment of a look that begins now. Throws a Fault `store/…`. */
  next(): Promise<Instant> {
    const last = this.#last ?? this.#stored();
    const next = last.then((instant) => Math.max(this.#clock(), instant + LATER) as Instant);
    this.#last = next;
    next.catch(() => (this.#last = undefined));
    return next;
  }

  async #stored(): Promise<Instant> {
    return (await first(this.#store, lastEvaluation, {}))?.evaluated ?? (0 as Instant);
  }
}

function isCampaign({ episode }: StoredEpisode): boolean {
  return episode.joinedBy !== undefined;
}

function isPartOf(episode: Episode, campaign: Episode): boolean {
  return (
    episode.first <= campaign.last &&
    episode.last >= campaign.first &&
    episode.sources.every((source) => campaign.sources.includes(source))
  );
}

/**
 * An episode is named by its onset. When that slides out of the time that is looked at, what is left is the same
 * episode still: it keeps its name and its beginning.
 */
function sameAsBefore(episode: Episode, stood: ReadonlyMap<string, StoredEpisode>, from: Instant): Episode {
  if (stood.has(episode.id)) return episode;
  for (const { episode: before } of stood.values())
    if (
      before.first < from &&
      before.last >= episode.first &&
      before.joinedBy === episode.joinedBy &&
      before.sources.length === episode.sources.length &&
      before.sources.every((source, index) => source === episode.sources[index])
    )
      return { ...episode, id: before.id, first: before.first };
  return episode;
}

async function standing(store: QueryRunner, scope: ActivityScope): Promise<readonly StoredEpisode[]> {
  const concerns = ({ episode }: StoredEpisode): boolean =>
    episode.last >= scope.from && episode.first < scope.to;
  if (scope.sources === undefined) {
    const window = { from: formatColumnTime(scope.from), to: formatColumnTime(scope.to) };
    return all(store, currentEpisodes, window);
  }
  const byId = new Map<string, StoredEpisode>();
  for (let from = 0; from < scope.sources.length; from += SOURCES_AT_ONCE) {
    const sources: readonly IpAddress[] = scope.sources.slice(from, from + SOURCES_AT_ONCE);
    for (const each of await all(store, episodesOfSources, { sources }))
      if (concerns(each)) byId.set(each.episode.id, each);
  }
  return [...byId.values()];
}
