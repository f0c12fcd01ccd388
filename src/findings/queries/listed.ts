import * as z from 'zod';
import { Fault } from '../../fault/fault.ts';
import { addressOf } from '../../net/ip-address.ts';
import { parsePrefix } from '../../net/prefix.ts';
import type { Asked } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import { formatColumnTime } from '../../time/instant.ts';
import {
  STANDINGS,
  type CurrentFinding,
  type FindingCounts,
  type FindingFacets,
  type FindingFilter,
} from '../current.ts';
import type { Finding } from '../finding.ts';
import { FINDING_STATES, type FindingState } from '../judgement.ts';
import { SEVERITIES, type Severity } from '../severity.ts';
import { OF_OLDER_FORM } from './current.ts';

type Params = Record<string, ParameterValue>;

const HALVES = ['exposure', 'recon'] as const;
/** Words of a search that are looked for; more say no more. */
const MOST_WORDS = 8;

/** Our own words as SQL; what is not one of them is left out. */
function literals(words: readonly string[], known: readonly string[]): string {
  const ours = known.filter((word) => words.includes(word)).map((word) => `'${word}'`);
  // Nothing may fit: an empty list is no SQL.
  return ours.length === 0 ? 'NULL' : ours.join(', ');
}

function severitiesOf({ severity, severities }: FindingFilter): readonly Severity[] {
  const least = severity === undefined ? 0 : SEVERITIES.indexOf(severity);
  return SEVERITIES.filter(
    (each, index) => index >= least && (severities === undefined || severities.includes(each)),
  );
}

/** Conditions on what the facets count; each is left out of its own facet. */
export function facetConditions(filter: FindingFilter, params: Params): string[] {
  const { states, half, rules } = filter;
  const severities = severitiesOf(filter);
  const conditions: string[] = [];
  if (states !== undefined) conditions.push(`state IN (${literals(states, FINDING_STATES)})`);
  if (half !== undefined) conditions.push(`half IN (${literals([half], HALVES)})`);
  if (severities.length < SEVERITIES.length)
    conditions.push(
      `severity IN (${severities.map((each) => SEVERITIES.indexOf(each)).join(', ') || 'NULL'})`,
    );
  if (rules !== undefined) {
    conditions.push('rule IN {rules:Array(String)}');
    params['rules'] = rules;
  }
  return conditions;
}

/** All other conditions of a filter; their parameters are added. Throws a Fault `finding/filter` for a block that is none. */
export function otherConditions(filter: FindingFilter, params: Params): string[] {
  const { host, within, port, role, run, present, reopened, from, to, unreviewed, text } = filter;
  const conditions: string[] = [];
  const add = (condition: string, name?: string, value?: ParameterValue): void => {
    conditions.push(condition);
    if (name !== undefined && value !== undefined) params[name] = value;
  };
  if (unreviewed !== true) add(`standing = '${STANDINGS[0]}'`);
  if (host !== undefined) add('has(hosts, {host:IPv6})', 'host', host);
  if (within !== undefined) {
    add(`arrayExists(h -> ${withinBlock('h', within, params)}, hosts)`);
  }
  if (port !== undefined) add('port = {port:String}', 'port', port);
  if (role !== undefined) add('role = {role:String}', 'role', role);
  if (run !== undefined) add('run = {run:String}', 'run', run);
  if (present !== undefined) add(present ? 'present' : 'NOT present');
  if (reopened !== undefined) add(reopened ? 'reopened > 0' : 'reopened = 0');
  if (from !== undefined) add("last_seen >= {from:DateTime64(6, 'UTC')}", 'from', formatColumnTime(from));
  if (to !== undefined) add("first_seen < {to:DateTime64(6, 'UTC')}", 'to', formatColumnTime(to));
  for (const [index, word] of wordsOf(text).entries())
    add(`words LIKE {word${index}:String}`, `word${index}`, containing(word));
  return conditions;
}

/** A pattern of LIKE for texts that contain this one. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/** The words of a search, in lower case. */
export function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS);
}

/**
 * The condition that an IPv6 column lies in a block in CIDR notation, never across families; its parameters are added.
 * Throws a Fault `finding/filter` for one that is none.
 */
