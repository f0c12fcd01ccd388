import type { IpAddress } from '../../net/ip-address.ts';
import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock, type Instant } from '../../time/instant.ts';
import type { ActivityScope } from '../model/activity-reader.ts';
import type { Episode } from '../model/episode.ts';
import {
  currentEpisodes,
  encodeEpisode,
  episodeBody,
  episodesOfSources,
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
/** The engine keeps microseconds: two evaluations of one episode must not fall on the same one. */
const LATER = 1;

/**
 * Keeps what was found in a scope: writes new and changed episodes, and withdraws those that stood and were not found
 * again. What has not changed is not written, so looking twice leaves one row. An episode concerns the scope when it
 * has contacts in its time, and one of its sources where the scope names sources. Throws a Fault `store/…`.
 * @param options groups: false when only single sources were looked at; then campaigns are left as they stand. began:
 *   when the look began; what was judged after that has seen more, and holds.
 */
export async function keepEpisodes(
  store: QueryRunner & RowWriter,
  scope: ActivityScope,
  found: readonly Episode[],
  clock: Clock,
  options: { readonly groups?: boolean; readonly began?: Instant } = {},
): Promise<EpisodeChanges> {
  const known = await standing(store, scope);
  const newer = new Set(
    known
      .filter(({ evaluated }) => options.began !== undefined && evaluated >= options.began)
      .map(({ episode }) => episode.id),
  );
  const older = known.filter(({ episode }) => !newer.has(episode.id));
  const campaigns = options.groups === false ? older.filter(isCampaign).map(({ episode }) => episode) : [];
  const looked = options.groups === false ? older.filter((each) => !isCampaign(each)) : older;
  const stood = new Map(looked.map((each) => [each.episode.id, each]));
  const appeared: Episode[] = [];
  const changed: Episode[] = [];
  const rows = [];
  const now = clock();
  for (const each of found) {
    const episode = sameAsBefore(each, stood, scope.from);
    if (newer.has(episode.id)) continue;
    // A campaign that stands says it already.
    if (campaigns.some((campaign) => isPartOf(episode, campaign))) {
      stood.delete(episode.id);
      continue;
    }
    const before = stood.get(episode.id);
    stood.delete(episode.id);
    if (before !== undefined && episodeBody(before.episode) === episodeBody(episode)) continue;
    (before === undefined ? appeared : changed).push(episode);
    rows.push(encodeEpisode(episode, after(now, before)));
  }
  const withdrawn = [...stood.values()];
  for (const each of withdrawn) rows.push(encodeEpisode(each.episode, after(now, each), true));
  await store.insert(episodeTable, rows);
  return { appeared, changed, withdrawn: withdrawn.map(({ episode }) => episode) };
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

function after(now: Instant, before: StoredEpisode | undefined): Instant {
  return Math.max(now, (before?.evaluated ?? 0) + LATER) as Instant;
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
