import * as z from 'zod';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Query } from '../../sql/query.ts';
import { query } from '../../sql/query.ts';
import type { Table, View } from '../../sql/table.ts';
import { FEATURES, FEATURES_VERSION } from '../model/feature-catalogue.ts';
import { addressFromColumn } from './host-row.ts';

/** One row per computation of the features of a run, written after its rows: it makes them visible. */
export const featureComputationTable: Table = {
  name: 'feature_computation',
  comment: 'Computations of the features of runs; the newest of a run and version holds',
  columns: [
    { name: 'computation', type: 'UUID', comment: 'Identifier' },
    { name: 'computed', type: "DateTime64(6, 'UTC')", comment: 'When' },
    { name: 'run', type: 'String', comment: 'The run' },
    { name: 'version', type: 'UInt16', comment: 'Version of the features' },
    {
      name: 'digest',
      type: 'String',
      comment: 'SHA-256 over all that they were computed from: runs in order, networks',
    },
    { name: 'hosts', type: 'UInt32', comment: 'How many rows it has' },
  ],
  engine: 'MergeTree',
  orderBy: ['run', 'version', 'computed'],
  shardBy: 'cityHash64(computation)',
  durable: true,
};

/** The features of one host of a run. */
export const hostFeatureTable: Table = {
  name: 'host_feature',
  comment: 'Features of hosts; removed when their run was computed again',
  columns: [
    { name: 'computation', type: 'UUID', comment: 'The computation that they belong to' },
    { name: 'seq', type: 'UInt32', comment: 'Order of the hosts, from 0' },
    { name: 'host', type: 'String', comment: 'Address' },
    { name: 'identity', type: 'String', comment: 'mac:…, name:… or address:…', codec: 'ZSTD(3)' },
    {
      name: 'features',
      type: 'Array(Float64)',
      comment: 'In the order of `tidemark features --list`, of its version',
      codec: 'ZSTD(3)',
    },
  ],
  engine: 'MergeTree',
  orderBy: ['computation', 'seq'],
  shardBy: 'cityHash64(host)',
  durable: true,
};

/** Tables of stored features, in the order in which they are created. */
export const featureTables: readonly Table[] = [featureComputationTable, hostFeatureTable];

/** What `tidemark query` offers of them. A new version of the features needs it made anew: a migration. */
export const featureView: View = {
  name: 'features',
  comment:
    'Features of hosts, of runs that were asked for with `tidemark features`, as they were computed last',
  columns: [
    { name: 'run', type: 'String', comment: 'Run identifier, as `tidemark scans` lists it' },
    { name: 'host', type: 'String', comment: 'Address of the host' },
    { name: 'identity', type: 'String', comment: 'How it is known over time: mac:…, name:… or address:…' },
    { name: 'version', type: 'UInt16', comment: 'Version of the features' },
    { name: 'computed', type: "DateTime64(6, 'UTC')", comment: 'When they were computed' },
    ...FEATURES.map(({ name, meaning }) => ({ name, type: 'Float64', comment: meaning.replace(/\.$/, '') })),
  ],
  select: `SELECT c.run AS run, f.host AS host, f.identity AS identity, c.version AS version, c.computed AS computed,
${FEATURES.map(({ name }, index) => `f.features[${index + 1}] AS ${name}`).join(', ')}
FROM host_feature AS f
GLOBAL INNER JOIN
(
    SELECT run, version, computed, computation FROM feature_computation WHERE version = ${FEATURES_VERSION}
    ORDER BY computed DESC, computation LIMIT 1 BY run
) AS c USING (computation)`,
};

/** Computations of a run by one version, the newest first. */
export const featureComputations = query(
  'exposure.features.computations',
  `SELECT toString(computation) AS id, digest, hosts FROM feature_computation
WHERE run = {run:String} AND version = {version:UInt16} ORDER BY computed DESC, computation`,
  z.object({ id: z.string(), digest: z.string(), hosts: z.number() }),
);

/** Computations whose rows nothing makes visible: killed, or still at work. */
export const unfinishedComputations = query(
  'exposure.features.unfinished',
  `SELECT DISTINCT toString(computation) AS id FROM host_feature
WHERE computation GLOBAL NOT IN (SELECT computation FROM feature_computation)`,
  z.object({ id: z.string() }),
);

/** The rows of a computation, in order. Decoded by hand: a schema check per row costs more than the read. */
export const featuresOfComputation: Query<
  { readonly computation: string },
  { readonly host: IpAddress; readonly identity: string; readonly values: Float64Array }
> = {
  name: 'exposure.features.rows',
  text: `SELECT host, identity, features FROM host_feature WHERE computation = toUUID({computation:String}) ORDER BY seq`,
  decode: (value) => {
    const row = value as { host: string; identity: string; features: readonly number[] };
    return { host: row.host as IpAddress, identity: row.identity, values: Float64Array.from(row.features) };
  },
};

/** Features that are plain counts of what the store holds of a host; the store counts them. */
export const HOST_COUNTS = [
  'open_ports',
  'filtered_ports',
  'closed_ports',
  'unique_services',
  'versioned_services',
  'administrative_ports',
  'tcp_ports',
  'udp_ports',
  'os_confidence',
  'deprecated_ports',
  'database_ports',
] as const;
/** Counts of one host. */
export type HostCounts = Readonly<Record<(typeof HOST_COUNTS)[number], number>>;