export function withinBlock(column: string, block: string, params: Params): string {
  const prefix = parsePrefix(block);
  if (prefix === undefined)
    throw new Fault(
      'finding/filter',
      `${block.slice(0, 64)} is no block of addresses`,
      'Write it as CIDR: 10.0.0.0/24.',
    );
  const { family, length, network } = prefix;
  const rest = (1n << BigInt((family === 4 ? 32 : 128) - length)) - 1n;
  params['low'] = addressOf(family, network);
  params['high'] = addressOf(family, network | rest);
  const inside = `${column} >= {low:IPv6} AND ${column} <= {high:IPv6}`;
  // IPv4 is stored mapped, as a part of IPv6.
  return family === 4 ? inside : `${inside} AND NOT startsWith(toString(${column}), '::ffff:')`;
}

/** Conditions that must all hold → `WHERE …`. */
export const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

/** What facets count of a finding, or of several that agree in it. */
export const CrossRow = z.object({
  state: z.enum(FINDING_STATES),
  severity: z.number(),
  half: z.enum(HALVES),
  named: z.string(),
  n: z.coerce.number(),
});

/** How many findings agree in everything that facets count. */
export type CrossCount = z.infer<typeof CrossRow>;

/** A filter without what the facets count: filters that are alike in the rest share their counts. */
export function withoutFacets(filter: FindingFilter): FindingFilter {
  return {
    ...filter,
    states: undefined,
    half: undefined,
    rules: undefined,
    severity: undefined,
    severities: undefined,
  };
}

/** Counts of what a filter selects by all facets at once, without its conditions on them. */
export function findingCross(filter: FindingFilter): Asked<CrossCount> {
  const params: Params = {};
  return {
    query: query(
      'findings.listed.cross',
      `SELECT state, severity, half, any(rule) AS named, count() AS n FROM finding_current FINAL ${where(otherConditions(filter, params))} GROUP BY state, severity, half, rule_hash`,
      CrossRow,
    ),
    params,
  };
}

/** Which counts a filter selects, facet by facet. */
function facetFits({ states, half, rules, ...filter }: FindingFilter) {
  const severities = new Set(severitiesOf(filter));
  return (row: Pick<CrossCount, 'state' | 'severity' | 'half' | 'named'>) => ({
    state: states === undefined || states.includes(row.state),
    severity: severities.has(SEVERITIES[row.severity]!),
    half: half === undefined || half === row.half,
    rule: rules === undefined || rules.includes(row.named),
  });
}

/** Whether the facets of a filter select a finding. */
export function facetsSelect(
  filter: FindingFilter,
  row: Pick<CrossCount, 'state' | 'severity' | 'half' | 'named'>,
): boolean {
  return Object.values(facetFits(filter)(row)).every(Boolean);
}

/** The facets of a filter, and how many findings it selects in all, from the counts of `findingCross`. */
export function facetsOf(
  filter: FindingFilter,
  rows: readonly CrossCount[],
): { readonly facets: FindingFacets; readonly total: number } {
  const fitsOf = facetFits(filter);
  const facets = {
    state: {} as Partial<Record<FindingState, number>>,
    severity: {} as Partial<Record<Severity, number>>,
    half: {} as Partial<Record<Finding['half'], number>>,
    rule: {} as Record<string, number>,
  };
  let total = 0;
  const add = <K extends string>(counts: Partial<Record<K, number>>, key: K, n: number): void => {
    counts[key] = (counts[key] ?? 0) + n;
  };
  for (const row of rows) {
    const severity = SEVERITIES[row.severity]!;
    const fits = fitsOf(row);
    const misses = Object.values(fits).filter((one) => !one).length;
    if (misses === 0) total += row.n;
    if (misses > 1) continue;
    if (misses === 0 || !fits.state) add(facets.state, row.state, row.n);
    if (misses === 0 || !fits.severity) add(facets.severity, severity, row.n);
    if (misses === 0 || !fits.half) add(facets.half, row.half, row.n);
    if (misses === 0 || !fits.rule) add(facets.rule, row.named, row.n);
  }
  return { facets, total };
}

/** How many findings of a filter there are by half, severity and state, from the counts of `findingCross`. */
export function cellsOf(filter: FindingFilter, rows: readonly CrossCount[]): FindingCounts['cells'] {
  const { states, half, rules } = filter;
  const severities = new Set(severitiesOf(filter));
  const cells = new Map<string, FindingCounts['cells'][number]>();
  for (const { state, named, n, ...row } of rows) {
    const severity = SEVERITIES[row.severity]!;
    if (states?.includes(state) === false || rules?.includes(named) === false) continue;
    if ((half !== undefined && half !== row.half) || !severities.has(severity)) continue;
    const key = `${row.half} ${severity} ${state}`;
    const findings = (cells.get(key)?.findings ?? 0) + n;
    cells.set(key, { half: row.half, severity, state, findings });
  }
  return [...cells].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
}

