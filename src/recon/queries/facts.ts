import { z } from 'zod';
import { query } from '../../sql/query.ts';

const TIME = "time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}";

/**
 * How many records of each kind lie in a stretch of time, from which sensors and files, at which sampling. Counts rows:
 * copies of a record that were read twice and are not merged yet count twice.
 */
export const telemetryFacts = query(
  'recon.facts.of-time',
  `
SELECT kind, sum(rows) AS records, groupUniqArrayArray(sensors) AS sensors, groupUniqArrayArray(files) AS files, max(sampling) AS sampling
FROM
(
    SELECT 'flow' AS kind, count() AS rows, groupUniqArray(sensor) AS sensors, groupUniqArray(10000)(file) AS files, max(sampling) AS sampling FROM flow WHERE ${TIME}
    UNION ALL
    SELECT 'app', count(), groupUniqArray(sensor), groupUniqArray(10000)(file), 1 FROM app_event WHERE ${TIME}
    UNION ALL
    SELECT 'alert', count(), groupUniqArray(sensor), groupUniqArray(10000)(file), 1 FROM ids_alert WHERE ${TIME}
    UNION ALL
    SELECT 'process', count(), groupUniqArray(sensor), groupUniqArray(10000)(file), 1 FROM process_event WHERE ${TIME}
)
GROUP BY kind`,
  z.object({
    kind: z.enum(['flow', 'app', 'alert', 'process']),
    records: z.coerce.number(),
    sensors: z.array(z.string()),
    files: z.array(z.string()),
    sampling: z.coerce.number(),
  }),
);

/** Lines that were set aside and lines without use, of all files that were read to their end. */
export const fileTotals = query(
  'recon.facts.file-totals',
  `
SELECT sum(problems) AS problems, sum(arraySum(mapValues(skipped))) AS skipped
FROM (SELECT problems, skipped FROM telemetry_file ORDER BY at LIMIT 1 BY sha256, sensor, format)`,
  z.object({ problems: z.coerce.number(), skipped: z.coerce.number() }),
);
