import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { Keyset, type Asked } from '../../sql/keyset.ts';
import { query, type ParameterValue } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import type { Problem } from '../../fault/fault.ts';
import { askedCoverage } from '../model/coverage.ts';
import { formatCoverage } from './host-row.ts';
import type { RunId, RunInfo } from '../model/scan-run.ts';

/** A run as the store keeps it: what its file says, and where its rows are. */
export interface StoredRun {
  readonly info: RunInfo;
  readonly load: string;
  readonly ordinal: number;
  readonly imported: Instant;
  readonly sha256: string;
  /** The file as the user named it. Hostile text. */
  readonly source: string;
  /** Size of the raw file, uncompressed. */
  readonly bytes: bigint;
  readonly hostsUp: number;
  readonly hostsTotal: number;
  readonly openPorts: number;
  /** Pieces of the file that were set aside. */
  readonly problems: number;
}

/** `scan_run` columns that a StoredRun needs. */
const StoredRunRow = z
  .object({
    run: z.string(),
    load: z.string(),
    ordinal: z.number(),
    imported: z.string(),
    sha256: z.string(),
    source: z.string(),
    bytes: z.coerce.bigint(),
    hosts_up: z.number(),
    hosts_total: z.number(),
    open_ports: z.coerce.number(),
    problems: z.coerce.number(),
    info: z.string(),
  })
  .transform((row): StoredRun => ({
    info: JSON.parse(row.info) as RunInfo,
    load: row.load,
    ordinal: row.ordinal,
    imported: parseColumnTime(row.imported),
    sha256: row.sha256,
    source: row.source,
    bytes: row.bytes,
    hostsUp: row.hosts_up,
    hostsTotal: row.hosts_total,
    openPorts: row.open_ports,
    problems: row.problems,
  }));

const RUN_COLUMNS =
  'run, load, ordinal, imported, sha256, source, bytes, hosts_up, hosts_total, open_ports, problems, info';

/**
 * Committed runs, each once: where two imports of one file raced, the first holds.
 * Every read of scan rows goes through this, so that a half-imported scan is never seen.
 */
export const COMMITTED_RUNS = 'SELECT * FROM scan_run ORDER BY run, imported, load LIMIT 1 BY run';

/** All runs, oldest first; runs without a start come first, by import. */
export const listRuns = query(
  'exposure.runs.list',
  `SELECT ${RUN_COLUMNS} FROM (${COMMITTED_RUNS}) ORDER BY started ASC NULLS FIRST, imported, ordinal, run`,
  StoredRunRow,
);

/** Which runs a page is of. Undefined: does not matter. */
export interface RunPageFilter {
  readonly vantage?: string | undefined;
  readonly profile?: string | undefined;
  /** Begun at this instant or later; a run without a start counts by its import. */
  readonly from?: Instant | undefined;
  /** Begun before this instant. */
  readonly to?: Instant | undefined;
}

const BEGAN = 'coalesce(started, imported)';

/** Newest first. */
export const runKeyset = new Keyset('scans', [
  { expression: `toUnixTimestamp64Micro(${BEGAN})`, type: 'Int64', descending: true },
  { expression: 'run', type: 'String', descending: true },
]);

type Params = Record<string, ParameterValue>;

function conditionsOf({ vantage, profile, from, to }: RunPageFilter, params: Params): string[] {
  const conditions = ['1'];
  const add = (condition: string, name: string, value: ParameterValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    params[name] = value;
  };
  add('vantage = {vantage:String}', 'vantage', vantage);
  add('profile = {profile:String}', 'profile', profile);
  const time = (at: Instant | undefined): string | undefined =>
    at === undefined ? undefined : formatColumnTime(at);
  add(`${BEGAN} >= {from:DateTime64(6, 'UTC')}`, 'from', time(from));
  add(`${BEGAN} < {to:DateTime64(6, 'UTC')}`, 'to', time(to));
  return conditions;
}

const PlacedRun = z.object({ key: z.array(z.string()) }).loose();

/** A part of the runs, newest first, each with its place. Throws a Fault `page/cursor`. */
export function runsOnPage(
  filter: RunPageFilter,
  cursor: string | undefined,
  limit: number,
): Asked<{ readonly run: StoredRun; readonly place: readonly string[] }> {
  const params: Params = { limit };
  const conditions = conditionsOf(filter, params);
  if (cursor !== undefined) conditions.push(runKeyset.after(cursor, params));
  return {
    query: query(
      'exposure.runs.page',
      `SELECT ${RUN_COLUMNS}, ${runKeyset.place} AS key FROM (${COMMITTED_RUNS}) WHERE ${conditions.join(' AND ')} ORDER BY ${runKeyset.order} LIMIT {limit:UInt32}`,
      PlacedRun.transform((row) => ({ run: StoredRunRow.parse(row), place: row.key })),
    ),
    params,
  };
}

