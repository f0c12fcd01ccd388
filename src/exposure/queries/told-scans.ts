import * as z from 'zod';
import type { ToldScan } from '../../findings/outgoing.ts';
import { query } from '../../sql/query.ts';
import { parseColumnTime } from '../../time/instant.ts';
import type { RunInfo } from '../model/scan-run.ts';
import { COMMITTED_RUNS } from './runs.ts';

/**
 * Scans imported since a moment of which can be told what they came to, oldest first: those that were assessed, and those
 * that nobody has assessed until another moment.
 */
export const toldScans = query(
  'exposure.told-scans',
  `SELECT r.run AS stored, imported, hosts_up, hosts_total, open_ports, info, made, found, plan, own, allowed
FROM (SELECT * FROM (${COMMITTED_RUNS}) WHERE imported >= {since:DateTime64(6, 'UTC')}) AS r
GLOBAL LEFT JOIN
(
    SELECT run, count() > 0 AS made, argMax(findings, tuple(assessed, assessment)) AS found
    FROM assessment GROUP BY run
) AS verdict ON r.run = verdict.run
GLOBAL LEFT JOIN
(
    SELECT run, min(schedule) AS plan FROM schedule_run ARRAY JOIN runs AS run GROUP BY run
) AS planned ON r.run = planned.run
GLOBAL LEFT JOIN
(
    SELECT run, toString(min(id)) AS own, arraySort(groupUniqArrayArray(grants)) AS allowed
    FROM authorised_scan WHERE run != '' GROUP BY run
) AS authorised ON r.run = authorised.run
WHERE made OR imported < {settled:DateTime64(6, 'UTC')}
ORDER BY imported, stored`,
  z
    .object({
      stored: z.string(),
      imported: z.string(),
      hosts_up: z.number(),
      hosts_total: z.number(),
      open_ports: z.coerce.number(),
      info: z.string(),
      made: z.coerce.boolean(),
      found: z.number(),
      plan: z.string(),
      own: z.string(),
      allowed: z.array(z.string()),
    })
    .transform((row): ToldScan => {
      const info = JSON.parse(row.info) as RunInfo;
      return {
        run: row.stored,
        status: info.status,
        exit: info.errormsg ?? (info.exit === 'success' ? '' : (info.exit ?? '')),
        scanner: info.scanner,
        version: info.version,
        args: info.args,
        vantage: info.vantage,
        profile: info.profile,
        start: info.start,
        end: info.end,
        imported: parseColumnTime(row.imported),
        hostsUp: row.hosts_up,
        hostsTotal: row.hosts_total,
        openPorts: row.open_ports,
        findings: row.made ? row.found : undefined,
        own: row.own === '' ? undefined : { id: row.own, grants: row.allowed },
        schedule: row.plan === '' ? undefined : row.plan,
      };
    }),
);
