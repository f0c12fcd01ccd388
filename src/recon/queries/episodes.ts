import { z } from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import type { Episode } from '../model/episode.ts';

/** An episode as the store keeps it. */
export interface StoredEpisode {
  readonly episode: Episode;
  /** When it was last found to be as it is. */
  readonly evaluated: Instant;
}

/** An evaluation → its row. */
export function encodeEpisode(episode: Episode, evaluated: Instant, withdrawn = false): Row {
  return {
    id: episode.id,
    evaluated: formatColumnTime(evaluated),
    withdrawn,
    sources: episode.sources,
    first: formatColumnTime(episode.first),
    last: formatColumnTime(episode.last),
    alarm: formatColumnTime(episode.alarm),
    severity: episode.severity,
    score: episode.score,
    noise: episode.noise,
    body: episodeBody(episode),
  };
}

/** The episode as text: equal texts are equal episodes. */
export function episodeBody(episode: Episode): string {
  return JSON.stringify(episode);
}

/** What may be there or not. */
type Later = Omit<Episode, 'tools' | 'sending'> & Partial<Pick<Episode, 'tools' | 'sending'>>;

/** The episode of a text. JSON has no `undefined`: what was left out is said again, so that it equals what was written. */
function parseEpisode(body: string): Episode {
  // Those two came later than the first episodes that were kept.
  const parsed: Episode = { tools: [], sending: [], ...(JSON.parse(body) as Later) };
  return {
    ...parsed,
    joinedBy: parsed.joinedBy,
    trueSource: parsed.trueSource,
    role: parsed.role,
    process: parsed.process,
    authorised: parsed.authorised,
    exposed: parsed.exposed.map((target) => ({
      ...target,
      openSince: target.openSince,
      severity: target.severity,
    })),
  };
}

const EpisodeRow = z.object({ body: z.string(), evaluated: z.string() }).transform((row): StoredEpisode => ({
  episode: parseEpisode(row.body),
  evaluated: parseColumnTime(row.evaluated),
}));

/** The newest evaluation of every episode that still stands. */
export const CURRENT_EPISODES = `
SELECT id, argMax(tuple(withdrawn, sources, first, last, noise, score, body, alarm, severity), evaluated) AS newest, max(evaluated) AS at
FROM episode
GROUP BY id
HAVING NOT newest.1`;

/** Episodes that stand, with contacts in the time, newest first. */
export const currentEpisodes = query(
  'recon.episodes.current',
  `
SELECT newest.7 AS body, at AS evaluated
FROM (${CURRENT_EPISODES})
WHERE newest.4 >= {from:DateTime64(6, 'UTC')} AND newest.3 < {to:DateTime64(6, 'UTC')}
ORDER BY newest.4 DESC, id`,
  EpisodeRow,
);

/** Episodes that stand and are new or have changed since a moment. */
export const episodesEvaluatedSince = query(
  'recon.episodes.evaluated-since',
  `
SELECT newest.7 AS body, at AS evaluated
FROM (${CURRENT_EPISODES})
WHERE at >= {since:DateTime64(6, 'UTC')}
ORDER BY newest.3, id`,
  EpisodeRow,
);

/** Episodes that stand of the given sources, alone or with others. */
export const episodesOfSources = query(
  'recon.episodes.of-sources',
  `
SELECT newest.7 AS body, at AS evaluated
FROM (${CURRENT_EPISODES})
WHERE hasAny(newest.2, CAST({sources:Array(IPv6)} AS Array(IPv6)))
ORDER BY newest.4 DESC, id`,
  EpisodeRow,
);

/** Episodes that stand whose identifier begins so: three are enough to tell unique from ambiguous. */
export const episodesByPrefix = query(
  'recon.episodes.by-prefix',
  `
SELECT newest.7 AS body, at AS evaluated
FROM (${CURRENT_EPISODES})
WHERE startsWith(id, {prefix:String})
ORDER BY id
LIMIT 3`,
  EpisodeRow,
);

/** Every episode there ever was, whether it stands or not. */
export const episodeIds = query(
  'recon.episodes.ids',
  'SELECT DISTINCT id FROM episode',
  z.object({ id: z.string() }).transform(({ id }) => id),
);

/** The newest of some episodes, whether they stand or not. */
export const newestEpisodes = query(
  'recon.episodes.newest',
  `
SELECT body, evaluated
FROM episode
WHERE id IN {ids:Array(String)}
ORDER BY id, evaluated DESC, body LIMIT 1 BY id`,
  EpisodeRow,
);

/** How many evaluations there are, and how many of them the list of findings was worked out from. */
export const evaluationsTakenIn = query(
  'recon.episodes.taken-in',
  `SELECT (SELECT count() FROM episode) AS evaluations, (SELECT sum(inputs) FROM finding_current FINAL WHERE half = 'recon') AS taken`,
  z.object({ evaluations: z.coerce.number(), taken: z.coerce.number() }),
);

/** Episodes whose finding was worked out from other than all its evaluations. */
export const episodesNotTakenIn = query(
  'recon.episodes.not-taken-in',
  `SELECT e.id AS id
FROM (SELECT id, count() AS evaluations FROM episode GROUP BY id) AS e
GLOBAL LEFT JOIN (SELECT id, inputs FROM finding_current FINAL WHERE half = 'recon') AS f ON e.id = f.id
WHERE e.evaluations != f.inputs`,
  z.object({ id: z.string() }).transform(({ id }) => id),
);

/** Every time that some episodes were found to have changed, oldest first: what was found, without its document. */
export const episodeEvaluations = query(
  'recon.episodes.evaluations',
  `
SELECT id, evaluated, withdrawn, last, severity
FROM episode
WHERE id IN {ids:Array(String)}
ORDER BY id, evaluated`,
  z.object({
    id: z.string(),
    evaluated: z.string().transform(parseColumnTime),
    withdrawn: z.boolean(),
    last: z.string().transform(parseColumnTime),
    severity: z.enum(SEVERITIES as [Severity, ...Severity[]]),
  }),
);

/** When each of some episodes was last judged, whether it stands or not; one that never was is left out. */
export const lastEvaluations = query(
  'recon.episodes.last-evaluations',
  `
SELECT id, max(evaluated) AS evaluated
FROM episode
WHERE id IN {ids:Array(String)}
GROUP BY id`,
  z.object({ id: z.string(), evaluated: z.string().transform(parseColumnTime) }),
);

/** When any episode was last judged; the beginning of time when none was. */
export const lastEvaluation = query(
  'recon.episodes.last-evaluation',
  'SELECT max(evaluated) AS evaluated FROM episode',
  z.object({ evaluated: z.string().transform(parseColumnTime) }),
);
