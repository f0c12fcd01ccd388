import * as z from 'zod';
import { query } from '../../sql/query.ts';
import { addressFromColumn } from './host-row.ts';
import { COMMITTED_RUNS } from './runs.ts';

const RUNS = `SELECT run, load, ordinal, coalesce(started, imported) AS at FROM (${COMMITTED_RUNS})`;

/** In which runs each of the given hosts was up. */
export const runsOfHosts = query(
  'exposure.hosts.runs-of',
  `
SELECT address, groupUniqArray(run) AS runs
FROM (SELECT load, ordinal, address FROM scan_host WHERE address IN {addresses:Array(IPv6)} AND status IN ('up', 'unknown') AND NOT timed_out) AS h
GLOBAL INNER JOIN (${RUNS}) AS r USING (load, ordinal)
GROUP BY address`,
  z
    .object({ address: z.string(), runs: z.array(z.string()) })
    .transform((row) => ({ address: addressFromColumn(row.address), runs: row.runs })),
);

/** In which runs each port of the given hosts was open, and what answered there last. */
export const openRunsOfPorts = query(
  'exposure.ports.open-runs-of',
  `
SELECT address, port_protocol AS protocol, port_portid AS portid, groupUniqArray(run) AS runs,
       argMax(trimBoth(concat(port_service, ' ', port_product, ' ', port_version)), (at, run)) AS service
FROM
(
    SELECT at, run, address, \`port.protocol\` AS protocols, \`port.portid\` AS portids, \`port.state\` AS states,
           \`port.service\` AS services, \`port.product\` AS products, \`port.version\` AS versions
    FROM (SELECT * FROM scan_host WHERE address IN {addresses:Array(IPv6)}) AS h
    GLOBAL INNER JOIN (${RUNS}) AS r USING (load, ordinal)
)
ARRAY JOIN protocols AS port_protocol, portids AS port_portid, states AS port_state, services AS port_service, products AS port_product, versions AS port_version
WHERE port_state = 'open'
GROUP BY address, port_protocol, port_portid`,
  z
    .object({
      address: z.string(),
      protocol: z.string(),
      portid: z.number(),
      runs: z.array(z.string()),
      service: z.string(),
    })
    .transform((row) => ({ ...row, address: addressFromColumn(row.address) })),
);

/** The findings of the newest assessment of each run that are about a port. */
export const portFindings = query(
  'exposure.findings.of-ports',
  `
SELECT host, port, groupUniqArray(severity) AS severities
FROM finding
WHERE port != '' AND host IN {hosts:Array(String)}
  AND (run, assessment) GLOBAL IN (SELECT run, argMax(assessment, (assessed, assessment)) FROM assessment GROUP BY run)
GROUP BY host, port`,
  z.object({ host: z.string(), port: z.string(), severities: z.array(z.string()) }),
);