/** A finding as lists show it: what `encodeCurrent` wrote. */
export function currentOf({ shown }: { readonly shown: string }): CurrentFinding {
  return JSON.parse(shown) as CurrentFinding;
}

/** Findings that were found otherwise by refreshes after one, by refresh. */
export const findingsChanged = query(
  'findings.listed.changed',
  `SELECT shown FROM finding_current FINAL WHERE changed > {version:UInt64} ORDER BY changed, id`,
  z.object({ shown: z.string() }).transform(currentOf),
);

/** Identifiers that begin with a text; three are enough to tell one from several. */
export const findingsBeginning = query(
  'findings.listed.beginning',
  'SELECT DISTINCT id, half FROM finding_current WHERE startsWith(id, {prefix:String}) ORDER BY id LIMIT 3',
  z.object({ id: z.string(), half: z.enum(HALVES) }),
);

/** Rows as the last refresh left them, for the next: what tells whether they change. */
export const findingsBefore = query(
  'findings.current.before',
  `SELECT id, half, digest, changed, state, arrayMap(h -> toString(h), arrayConcat(hosts, left)) AS ever
FROM finding_current FINAL WHERE id IN {ids:Array(String)}`,
  z.object({
    id: z.string(),
    half: z.enum(HALVES),
    digest: z.string(),
    changed: z.coerce.bigint(),
    state: z.enum(FINDING_STATES),
    ever: z.array(z.string()),
  }),
);

/** Findings that have to be worked out again by an instant, for time alone: also when the clock was set back since, or the program is another. */
export const findingsDue = query(
  'findings.current.due',
  `SELECT id, half FROM finding_current FINAL WHERE due <= {now:DateTime64(6, 'UTC')} OR worked > {now:DateTime64(6, 'UTC')} OR ${OF_OLDER_FORM}`,
  z.object({ id: z.string(), half: z.enum(HALVES) }),
);

/** Where findings of a half and rule lie, for scopes. */
export const placesOfRule = query(
  'findings.current.places-of-rule',
  `SELECT id, arrayMap(h -> toString(h), hosts) AS addresses, port, role FROM finding_current FINAL
WHERE half = {half:String} AND rule = {rule:String}`,
  z.object({ id: z.string(), addresses: z.array(z.string()), port: z.string(), role: z.string() }),
);

/** Where all findings lie, and what was made of that. */
export const placesOfAll = query(
  'findings.current.places',
  `SELECT id, half, arrayMap(h -> toString(h), hosts) AS addresses, role, network FROM finding_current FINAL`,
  z.object({
    id: z.string(),
    half: z.enum(HALVES),
    addresses: z.array(z.string()),
    role: z.string(),
    network: z.string(),
  }),
);

/**
 * By day and severity, how the number of open findings turned, and what began, was resolved and came back. Everything
 * before the first day is counted on the day before it.
 */
export const trendSteps = query(
  'findings.listed.trend',
  `SELECT greatest(toInt64(toUnixTimestamp(at)) DIV 86400, {first:Int64} - 1) AS day, severity,
    countIf(to = 'open') - countIf(from = 'open') AS turned,
    countIf(number = 1) AS fresh, countIf(to = 'resolved' AND from != 'resolved') AS resolved, countIf(again) AS reopened
FROM
(
    SELECT severity, s.1 AS at, toString(s.2) AS to, s.3 AS again, s.4 AS number, s.5 AS from
    FROM finding_current FINAL
    ARRAY JOIN arrayMap((at, to, again, number) -> (at, to, again, number, if(number = 1, '', toString(\`step.state\`[number - 1]))),
                        \`step.at\`, \`step.state\`, \`step.reopened\`, arrayEnumerate(\`step.at\`)) AS s
    WHERE standing = '${STANDINGS[0]}'
)
GROUP BY day, severity
ORDER BY day, severity`,
  z.object({
    day: z.coerce.number(),
    severity: z.number(),
    turned: z.coerce.number(),
    fresh: z.coerce.number(),
    resolved: z.coerce.number(),
    reopened: z.coerce.number(),
  }),
);