/** How many runs a filter selects. */
export function runsInAll(filter: RunPageFilter): Asked<number> {
  const params: Params = {};
  return {
    query: query(
      'exposure.runs.total',
      `SELECT count() AS n FROM (${COMMITTED_RUNS}) WHERE ${conditionsOf(filter, params).join(' AND ')}`,
      z.object({ n: z.coerce.number() }).transform(({ n }) => n),
    ),
    params,
  };
}

/** Runs whose identifier begins with the given text: three rows are enough to tell unique from ambiguous. */
export const runsByPrefix = query(
  'exposure.runs.by-prefix',
  `SELECT ${RUN_COLUMNS} FROM (SELECT * FROM scan_run WHERE startsWith(run, {prefix:String}) ORDER BY run, imported, load LIMIT 1 BY run) ORDER BY run LIMIT 3`,
  StoredRunRow,
);

/** The runs of a file that was imported before, by the digest of its bytes. */
export const runsBySha256 = query(
  'exposure.runs.by-sha256',
  `SELECT ${RUN_COLUMNS} FROM (SELECT * FROM scan_run WHERE sha256 = {sha256:String} ORDER BY run, imported, load LIMIT 1 BY run) ORDER BY ordinal`,
  StoredRunRow,
);

/**
 * Imports whose rows no run makes visible and nobody swept: given up, or begun before `before` and
 * never ended, which is what a kill leaves behind.
 */
export const unfinishedLoads = query(
  'exposure.loads.unfinished',
  `
SELECT toString(load) AS load_id, any(source) AS named
FROM scan_load
GROUP BY load
HAVING countIf(event = 'swept') = 0
   AND (countIf(event = 'abandoned') > 0 OR min(at) < {before:DateTime64(6, 'UTC')})
   AND load GLOBAL NOT IN (SELECT load FROM scan_run)
`,
  z
    .object({ load_id: z.string(), named: z.string() })
    .transform((row) => ({ load: row.load_id, source: row.named })),
);

/** What an import brought for one run, counted in the store: hosts may come in several rows. */
export const hostCounts = query(
  'exposure.hosts.counts',
  `
SELECT uniqExactIf(address, status IN ('up', 'unknown')) AS up, uniqExact(address) AS total,
       uniqExactArray(arrayFilter(p -> p.4 = 'open', arrayMap((a, b, c) -> (address, a, b, c), \`port.protocol\`, \`port.portid\`, \`port.state\`))) AS open_ports
FROM scan_host WHERE load = {load:String} AND ordinal = {ordinal:UInt16}
`,
  z
    .object({ up: z.coerce.number(), total: z.coerce.number(), open_ports: z.coerce.number() })
    .transform((row) => ({ up: row.up, total: row.total, openPorts: row.open_ports })),
);

/** The raw bytes of an import, in order. */
export const rawPieces = query(
  'exposure.raw.pieces',
  `SELECT base64Encode(data) AS piece FROM scan_raw WHERE load = {load:String} ORDER BY seq`,
  z.object({ piece: z.string() }).transform((row) => Buffer.from(row.piece, 'base64')),
);

/** What an import set aside. */
export const loadProblems = query(
  'exposure.problems.of-load',
  `SELECT code, message, offset, line, field FROM scan_problem WHERE load = {load:String} ORDER BY seq`,
  z
    .object({
      code: z.string(),
      message: z.string(),
      offset: z.coerce.number().nullable(),
      line: z.coerce.number().nullable(),
      field: z.string(),
    })
    .transform((row): Problem => ({
      code: row.code as Problem['code'],
      message: row.message,
      where: {
        ...(row.offset === null ? {} : { offset: row.offset }),
        ...(row.line === null ? {} : { line: row.line }),
        ...(row.field === '' ? {} : { field: row.field }),
      },
    })),
);

/** A run → its commit row. */
export function encodeRun(run: StoredRun): Row {
  const { info } = run;
  return {
    run: info.id,
    load: run.load,
    ordinal: run.ordinal,
    imported: formatColumnTime(run.imported),
    sha256: run.sha256,
    source: run.source,
    bytes: run.bytes.toString(),
    format: info.format,
    scanner: info.scanner,
    version: info.version,
    args: info.args,
    started: info.start === undefined ? null : formatColumnTime(info.start),
    ended: info.end === undefined ? null : formatColumnTime(info.end),
    status: info.status,
    vantage: info.vantage,
    profile: info.profile,
    privileges: info.privileges,
    coverage: formatCoverage(askedCoverage(info)),
    hosts_up: run.hostsUp,
    hosts_total: run.hostsTotal,
    open_ports: run.openPorts,
    problems: run.problems,
    info: JSON.stringify(info),
  };
}

/** First 16 hex digits of the digest; further runs of one file get `-2`, `-3`, … */
export function runIdOf(sha256: string, ordinal: number): RunId {
  return `${sha256.slice(0, 16)}${ordinal === 0 ? '' : `-${ordinal + 1}`}` as RunId;
}
