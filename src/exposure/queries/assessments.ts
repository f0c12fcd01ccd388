import * as z from 'zod';
import type { RiskPart } from '../../findings/summary.ts';
import { query } from '../../sql/query.ts';
import { parseColumnTime } from '../../time/instant.ts';

/** The newest assessment of each of the newest scans, by the start of the scan, newest first. */
export const assessmentsOfNewestRuns = query(
  'exposure.assessments.of-newest-runs',
  `SELECT run, assessed, against, risk, score, confidence, findings, parts
FROM (SELECT * FROM assessment ORDER BY run, assessed DESC, assessment LIMIT 1 BY run) AS a
GLOBAL INNER JOIN (SELECT run, coalesce(started, imported) AS began FROM scan_run ORDER BY run, imported, load LIMIT 1 BY run) AS r USING (run)
ORDER BY began DESC, run LIMIT {most:UInt32}`,
  assessment(),
);

/** The newest assessment of a scan. */
export const assessmentOfRun = query(
  'exposure.assessments.of-run',
  `SELECT run, assessed, against, risk, score, confidence, findings, parts
FROM assessment WHERE run = {run:String} ORDER BY assessed DESC, assessment LIMIT 1`,
  assessment(),
);

/** How many findings of each severity the newest assessment of a scan made. */
export const severitiesOfRun = query(
  'exposure.assessments.severities-of-run',
  `SELECT severity, count() AS findings FROM finding
WHERE run = {run:String}
  AND assessment GLOBAL IN (SELECT assessment FROM assessment WHERE run = {run:String} ORDER BY assessed DESC, assessment LIMIT 1)
GROUP BY severity`,
  z.object({
    severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
    findings: z.coerce.number(),
  }),
);

/** The overall verdict on a scan. `parts` is empty where the score is 0, and in rows from before the parts were kept. */
export type Assessment = ReturnType<typeof assessmentOfRun.decode>;

function assessment() {
  return z
    .object({
      run: z.string(),
      assessed: z.string(),
      against: z.string(),
      risk: z.enum(['low', 'medium', 'high', 'critical']),
      score: z.number(),
      confidence: z.number(),
      findings: z.number(),
      parts: z.string(),
    })
    .transform(({ parts, ...row }) => ({
      ...row,
      assessed: parseColumnTime(row.assessed),
      parts: parts === '' ? [] : (JSON.parse(parts) as readonly RiskPart[]),
    }));
}
