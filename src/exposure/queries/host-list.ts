import * as z from 'zod';
import { TRANSPORT_PROTOCOLS, type PortKey } from '../../net/port-key.ts';
import { command, query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { parseColumnTime, type Instant } from '../../time/instant.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { addressFromColumn } from './host-row.ts';
import { COMMITTED_RUNS } from './runs.ts';

const TIME = "DateTime64(6, 'UTC')";
const PROTOCOLS = `[${TRANSPORT_PROTOCOLS.map((protocol) => `'${protocol}'`).join(', ')}]`;

/** One row per host that was ever up: what its scans come to. Of a host the row with the highest version holds. */
export const hostCurrentTable: Table = {
  name: 'host_current',
  comment: 'Hosts as scans saw them last, one row each: a read model, worked out from the history',
  columns: [
    { name: 'address', type: 'IPv6', comment: 'Address; IPv4 is stored mapped' },
    { name: 'version', type: 'UInt64', comment: 'The refresh that wrote the row; the highest holds' },
    { name: 'family', type: 'UInt8', comment: '4 or 6' },
    { name: 'first_seen', type: TIME, comment: 'When it was first up' },
    { name: 'last_seen', type: TIME, comment: 'When it was last up' },
    { name: 'runs', type: 'UInt32', comment: 'Runs in which it was up' },
    { name: 'last_run', type: 'String', comment: 'The newest of them' },
    { name: 'names', type: 'Array(String)', comment: 'Its names in the newest run that gave any' },
    { name: 'vendor', type: 'LowCardinality(String)', comment: 'Of its network card, as last seen' },
    { name: 'os', type: 'LowCardinality(String)', comment: 'Its operating system, as last guessed' },
    {
      name: 'open',
      type: 'Array(UInt32)',
      comment: 'Open ports in the newest run that tried ports: 1 + 4 × number + 0 tcp, 1 udp, 2 sctp, 3 ip',
    },
    { name: 'words', type: 'String', comment: 'What is searched, in lower case' },
  ],
  engine: 'ReplacingMergeTree(version)',
  orderBy: ['address'],
  shardBy: 'cityHash64(address)',
  durable: true,
  settings: { index_granularity: 1024 },
};

/** Runs that the list of hosts has not taken in. */
export const runsNotTakenIn = query(
  'exposure.host-list.runs-not-taken-in',
  `SELECT DISTINCT run FROM scan_run
WHERE run GLOBAL NOT IN (SELECT key FROM read_model_input WHERE model = 'host' AND kind = 'run')
ORDER BY run`,
  z.object({ run: z.string() }).transform(({ run }) => run),
);

const LOADS =
  '(load, ordinal) GLOBAL IN (SELECT load, ordinal FROM scan_run WHERE run IN {runs:Array(String)})';

/** Every so manieth address that some runs saw, in order, and the last: bounds of parts to be worked out one after the other. */
export const hostBounds = query(
  'exposure.host-list.bounds',
  `SELECT address FROM
(
    SELECT address, row_number() OVER (ORDER BY address) AS n, count() OVER () AS total
    FROM (SELECT DISTINCT address FROM scan_host WHERE ${LOADS})
)
WHERE n % {every:UInt32} = 0 OR n = total
ORDER BY address`,
  z.object({ address: z.string() }).transform(({ address }) => address),
);

/**
 * Works out the hosts that some runs saw between two addresses (the first not included), from all runs that there are.
 * A scanner may write a host or a port in several pieces: masscan does, one for the state and one for the banner.
 */
export const workOutHosts = command(
  'exposure.host-list.work-out',
  `INSERT INTO host_current (address, version, family, first_seen, last_seen, runs, last_run, names, vendor, os, open, words)
SELECT
    address, {version:UInt64}, family,
    min(at), max(at), uniqExact(run),
    argMax(run, (at, run)) AS newest,
    argMaxIf(hostnames, (at, run), notEmpty(hostnames)) AS called,
    argMaxIf(mac_vendor, (at, run), mac_vendor != '') AS made,
    argMaxIf(guess, (at, run), guess != '') AS guessed,
    arraySort(argMaxIf(open_ports, (at, run), tried)),
    lowerUTF8(arrayStringConcat(arrayConcat([replaceRegexpOne(toString(address), '^::ffff:', '')], called, [made, guessed]), '\\n'))
FROM
(
    SELECT h.family AS family, h.address AS address, run, coalesce(started, imported) AS at,
           arraySort(groupUniqArrayArray(h.hostnames)) AS hostnames,
           max(h.mac_vendor) AS mac_vendor, argMax(h.os, h.os_accuracy) AS guess,
           groupUniqArrayArray(arrayMap(p -> toUInt32(4 * p.2 + indexOf(${PROTOCOLS}, toString(p.1))),
               arrayFilter(p -> p.3 = 'open', arrayMap((a, b, c) -> (a, b, c), h.\`port.protocol\`, h.\`port.portid\`, h.\`port.state\`)))) AS open_ports,
           max(notEmpty(if(h.coverage = '', r.coverage, h.coverage))) AS tried
    FROM
    (
        SELECT * FROM scan_host
        WHERE address > {after:IPv6} AND address <= {last:IPv6} AND status IN ('up', 'unknown')
          AND address GLOBAL IN (SELECT address FROM scan_host WHERE address > {after:IPv6} AND address <= {last:IPv6} AND ${LOADS})
    ) AS h
    GLOBAL INNER JOIN (SELECT run, load, ordinal, started, imported, coverage FROM (${COMMITTED_RUNS})) AS r USING (load, ordinal)
    GROUP BY family, address, run, at
)
GROUP BY family, address`,
);

/** A host of the list. Texts are hostile. */
export interface ListedHost {
  readonly address: IpAddress;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  readonly runs: number;
  readonly lastRun: string;
  readonly names: readonly string[];
  readonly vendor: string;
  readonly os: string;
  readonly openPorts: readonly PortKey[];
}

const COLUMNS = 'address, first_seen, last_seen, runs, last_run, names, vendor, os, open';

const HostRow = z
  .object({
    address: z.string(),
    first_seen: z.string(),
    last_seen: z.string(),
    runs: z.number(),
    last_run: z.string(),
    names: z.array(z.string()),
    vendor: z.string(),
    os: z.string(),
    open: z.array(z.number()),
  })
  .transform((row): ListedHost => ({
    address: addressFromColumn(row.address),
    firstSeen: parseColumnTime(row.first_seen),
    lastSeen: parseColumnTime(row.last_seen),
    runs: row.runs,
    lastRun: row.last_run,
    names: row.names,
    vendor: row.vendor,
    os: row.os,
    openPorts: row.open.map(portOf),
  }));

function portOf(place: number): PortKey {
  return `${Math.floor((place - 1) / 4)}/${TRANSPORT_PROTOCOLS[(place - 1) % 4]!}`;
}

/** Every host, in address order. */
export const listHosts = query(
  'exposure.host-list.all',
  `SELECT ${COLUMNS} FROM host_current FINAL ORDER BY family, address`,
  HostRow,
);

/** Some hosts, in no order. */
export const hostsListed = query(
  'exposure.host-list.some',
  `SELECT ${COLUMNS} FROM host_current FINAL WHERE address IN (SELECT arrayJoin(CAST({addresses:Array(IPv6)} AS Array(IPv6))))`,
  HostRow,
);
