import * as z from 'zod';
import { query } from '../../sql/query.ts';
import { parseColumnTime } from '../../time/instant.ts';
import type { Baseline } from '../model/baseline.ts';
import { addressFromColumn } from './host-row.ts';

/** All versions; where two writers raced for a number the first holds. */
export const listBaselineVersions = query(
  'exposure.baselines.list',
  `SELECT version, load, parent, based_on, created, by, note, how, runs, vantage, privileges, profile, asked, hosts
FROM baseline_version ORDER BY version, created, load LIMIT 1 BY version`,
  z
    .object({
      version: z.number(),
      load: z.string(),
      parent: z.number().nullable(),
      based_on: z.number().nullable(),
      created: z.string(),
      by: z.string(),
      note: z.string(),
      how: z.enum(['learned', 'approved', 'rolled-back']),
      runs: z.array(z.string()),
      vantage: z.string(),
      privileges: z.enum(['raw', 'connect', 'unknown']),
      profile: z.string(),
      asked: z.string(),
      hosts: z.number(),
    })
    .transform((row) => ({
      version: row.version,
      load: row.load,
      parent: row.parent ?? undefined,
      basedOn: row.based_on ?? undefined,
      created: parseColumnTime(row.created),
      by: row.by,
      note: row.note,
      how: row.how,
      runs: row.runs,
      vantage: row.vantage,
      privileges: row.privileges,
      profile: row.profile,
      asked: JSON.parse(row.asked) as Baseline['asked'],
      hosts: row.hosts,
    })),
);

/** A baseline version without its hosts. */
export type BaselineVersion = ReturnType<typeof listBaselineVersions.decode>;

/**
 * The hosts of a version: `loads` is its chain, the version itself first, then the one it is based
 * on, and so on; the first row of a host holds, and an empty document takes the host out. Which row
 * holds is settled on keys alone: documents are large, and an aggregate would hold all of them.
 */
export const baselineHosts = query(
  'exposure.baselines.hosts',
  `
SELECT address, document
FROM baseline_host
WHERE load IN (SELECT toUUID(arrayJoin({loads:Array(String)})))
  AND document != ''
  AND (address, load) GLOBAL IN
  (
      SELECT address, argMin(load, indexOf({loads:Array(String)}, toString(load)))
      FROM baseline_host
      WHERE load IN (SELECT toUUID(arrayJoin({loads:Array(String)})))
      GROUP BY address
  )
`,
  z
    .object({ address: z.string(), document: z.string() })
    .transform((row) => ({ address: addressFromColumn(row.address), document: row.document })),
);

/** The pin that holds, if any. */
export const currentPin = query(
  'exposure.baselines.pin',
  `SELECT version, at, by, note FROM baseline_pin ORDER BY at DESC LIMIT 1`,
  z
    .object({ version: z.number(), at: z.string(), by: z.string(), note: z.string() })
    .transform((row) => ({ ...row, at: parseColumnTime(row.at) })),
);
