import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { ANSWERING_PORTS } from '../model/activity-reader.ts';
import type { ServiceHistory } from '../model/contact.ts';
import { TCP } from '../model/ip-protocol.ts';
import { address, count, micros, optionalInstant, outcomeBits } from './columns.ts';
import { LOOKED_AT_CONTACTS } from './contacts.ts';

const ANSWERED = outcomeBits('answered');
const ALIVE = outcomeBits('answered', 'half-open');
const IN_VAIN = outcomeBits('refused', 'silent', 'unreachable');

/**
 * History of the destination ports that the sources touched in the scope and that more than one source ever touched.
 * Sources are counted exactly: each is one row once its parts are put together.
 */
export const serviceHistories = query(
  'recon.service-history.of-sources',
  `
SELECT destination, port, protocol,
    countIf(bitAnd(outcomes, ${ANSWERED}) != 0) AS answered_sources,
    countIf(bitAnd(outcomes, ${ALIVE}) = 0 AND bitAnd(outcomes, ${IN_VAIN}) != 0) AS failed_sources,
    ${micros('min(first_answered)')} AS first,
    ${micros('max(last_answered)')} AS last
FROM (
    SELECT destination, port, protocol, source,
        groupBitOr(service_history.outcomes) AS outcomes,
        min(service_history.first_answered) AS first_answered,
        max(service_history.last_answered) AS last_answered
    FROM service_history
    WHERE (destination, port, protocol) IN (SELECT destination, port, protocol FROM (${LOOKED_AT_CONTACTS}))
    GROUP BY destination, port, protocol, source
)
GROUP BY destination, port, protocol
HAVING count() > 1`,
  z
    .object({
      destination: address,
      port: count,
      protocol: count,
      answered_sources: count,
      failed_sources: count,
      first: optionalInstant,
      last: optionalInstant,
    })
    .transform((row): ServiceHistory => ({
      destination: row.destination,
      port: row.port,
      protocol: row.protocol,
      answeredSources: row.answered_sources,
      failedSources: row.failed_sources,
      firstAnswered: row.first,
      lastAnswered: row.last,
    })),
);

/** ActivityReader.answeringPorts of some hosts. */
export const answeringPorts = query(
  'recon.service-history.answering-ports',
  `
SELECT destination, port, count() AS sources
FROM (
    SELECT destination, port, source, groupBitOr(service_history.outcomes) AS outcomes
    FROM service_history
    WHERE destination IN {hosts:Array(IPv6)} AND protocol = ${TCP}
    GROUP BY destination, port, source
    HAVING bitAnd(outcomes, ${ANSWERED}) != 0
)
GROUP BY destination, port
ORDER BY destination, sources DESC, port
LIMIT ${ANSWERING_PORTS} BY destination`,
  z.object({ destination: address, port: count, sources: count }),
);
