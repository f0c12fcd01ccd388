import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { ANSWERING_PORTS } from '../model/activity-reader.ts';
import type { ServiceHistory } from '../model/contact.ts';
import { TCP } from '../model/ip-protocol.ts';
import { address, count, micros, optionalInstant, outcomeBits } from './columns.ts';
import { aboutSources } from './contacts.ts';

const ANSWERED = outcomeBits('answered');
const ALIVE = outcomeBits('answered', 'half-open');
const IN_VAIN = outcomeBits('refused', 'silent', 'unreachable');

/**
 * History of the destination ports that more than one source ever touched, those that `which` selects. Sources are
 * counted exactly: each is one row once its parts are put together.
 */
function histories(which: string): string {
  return `
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
    WHERE ${which}
    GROUP BY destination, port, protocol, source
)
GROUP BY destination, port, protocol
HAVING count() > 1`;
}

/** Of the ports that the sources touched in the scope. Reads the whole table when those are many. */
export const serviceHistories = aboutSources(
  'recon.service-history.of-sources',
  (lookedAt) =>
    histories(`(destination, port, protocol) IN (SELECT destination, port, protocol FROM (${lookedAt}))`),
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

/** One port of a destination: port × 65,536 + protocol, sources answered, sources that failed, first and last answer or −1. */
export type PackedHistory = readonly [
  port: number,
  answered: number,
  failed: number,
  first: number,
  last: number,
];

/** All of them, one row for a destination, its ports in order. */
export const allServiceHistories = query(
  'recon.service-history.all',
  `
SELECT destination,
    arraySort(groupArray(tuple(toUInt32(port * 65536 + protocol), toFloat64(answered_sources), toFloat64(failed_sources),
        toFloat64(ifNull(first, -1)), toFloat64(ifNull(last, -1))))) AS ports
FROM (${histories('true')})
GROUP BY destination`,
  z.object({
    destination: address,
    ports: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
  }),
);
