import * as z from 'zod';
import { STANDINGS, type FindingStanding } from '../../findings/current.ts';
import { FINDING_STATES } from '../../findings/judgement.ts';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { Keyset, type Asked } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import { FAMILIES, type Family } from '../model/episode.ts';
import type { EpisodeLine } from '../model/episode-line.ts';
import { address } from './columns.ts';

/** Which episodes. Undefined: does not matter. */
export interface EpisodePageFilter {
  readonly source?: IpAddress | undefined;
  /** Undefined: all but noise. */
  readonly standing?: FindingStanding | undefined;
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

/** Newest first. */
export const episodeKeyset = new Keyset('episodes', [
  { expression: 'toUnixTimestamp64Micro(last_seen)', type: 'Int64', descending: true },
  { expression: 'id', type: 'String' },
]);

/** Episodes that still stand. */
const STAND = "half = 'recon' AND present";
/** An episode of more contacts than it names: its blocks hold the host, and contacts tell. */
const MAY_HAVE_TOUCHED =
  'thinned AND arrayExists(block -> isIPAddressInRange({target:String}, block), networks)';

/** Sources of episodes that may have touched a host without naming it. */
export const sourcesThatMay = query(
  'recon.episode-pages.sources-that-may',
  `SELECT DISTINCT toString(arrayJoin(hosts)) AS source FROM finding_current FINAL WHERE ${STAND} AND ${MAY_HAVE_TOUCHED}`,
  z.object({ source: z.string() }).transform(({ source }) => source),
);

/** Those of some sources that turned to a host. */
export const sourcesThatDid = query(
  'recon.episode-pages.sources-that-did',
  `SELECT DISTINCT toString(source) AS source FROM contact
WHERE source IN (SELECT arrayJoin(CAST({sources:Array(IPv6)} AS Array(IPv6)))) AND destination = {target:IPv6}`,
  z.object({ source: z.string() }).transform(({ source }) => source),
);

type Params = Record<string, ParameterValue>;

function conditionsOf(filter: EpisodePageFilter, touching: readonly string[], params: Params): string[] {
  const { source, standing, family, severity, from, to, target, campaigns } = filter;
  const conditions = [STAND];
  const known = STANDINGS.find((each) => each === standing);
  conditions.push(known === undefined ? "standing != 'noise'" : `standing = '${known}'`);
  const add = (condition: string, name: string, value: ParameterValue): void => {
    conditions.push(condition);
    params[name] = value;
  };
  if (source !== undefined) add('has(hosts, {source:IPv6})', 'source', source);
  if (family !== undefined) conditions.push(`has(families, '${FAMILIES.find((each) => each === family)}')`);
  if (campaigns === true) conditions.push('campaign');
  if (severity !== undefined) conditions.push(`severity >= ${SEVERITIES.indexOf(severity)}`);
  if (from !== undefined) add("last_seen >= {from:DateTime64(6, 'UTC')}", 'from', formatColumnTime(from));
  if (to !== undefined) add("first_seen < {to:DateTime64(6, 'UTC')}", 'to', formatColumnTime(to));
  if (target !== undefined) {
    add(
      `(has(targets, {address:IPv6}) OR (${MAY_HAVE_TOUCHED} AND hasAny(hosts, CAST({touching:Array(IPv6)} AS Array(IPv6)))))`,
      'address',
      target,
    );
    params['target'] = target;
    params['touching'] = touching;
  }
  return conditions;
}

const EpisodeRow = z
  .object({
    id: z.string(),
    key: z.array(z.string()),
    title: z.string(),
    severity: z.number(),
    score: z.number(),
    standing: z.enum(STANDINGS),
    state: z.enum(FINDING_STATES),
    sources: z.array(address),
    first_seen: z.string(),
    last_seen: z.string(),
    episode: z.string(),
  })
  .transform(({ key, severity, first_seen, last_seen, episode, ...row }) => ({
    place: key,
    line: {
      ...row,
      severity: SEVERITIES[severity]!,
      first: parseColumnTime(first_seen),
      last: parseColumnTime(last_seen),
      ...(JSON.parse(episode) as EpisodeLine),
    },
  }));

/** A part of the list, each episode with its place. @param touching of the sources that may have touched the target, those that did. */
export function episodesOnPage(
  filter: EpisodePageFilter,
  touching: readonly string[],
  cursor: string | undefined,
  limit: number,
): Asked<z.infer<typeof EpisodeRow>> {
  const params: Params = { limit };
  const conditions = conditionsOf(filter, touching, params);
  if (cursor !== undefined) conditions.push(episodeKeyset.after(cursor, params));
  return {
    query: query(
      'recon.episode-pages.page',
      `SELECT id, ${episodeKeyset.place} AS key, title, severity, score, standing, state, arrayMap(h -> toString(h), hosts) AS sources, first_seen, last_seen, episode
FROM finding_current FINAL WHERE ${conditions.join(' AND ')} ORDER BY ${episodeKeyset.order} LIMIT {limit:UInt32}`,
      EpisodeRow,
    ),
    params,
  };
}

/** How many episodes a filter selects. */
export function episodesInAll(filter: EpisodePageFilter, touching: readonly string[]): Asked<number> {
  const params: Params = {};
  return {
    query: query(
      'recon.episode-pages.total',
      `SELECT count() AS n FROM finding_current FINAL WHERE ${conditionsOf(filter, touching, params).join(' AND ')}`,
      z.object({ n: z.coerce.number() }).transform(({ n }) => n),
    ),
    params,
  };
}
