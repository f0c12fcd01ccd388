import { z } from 'zod';
import type { IpAddress } from '../../net/ip-address.ts';
import { query, type Query } from '../../sql/query.ts';
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

/** For answers whose whole numbers a double all holds: without quotes they are read twice as fast. */
export const BARE_NUMBERS = { output_format_json_quote_64bit_integers: 0 } as const;

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

/** As a tuple: names of columns would be most of what is read. */
const CONTACT = `tuple(destination, port, protocol, intDiv(opening, 8), ${OUTCOME_OF_OPENING}, last, outcomes, flags,
    ifNull(service, ''), source_bytes, destination_bytes, duration, sampling) AS contact`;

/** A question about the contacts of some sources that are looked at: parameters `sources`, `from` and `to`. */
export interface AboutSources<R> {
  /** Where no source has more than CONTACTS_PER_SOURCE: nothing has to be put in order to be cut. */
  readonly uncut: Query<unknown, R>;
  /** Where one may have. */
  readonly cut: Query<unknown, R>;
}

/** The contacts that are looked at, as a subquery: one row each of source, destination, port, protocol, outcomes and more. */
const UNCUT = contactsOf('{sources:Array(IPv6)}');
const CUT = `
SELECT * FROM (${UNCUT})
ORDER BY source, ${ORDER}
LIMIT ${CONTACTS_PER_SOURCE} BY source`;

/** Declares a question that is asked with either subquery. */
export function aboutSources<R>(
  name: string,
  text: (lookedAt: string) => string,
  row: z.ZodType<R>,
): AboutSources<R> {
  return { uncut: query(name, text(UNCUT), row), cut: query(`${name}-cut`, text(CUT), row) };
}

const whole = z.number();

/** What CONTACT selects. */
const ContactTuple = z.tuple([
  address,
  whole,
  whole,
  whole,
  whole,
  whole,
  whole,
  whole,
  z.string(),
  whole,
  whole,
  whole,
  whole,
]);

function contactOf(source: IpAddress, contact: z.infer<typeof ContactTuple>): Contact {
  return {
    source,
    destination: contact[0],
    port: contact[1],
    protocol: contact[2],
    first: contact[3] as Instant,
    outcome: OUTCOMES[contact[4]] ?? 'unknown',
    last: contact[5] as Instant,
    outcomes: contact[6],
    flags: contact[7],
    service: contact[8],
    sourceBytes: contact[9],
    destinationBytes: contact[10],
    duration: contact[11],
    sampling: contact[12],
  };
}

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

/** Contacts of the sources in the scope, of each source the first so many; nearly in order. To be asked with BARE_NUMBERS. */
export const contactsOfSources = aboutSources(
  'recon.contacts.of-sources',
  (lookedAt) => `
SELECT source, groupArray(contact) AS contacts
FROM (SELECT source, ${CONTACT} FROM (${lookedAt}) ORDER BY source, opening)
GROUP BY source`,
  z
    .object({ source: address, contacts: z.array(ContactTuple) })
    .transform(({ source, contacts }) => contacts.map((contact) => contactOf(source, contact))),
);

/**
 * Contacts in the scope that were opened by destinations which answered the sources: what an exploited host does
 * next. By source and compareContacts; of each the first so many. Backscatter is left out. To be asked with BARE_NUMBERS.
 */
export const contactsOfAnsweringDestinations = aboutSources(
  'recon.contacts.of-answering-destinations',
  (lookedAt) => `
SELECT source, ${CONTACT}
FROM (${contactsOf(
    `(SELECT destination FROM (${lookedAt}) WHERE bitAnd(outcomes, ${outcomeBits('answered')}) != 0)`,
  )})
WHERE ${OUTCOME_OF_OPENING} != ${outcomeNumber('backscatter')}
ORDER BY source, ${ORDER}
LIMIT ${OUTBOUND_PER_DESTINATION} BY source`,
  z
    .object({ source: address, contact: ContactTuple })
    .transform(({ source, contact }) => contactOf(source, contact)),
);
