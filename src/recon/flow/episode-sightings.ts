import type { Happening } from '../../findings/lifecycle.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import { formatMinute } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import { episodeEvaluations, episodesEver } from '../queries/episodes.ts';

/** An episode as it was last found, and each time it was found anew or no longer. */
export interface SightedEpisode {
  readonly episode: Episode;
  readonly happenings: readonly Happening[];
}

/** Identifiers in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

/**
 * Every episode there ever was, with its sightings: a look that found new activity of it, or another severity, saw it;
 * one that withdrew it did not. A look that only tells it otherwise is neither. Throws a Fault `store/…`.
 * @param options noise: those that are background too.
 */
export async function episodeSightings(
  store: QueryRunner,
  options: { readonly noise: boolean },
): Promise<readonly SightedEpisode[]> {
  const episodes = (await all(store, episodesEver, { noise: options.noise })).map(({ episode }) => episode);
  const happenings = new Map<string, Happening[]>(episodes.map(({ id }) => [id, []]));
  for (let from = 0; from < episodes.length; from += AT_ONCE) {
    const ids = episodes.slice(from, from + AT_ONCE).map(({ id }) => id);
    let before: { id: string; withdrawn: boolean; last: number; severity: string } | undefined;
    for (const row of await all(store, episodeEvaluations, { ids })) {
      const known = before?.id === row.id ? before : undefined;
      const { evaluated: at, severity } = row;
      const where = `telemetry up to ${formatMinute(row.last)}`;
      if (row.withdrawn) {
        const why = 'its records are explained otherwise now, or an approval covers them';
        happenings.get(row.id)?.push({ kind: 'not-seen', at, where, why });
      } else if (
        known === undefined ||
        known.withdrawn ||
        row.last > known.last ||
        severity !== known.severity
      )
        happenings.get(row.id)?.push({ kind: 'seen', at, severity, where });
      before = row;
    }
  }
  return episodes.map((episode) => ({ episode, happenings: happenings.get(episode.id) ?? [] }));
}
