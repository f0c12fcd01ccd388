import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';
import type { Finding } from '../../findings/finding.ts';
import { SEVERITIES, type Severity } from '../../findings/severity.ts';
import type { ExposureSummary } from '../../findings/summary.ts';

/** When each finding was first made, over all runs. */
export const firstSightings = query(
  'exposure.findings.first-sightings',
  `SELECT id, min(coalesce(r.started, f.assessed)) AS first_seen
FROM finding AS f
GLOBAL LEFT JOIN (SELECT run, started FROM scan_run ORDER BY run, imported, load LIMIT 1 BY run) AS r USING (run)
GROUP BY id`,
  z
    .object({ id: z.string(), first_seen: z.string() })
    .transform((row) => ({ id: row.id, firstSeen: parseColumnTime(row.first_seen) })),
);

/** The newest assessment of each run: when it was made, and what the run was held against. */
export const newestAssessments = query(
  'exposure.findings.newest-assessments',
  `SELECT run, max(a.assessed) AS at, argMax(against, a.assessed) AS held FROM assessment AS a GROUP BY run`,
  z
    .object({ run: z.string(), at: z.string(), held: z.string() })
    .transform(({ run, at, held }) => ({ run, assessed: parseColumnTime(at), against: held })),
);

/** Every finding that was ever made. */
export const findingIds = query(
  'exposure.findings.ids',
  'SELECT DISTINCT id FROM finding WHERE assessment GLOBAL IN (SELECT assessment FROM assessment)',
  z.object({ id: z.string() }).transform(({ id }) => id),
);

/** In which runs some findings were made, and when a run was last assessed to have each; over all assessments. */
export const findingSightings = query(
  'exposure.findings.sightings',
  `SELECT id, run, max(f.assessed) AS at, argMax(severity, tuple(f.assessed, assessment)) AS said
FROM finding AS f
WHERE id IN {ids:Array(String)} AND assessment GLOBAL IN (SELECT assessment FROM assessment)
GROUP BY id, run
ORDER BY id, run`,
  z
    .object({
      id: z.string(),
      run: z.string(),
      at: z.string(),
      said: z.enum(SEVERITIES as [Severity, ...Severity[]]),
    })
    .transform(({ id, run, at, said }) => ({ id, run, assessed: parseColumnTime(at), severity: said })),
);

/** Some findings as the newest run that has each gives it. Documents of other runs are not read. */
export const newestFindings = query(
  'exposure.findings.newest',
  `SELECT id, run, document
FROM finding
WHERE (run, assessed, id) GLOBAL IN
(
    SELECT newest.1, newest.2, id FROM
    (
        SELECT id, argMax(tuple(run, f.assessed), tuple(coalesce(started, f.assessed), f.assessed, run)) AS newest
        FROM finding AS f
        GLOBAL LEFT JOIN (SELECT run, started FROM scan_run ORDER BY run, imported, load LIMIT 1 BY run) AS r USING (run)
        WHERE id IN {ids:Array(String)} AND assessment GLOBAL IN (SELECT assessment FROM assessment)
        GROUP BY id
    )
)
AND assessment GLOBAL IN (SELECT assessment FROM assessment)
ORDER BY id, assessment LIMIT 1 BY id`,
  z
    .object({ id: z.string(), run: z.string(), document: z.string() })
    .transform((row) => ({ run: row.run, finding: JSON.parse(row.document) as Finding })),
);

/**
 * Runs with assessments that a read model has not taken in, and whether it has taken in others of the run before.
 * `model` names it in read_model_input.
 */
export const assessmentsNotTakenIn = query(
  'exposure.findings.assessments-not-taken-in',
  `SELECT run, groupArrayIf(toString(assessment), NOT taken) AS fresh, countIf(taken) > 0 AS before
FROM
(
    SELECT run, assessment,
           toString(assessment) GLOBAL IN (SELECT key FROM read_model_input WHERE model = {model:String} AND kind = 'assessment') AS taken
    FROM assessment
)
GROUP BY run
HAVING notEmpty(fresh)
ORDER BY run`,
  z
    .object({ run: z.string(), fresh: z.array(z.string()), before: z.number() })
    .transform(({ before, ...row }) => ({ ...row, before: before !== 0 })),
);

/**
 * Findings to which some runs may have something to say: those that the runs have, and those that other runs of their
 * series have. Without those of the others that were gone and done with before an instant: another look that does not
 * see them changes nothing of them.
 */
export const findingsConcerned = query(
  'exposure.findings.concerned',
  `SELECT DISTINCT id FROM finding
WHERE run IN {runs:Array(String)}
   OR (run IN {series:Array(String)}
       AND id GLOBAL NOT IN (SELECT id FROM finding_current FINAL
                             WHERE half = 'exposure' AND NOT present AND state IN ('resolved', 'expected', 'noise')
                               AND since <= {before:DateTime64(6, 'UTC')} AND due IS NULL))`,
  z.object({ id: z.string() }).transform(({ id }) => id),
);

/** Findings whose identifier begins with a text, each as it was made last; two are enough to tell one from several. */
export const findingsByPrefix = query(
  'exposure.findings.by-prefix',
  `SELECT id, run, document FROM finding
WHERE startsWith(id, {prefix:String}) AND assessment GLOBAL IN (SELECT assessment FROM assessment)
ORDER BY id, assessed DESC LIMIT 1 BY id LIMIT 3`,
  z
    .object({ id: z.string(), run: z.string(), document: z.string() })
    .transform((row) => ({ run: row.run, finding: JSON.parse(row.document) as Finding })),
);

/** Findings of assessments made since a moment, each as it was made last. */
export const findingsAssessedSince = query(
  'exposure.findings.assessed-since',
  `SELECT document, assessed FROM finding
WHERE assessed >= {since:DateTime64(6, 'UTC')} AND assessment GLOBAL IN (SELECT assessment FROM assessment)
ORDER BY id, assessed DESC LIMIT 1 BY id`,
  z.object({ document: z.string(), assessed: z.string() }).transform((row) => ({
    finding: JSON.parse(row.document) as Finding,
    assessed: parseColumnTime(row.assessed),
  })),
);

/** A summary → the row of its assessment. */
export function encodeAssessment(assessment: string, summary: ExposureSummary): Row {
  const { against } = summary;
  return {
    assessment,
    assessed: formatColumnTime(summary.generated),
    run: summary.run.id,
    against:
      against.kind === 'baseline'
        ? `baseline v${against.version}`
        : against.kind === 'run'
          ? `run ${against.id}`
          : 'nothing',
    risk: summary.risk.level,
    score: summary.risk.score,
    confidence: summary.confidence.value,
    findings: summary.findings.length,
    parts: JSON.stringify(summary.risk.parts),
  };
}

/** A finding → its row. */
export function encodeFinding(assessment: string, assessed: Instant, run: string, finding: Finding): Row {
  return {
    assessment,
    assessed: formatColumnTime(assessed),
    run,
    id: finding.id,
    rule: finding.rule,
    severity: finding.severity,
    score: finding.score,
    confidence: finding.confidence.value,
    host: finding.subject.host ?? '',
    port: finding.subject.port ?? '',
    title: finding.title,
    document: JSON.stringify(finding),
  };
}