/** Rows of some runs; `look` is the position of the run among them, from 1. */
const LOOKS = `
SELECT indexOf(arrayZip({loads:Array(String)}, {ordinals:Array(UInt16)}), (toString(load), ordinal)) AS look, address,
       transform(status, ['up', 'down', 'skipped'], [3, 2, 1], 0) AS host_strength,
       JSONExtract(more, 'extraports', 'Array(Tuple(state String, count Int64))') AS extras,
       if(JSONLength(more, 'os') > 0, JSONExtractFloat(more, 'os', 1, 'accuracy'), -1) AS match_accuracy,
       if(JSONHas(more, 'os', 1, 'classes', 1, 'family'), match_accuracy, -1) AS family_accuracy,
       arrayMap((protocol, portid, state, reason, service, product, version, extrainfo, tunnel, rest) -> (
           toString(protocol), portid, toString(state),
           transform(state, ['open', 'closed', 'unfiltered', 'filtered', 'closed|filtered', 'open|filtered'], [6, 5, 4, 3, 2, 1], 0),
           if(JSONHas(rest, 'service'), concat(if(tunnel = 'ssl', 'ssl/', ''), service), ''),
           product != '', version != '',
           if(JSONHas(rest, 'service'), JSONExtractFloat(rest, 'service', 'conf'), 0),
           if(JSONHas(rest, 'service'),
              10000 * (JSONExtractString(rest, 'service', 'method') = 'probed') + 100 * JSONExtractFloat(rest, 'service', 'conf')
              + JSONLength(rest, 'service') + (product != '') + (version != '') + (extrainfo != '') + (tunnel != ''), -1)
       ), \`port.protocol\`, \`port.portid\`, \`port.state\`, \`port.reason\`, \`port.service\`, \`port.product\`, \`port.version\`, \`port.extrainfo\`, \`port.tunnel\`, \`port.more\`) AS listed
FROM scan_host
WHERE load IN (SELECT arrayJoin(CAST({loads:Array(String)} AS Array(UUID)))) AND look > 0`;

/** Pieces of a host joined as merge-hosts.ts joins them; hosts that a census leaves out are left out. */
const HOSTS = `
SELECT look, address, groupArrayArray(listed) AS ports,
       max(host_strength) AS strength,
       groupArrayArray(extras) AS entries,
       countIf(notEmpty(extras)) AS folding,
       argMax(family_accuracy, match_accuracy) AS accuracy
FROM (${LOOKS})
GROUP BY look, address
HAVING strength = 3 OR (strength = 0 AND notEmpty(ports))`;

/** What pieces folded of a state: of several pieces the one that counted more, because they overlap. */
const folded = (state: string): string =>
  `if(folding > 1, arrayMax(arrayPushBack(arrayMap(e -> if(e.1 = ${state}, e.2, 0), entries), 0)), arraySum(e -> if(e.1 = ${state}, e.2, 0), entries))`;

/**
 * Counts of the hosts of one run, or of several of one window, given in order of time and looked at together as
 * merge-censuses.ts does: a port is open if any saw it open, its words are from who heard most, the newest of equals;
 * folded ports are counted by who folded most. `test/features/stored-features.test.ts` holds it to the same counts in code.
 */
export const countsOfHosts: Query<
  {
    readonly loads: readonly string[];
    readonly ordinals: readonly number[];
    readonly administrative: readonly number[];
    readonly deprecated: readonly number[];
    readonly databases: readonly number[];
  },
  { readonly host: IpAddress; readonly counts: HostCounts }
> = {
  name: 'exposure.features.counts',
  text: `
SELECT address, countIf(best.1 = 'open') AS open_ports,
       countIf(best.1 = 'filtered') + argMax(widest.2, (widest.1, -widest_look)) AS filtered_ports,
       countIf(best.1 = 'closed') + argMax(widest.3, (widest.1, -widest_look)) AS closed_ports,
       uniqExactIf(best.2, best.1 = 'open' AND best.2 != '') AS unique_services,
       countIf(best.1 = 'open' AND best.3) AS versioned_services,
       countIf(best.1 = 'open' AND has({administrative:Array(UInt16)}, portid)) AS administrative_ports,
       countIf(best.1 = 'open' AND protocol = 'tcp') AS tcp_ports,
       countIf(best.1 = 'open' AND protocol = 'udp') AS udp_ports,
       greatest(0, max(surest)) AS os_confidence,
       countIf(best.1 = 'open' AND has({deprecated:Array(UInt16)}, portid)) AS deprecated_ports,
       countIf(best.1 = 'open' AND has({databases:Array(UInt16)}, portid)) AS database_ports
FROM
(
    SELECT address, protocol, portid,
           argMax((state, service.1, service.3), (state = 'open', service.4 + 20 * service.3 + 10 * service.2, look)) AS best,
           argMax(fold, (fold.1, -look)) AS widest, argMax(look, (fold.1, -look)) AS widest_look, max(accuracy) AS surest
    FROM
    (
        SELECT look, address, port.1 AS protocol, port.2 AS portid, argMax(port.3, port.4) AS state,
               argMax((port.5, port.6, port.7, port.8), port.9) AS service, any(folds) AS fold, any(surest_piece) AS accuracy
        FROM
        (
            SELECT look, address, ports, accuracy AS surest_piece,
                   (arraySum(s -> ${folded('s')}, arrayDistinct(arrayMap(e -> e.1, entries))), ${folded("'filtered'")}, ${folded("'closed'")}) AS folds
            FROM (${HOSTS})
        )
        LEFT ARRAY JOIN ports AS port
        GROUP BY look, address, protocol, portid
    )
    GROUP BY address, protocol, portid
)
GROUP BY address`,
  decode: (value) => {
    const row = value as Readonly<Record<string, string | number>>;
    return {
      host: addressFromColumn(String(row['address'])),
      counts: Object.fromEntries(
        HOST_COUNTS.map((name) => [name, Number(row[name])]),
      ) as unknown as HostCounts,
    };
  },
};
