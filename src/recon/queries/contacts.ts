import { z } from 'zod';
import { query } from '../../sql/query.ts';
import type { Instant } from '../../time/instant.ts';
import { CONTACTS_PER_SOURCE, OUTBOUND_PER_DESTINATION, type Contact } from '../model/contact.ts';
import { OUTCOMES } from '../model/outcome.ts';
import {
  address,
  addressText,
  count,
  micros,
  OPENED_IN_SCOPE,
  outcomeBits,
  outcomeNumber,
  OUTCOME_OF_OPENING,
} from './columns.ts';

/** How activities are read: rows lie in the order in which they are grouped, so groups need not be held. */
export const IN_ORDER = { optimize_aggregation_in_order: 1 } as const;

/** Contacts of the sources that `which` selects: what the merges have not put together yet is put together here. */
function contactsOf(which: string): string {
  return `
SELECT source, destination, port, protocol,
    min(contact.opening) AS opening, ${micros('max(contact.last)')} AS last,
    groupBitOr(contact.outcomes) AS outcomes, groupBitOr(contact.flags) AS flags, min(contact.service) AS service,
    max(contact.source_bytes) AS source_bytes, max(contact.destination_bytes) AS destination_bytes,
    max(contact.duration) AS duration, max(contact.sampling) AS sampling
FROM contact
WHERE source IN ${which}
GROUP BY source, destination, port, protocol
HAVING ${OPENED_IN_SCOPE}`;
}

/** compareContacts in SQL. */
const ORDER = `intDiv(opening, 8), ${addressText('destination')}, protocol, port`;

const COLUMNS = `source, destination, port, protocol, intDiv(opening, 8) AS first, ${OUTCOME_OF_OPENING} AS outcome, last, outcomes, flags,
    ifNull(service, '') AS service_found, source_bytes, destination_bytes, duration, sampling`;

/**
 * Contacts that are looked at, as a subquery for others to take keys from; parameters `sources`, `from` and `to`.
 * One row each of source, destination, port, protocol, outcomes and more.
 */
export const LOOKED_AT_CONTACTS = `
SELECT * FROM (${contactsOf('{sources:Array(IPv6)}')})
ORDER BY source, ${ORDER}
LIMIT ${CONTACTS_PER_SOURCE} BY source`;

const ContactRow = z
  .object({
    source: address,
    destination: address,
    port: count,
    protocol: count,
    first: count,
    outcome: z.number(),
    last: count,
    outcomes: count,
    flags: count,
    service_found: z.string(),
    source_bytes: count,
    destination_bytes: count,
    duration: count,
    sampling: count,
  })
  .transform((row): Contact => ({
    source: row.source,
    destination: row.destination,
    port: row.port,
    protocol: row.protocol,
    first: row.first as Instant,
    outcome: OUTCOMES[row.outcome] ?? 'unknown',
    last: row.last as Instant,
    outcomes: row.outcomes,
    flags: row.flags,
    service: row.service_found,
    sourceBytes: row.source_bytes,
    destinationBytes: row.destination_bytes,
    duration: row.duration,
    sampling: row.sampling,
  }));

/** How many contacts each source has in the scope; a source without any is left out. */
export const contactCounts = query(
  'recon.contacts.counts',
  `
SELECT source, count() AS contacts
FROM (
    SELECT source, destination, port, protocol, min(contact.opening) AS opening
    FROM contact
    WHERE source IN {sources:Array(IPv6)}
    GROUP BY source, destination, port, protocol
    HAVING ${OPENED_IN_SCOPE}
)
GROUP BY source`,
  z.object({ source: address, contacts: count }),
);

/** Contacts of the sources in the scope, by source and then as compareContacts has it; of each source the first so many. */
export const contactsOfSources = query(
  'recon.contacts.of-sources',
  `SELECT ${COLUMNS} FROM (${LOOKED_AT_CONTACTS}) ORDER BY source, ${ORDER}`,
  ContactRow,
);

/**
 * Contacts in the scope that were opened by destinations which answered the sources: what an exploited host does
 * next. By source and compareContacts; of each the first so many. Backscatter is left out.
 */
export const contactsOfAnsweringDestinations = query(
  'recon.contacts.of-answering-destinations',
  `
SELECT ${COLUMNS}
FROM (${contactsOf(
    `(SELECT destination FROM (${LOOKED_AT_CONTACTS}) WHERE bitAnd(outcomes, ${outcomeBits('answered')}) != 0)`,
  )})
WHERE ${OUTCOME_OF_OPENING} != ${outcomeNumber('backscatter')}
ORDER BY source, ${ORDER}
LIMIT ${OUTBOUND_PER_DESTINATION} BY source`,
  ContactRow,
);
