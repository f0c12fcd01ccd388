import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { fromSeconds, parseColumnTime } from '../../time/instant.ts';

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

/** Of each sensor since a moment: records by kind, largest sampling, and the whole hours in which there are any. */
export const sensorHours = query(
  'recon.facts.sensor-hours',
  `
SELECT sensor, kind, count() AS records, max(rate) AS sampling, min(t) AS first_seen, max(t) AS last_seen,
  arraySort(groupUniqArray(toUnixTimestamp(toStartOfHour(t)))) AS hours
FROM
(
    SELECT sensor, 'flow' AS kind, sampling AS rate, time AS t FROM flow WHERE time >= {from:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT sensor, 'app', 1, time FROM app_event WHERE time >= {from:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT sensor, 'alert', 1, time FROM ids_alert WHERE time >= {from:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT sensor, 'process', 1, time FROM process_event WHERE time >= {from:DateTime64(6, 'UTC')}
)
GROUP BY sensor, kind
ORDER BY sensor, kind`,
  z
    .object({
      sensor: z.string(),
      kind: z.enum(['flow', 'app', 'alert', 'process']),
      records: z.coerce.number(),
      sampling: z.coerce.number(),
      first_seen: z.string(),
      last_seen: z.string(),
      hours: z.array(z.number()),
    })
    .transform(({ first_seen: first, last_seen: last, hours, ...row }) => ({
      ...row,
      first: parseColumnTime(first),
      last: parseColumnTime(last),
      hours: hours.map(fromSeconds),
    })),
);
