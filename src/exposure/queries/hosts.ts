import * as z from 'zod';
import type { Query } from '../../sql/query.ts';
import { query } from '../../sql/query.ts';
import { parseColumnTime } from '../../time/instant.ts';
import type { Host } from '../model/host.ts';
import { addressFromColumn, decodeHost, HOST_COLUMNS } from './host-row.ts';

/**
 * The host rows of one run, in address order (IPv4 first). An address may come in several rows that
 * follow each other; mergeHosts joins them. Decoded by hand: a schema check per row costs more than
 * the read.
 */
export const hostsOfRun: Query<{ readonly load: string; readonly ordinal: number }, Host> = {
  name: 'exposure.hosts.of-run',
  text: `SELECT ${HOST_COLUMNS} FROM scan_host WHERE load = {load:String} AND ordinal = {ordinal:UInt16} ORDER BY load, ordinal, family, address`,
  decode: decodeHost,
};

/** The rows of some hosts of one run, in the same order. */
export const someHostsOfRun: Query<
  { readonly load: string; readonly ordinal: number; readonly addresses: readonly string[] },
  Host
> = {
  name: 'exposure.hosts.some-of-run',
  text: `SELECT ${HOST_COLUMNS} FROM scan_host WHERE load = {load:String} AND ordinal = {ordinal:UInt16} AND address IN (SELECT arrayJoin(CAST({addresses:Array(IPv6)} AS Array(IPv6)))) ORDER BY load, ordinal, family, address`,
  decode: decodeHost,
};

/** What is stored of one host, in no order: where each row lies, and what it says. Rows of imports that never ended are among them. */
export const hostHistory: Query<
  { readonly address: string },
  { readonly load: string; readonly ordinal: number; readonly host: Host }
> = {
  name: 'exposure.hosts.history',
  text: `SELECT load, ordinal, ${HOST_COLUMNS} FROM scan_host WHERE address = {address:IPv6}`,
  decode: (row) => {
    const { load, ordinal } = row as { readonly load: string; readonly ordinal: number };
    return { load, ordinal, host: decodeHost(row) };
  },
};

/**
 * How often each port was seen open in the given runs, per host. Runs are counted as bits of a bitmap: sets of their names
 * took ten times the memory over sixty runs of 65,536 hosts.
 */
export const openPortHistory = query(
  'exposure.ports.open-history',
  `
SELECT address, port_protocol AS protocol, port_portid AS portid,
       min(at) AS first_seen, max(at) AS last_seen, groupBitmap(toUInt16(indexOf({runs:Array(String)}, run))) AS seen
FROM
(
    SELECT h.address AS address, run, coalesce(started, imported) AS at,
           h.\`port.protocol\` AS protocols, h.\`port.portid\` AS portids, h.\`port.state\` AS states
    FROM scan_host AS h
    GLOBAL INNER JOIN (SELECT run, load, ordinal, started, imported FROM (SELECT * FROM scan_run WHERE run IN {runs:Array(String)} ORDER BY run, imported, load LIMIT 1 BY run)) AS r USING (load, ordinal)
    WHERE h.load IN (SELECT load FROM scan_run WHERE run IN {runs:Array(String)})
)
ARRAY JOIN protocols AS port_protocol, portids AS port_portid, states AS port_state
WHERE port_state = 'open'
GROUP BY address, port_protocol, port_portid
`,
  z
    .object({
      address: z.string(),
      protocol: z.string(),
      portid: z.number(),
      first_seen: z.string(),
      last_seen: z.string(),
      seen: z.coerce.number(),
    })
    .transform((row) => ({
      address: addressFromColumn(row.address),
      protocol: row.protocol,
      portid: row.portid,
      firstSeen: parseColumnTime(row.first_seen),
      lastSeen: parseColumnTime(row.last_seen),
      seen: row.seen,
    })),
);

/**
 * In how many of the given runs each host was up with which coverage: the denominator of "open in n of m". Coverages go by
 * their hash (coverageTexts has them): a list of 1,000 ports for each host and run does not fit in memory.
 */
export const coverageHistory = query(
  'exposure.hosts.coverage-history',
  `
SELECT address, toString(coverage_id) AS coverage, groupBitmap(toUInt16(indexOf({runs:Array(String)}, run))) AS runs
FROM
(
    SELECT h.address AS address, if(h.coverage = '', r.coverage_id, cityHash64(toString(h.coverage))) AS coverage_id, run
    FROM scan_host AS h
    GLOBAL INNER JOIN (SELECT run, load, ordinal, cityHash64(coverage) AS coverage_id FROM (SELECT * FROM scan_run WHERE run IN {runs:Array(String)} ORDER BY run, imported, load LIMIT 1 BY run)) AS r USING (load, ordinal)
    WHERE h.load IN (SELECT load FROM scan_run WHERE run IN {runs:Array(String)})
      AND h.status IN ('up', 'unknown') AND NOT h.timed_out
)
GROUP BY address, coverage_id
`,
  z.object({ address: z.string(), coverage: z.string(), runs: z.coerce.number() }).transform((row) => ({
    address: addressFromColumn(row.address),
    coverage: row.coverage,
    runs: row.runs,
  })),
);

/** The coverages of the given runs and of their hosts, by hash. */
export const coverageTexts = query(
  'exposure.hosts.coverage-texts',
  `
SELECT DISTINCT toString(cityHash64(text)) AS hash, text
FROM
(
    SELECT coverage AS text FROM scan_run WHERE run IN {runs:Array(String)}
    UNION ALL
    SELECT DISTINCT toString(coverage) AS text FROM scan_host
    WHERE load IN (SELECT load FROM scan_run WHERE run IN {runs:Array(String)}) AND coverage != ''
)
`,
  z.object({ hash: z.string(), text: z.string() }),
);
