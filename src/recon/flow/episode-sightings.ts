import type { Happening } from '../../findings/lifecycle.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import { formatMinute } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import { episodeEvaluations, episodeIds, newestEpisodes } from '../queries/episodes.ts';

/** An episode as it was last found, and each time it was found anew or no longer. */
export interface SightedEpisode {
  readonly episode: Episode;
  readonly happenings: readonly Happening[];
  /** How many evaluations this is worked out from, at least: there may be newer ones. */
  readonly evaluations: number;
}

/** Identifiers in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

/**
 * Episodes that there ever were, with their sightings: a look that found new activity of one, or another severity, saw
 * it; one that withdrew it did not. A look that only tells it otherwise is neither. Throws a Fault `store/…`.
 * @param ids which; not given: all.
 */
export async function* episodeSightings(
  store: QueryRunner,
  ids?: readonly string[],
): AsyncGenerator<SightedEpisode> {
  const of = (ids ?? (await all(store, episodeIds, {}))).toSorted();
  for (let from = 0; from < of.length; from += AT_ONCE)
    yield* await sightingsOf(store, of.slice(from, from + AT_ONCE));
}

async function sightingsOf(store: QueryRunner, ids: readonly string[]): Promise<readonly SightedEpisode[]> {
  const seen = new Map<string, { readonly happenings: Happening[]; evaluations: number }>();
  let before: { id: string; withdrawn: boolean; last: number; severity: string } | undefined;
  // Before the episodes themselves: what is evaluated in between is then missing from the count, and not from the episode.
  for (const row of await all(store, episodeEvaluations, { ids })) {
    const known = before?.id === row.id ? before : undefined;
    const { evaluated: at, severity } = row;
    const where = `telemetry up to ${formatMinute(row.last)}`;
    const ofId = seen.get(row.id) ?? { happenings: [], evaluations: 0 };
    seen.set(row.id, ofId);
    ofId.evaluations += 1;
    if (row.withdrawn) {
      const why = 'its records are explained otherwise now, or an approval covers them';
      ofId.happenings.push({ kind: 'not-seen', at, where, why });
    } else if (known === undefined || known.withdrawn || row.last > known.last || severity !== known.severity)
      ofId.happenings.push({ kind: 'seen', at, severity, where });
    before = row;
  }
  return (await all(store, newestEpisodes, { ids })).map(({ episode }) => ({
    episode,
    ...(seen.get(episode.id) ?? { happenings: [], evaluations: 0 }),
  }));
}
