import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { SAMPLES, TRAITS_PER_SOURCE } from '../model/contact.ts';
import { address, addressText, count, instant, micros, TIMED_IN_SCOPE } from './columns.ts';

/** Columns of app_event whose distinct values an AppTrait shows. */
export const SAMPLED = ['action', 'name', 'target', 'agent', 'status', 'ja3', 'ja4', 'hassh'] as const;

/** See SAMPLED. */
export type SampledColumn = (typeof SAMPLED)[number];

/** saysNo in SQL. */
const SAYS_NO =
  "(service = 'http' AND match(status, '^[45][0-9][0-9]$')) OR (service = 'dns' AND status NOT IN ('', 'NOERROR'))";

const KEY = 'source, destination, destination_port, protocol, service';

/**
 * Application records by source, destination port and service. Of each text so many distinct values that it shows
 * whether they are all: an attacker decides how many there are, so no more are ever held.
 */
export const appTraits = query(
  'recon.app-traits.of-sources',
  `
SELECT source, destination, destination_port AS port, protocol, service,
    ${micros('min(time)')} AS first, ${micros('max(time)')} AS last, count() AS events,
    countIf(accepted = 'yes') AS agreed, countIf(accepted = 'no') AS rejected,
    countIf(${SAYS_NO}) AS denied,
    ${SAMPLED.map((column) => `arraySort(groupUniqArrayIf(${SAMPLES + 1})(${column}, ${column} != '')) AS ${column}_values`).join(',\n    ')}
FROM app_event FINAL
WHERE source IN {sources:Array(IPv6)} AND ${TIMED_IN_SCOPE}
GROUP BY ${KEY}
ORDER BY source, first, ${addressText('destination')}, port, protocol, service
LIMIT ${TRAITS_PER_SOURCE} BY source`,
  z.object({
    source: address,
    destination: address,
    port: count,
    protocol: count,
    service: z.string(),
    first: instant,
    last: instant,
    events: count,
    agreed: count,
    rejected: count,
    denied: count,
    action_values: z.array(z.string()),
    name_values: z.array(z.string()),
    target_values: z.array(z.string()),
    agent_values: z.array(z.string()),
    status_values: z.array(z.string()),
    ja3_values: z.array(z.string()),
    ja4_values: z.array(z.string()),
    hassh_values: z.array(z.string()),
  }),
);

/** Of one column: how many distinct values there are, and the smallest of them, where there are more than an AppTrait shows. */
export const manyValues = query(
  'recon.app-traits.many-values',
  `
SELECT source, destination, destination_port AS port, protocol, service,
    count() AS distinct, groupArraySorted(${SAMPLES})(value) AS samples
FROM (
    SELECT ${KEY}, toString({column:Identifier}) AS value
    FROM app_event
    WHERE source IN {sources:Array(IPv6)} AND ${TIMED_IN_SCOPE} AND value != ''
    GROUP BY ${KEY}, value
)
GROUP BY ${KEY}
HAVING count() > ${SAMPLES}`,
  z.object({
    source: address,
    destination: address,
    port: count,
    protocol: count,
    service: z.string(),
    distinct: count,
    samples: z.array(z.string()),
  }),
);
