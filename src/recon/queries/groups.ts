import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { GROUP } from '../model/activity-reader.ts';
import {
  address,
  addressText,
  count,
  isIpv4,
  OPENED_IN_SCOPE,
  OPENED_IN_VAIN,
  OUTCOME_OF_OPENING,
  outcomeNumber,
} from './columns.ts';

/** Every contact that failed in the scope; read from the table whose order suits the question. */
function failures(table: 'contact' | 'service_history', where = 'true'): string {
  return `
SELECT source, destination, port, protocol, min(${table}.opening) AS opening
FROM ${table}
WHERE ${where}
GROUP BY source, destination, port, protocol
HAVING ${OPENED_IN_SCOPE} AND ${OPENED_IN_VAIN}`;
}

/** First address of the /24 or /64 that an address lies in. */
function segment(column: string): string {
  return `tupleElement(IPv6CIDRToRange(${column}, if(${isIpv4(column)}, 120, 64)), 1)`;
}

/** `10.0.0.0/24` of that first address. */
function segmentText(first: string): string {
  return `concat(${addressText(first)}, if(${isIpv4(first)}, '/24', '/64'))`;
}

/** `443/tcp`, as protocolName has it. */
const PORT_TEXT =
  "concat(toString(port), '/', transform(protocol, [1, 6, 17, 58, 132, 2054], ['icmp', 'tcp', 'udp', 'icmp6', 'sctp', 'arp'], concat('ip/', toString(protocol))))";

const ASKED = 'source IN {sources:Array(IPv6)}';

/** Sources by how many contacts of theirs failed, then by text; so many. */
const MOST_FIRST = `arrayMap(one -> one.2, groupArraySorted(${GROUP.atMost})((-failed, text)))`;

/** So many distinct ones, counted no further. */
function atLeast(many: number, values: string): string {
  return `uniqUpTo(${many})(${values}) >= ${many}`;
}

/**
 * Each question is asked in two ways: over everything, and about groups that some sources belong to. The second reads
 * only what those sources touched.
 */
interface Asked {
  readonly all: string;
  readonly among: string;
}

function bothWays(text: (narrowed: boolean) => string): Asked {
  return { all: text(false), among: text(true) };
}

const prefixGroups = bothWays(
  (narrowed) => `
SELECT ${segmentText('start')} AS key, ${MOST_FIRST} AS members
FROM (
    SELECT source, ${segment('source')} AS start, ${addressText('source')} AS text,
        toInt64(count()) AS failed, uniqUpToState(${GROUP.failedContacts})(destination, port, protocol) AS targets
    FROM (${failures(
      'contact',
      narrowed
        ? `${segment('source')} IN (SELECT ${segment('one')} FROM (SELECT arrayJoin({sources:Array(IPv6)}) AS one))`
        : 'true',
    )})
    GROUP BY source
)
GROUP BY start
HAVING count() >= ${GROUP.sources} AND uniqUpToMerge(${GROUP.failedContacts})(targets) >= ${GROUP.failedContacts}
    ${narrowed ? `AND countIf(${ASKED}) > 0` : ''}
ORDER BY key`,
);

/** Failures towards what the asked sources failed at, and its neighbours. */
function narrowedTo(what: string): string {
  return `${what} IN (SELECT ${what} FROM (${failures('contact', ASKED)}))`;
}

/** Gatherings around destinations: each source with how many of its contacts failed and the keys that it belongs to. */
function around(key: string, keyText: string, qualified: string, narrowed: boolean): string {
  const only = narrowed
    ? `source IN (SELECT source FROM service_history WHERE ${key} IN (${qualified}))`
    : 'true';
  return `
SELECT ${keyText} AS key, ${MOST_FIRST} AS members
FROM (
    SELECT text, failed, arrayJoin(keys) AS found
    FROM (
        SELECT ${addressText('source')} AS text, toInt64(count()) AS failed,
            groupUniqArrayIf(${key}, ${key} IN (${qualified})) AS keys
        FROM (${failures('contact', only)})
        GROUP BY source
    )
)
GROUP BY found`;
}

const HOST = 'destination';
const PORT_OF_SEGMENT = `(${segment('destination')}, port, protocol)`;

const destinationGroups = bothWays((narrowed) => {
  const asked = narrowed ? `AND countIf(${ASKED}) > 0` : '';
  const hosts = `
SELECT destination
FROM (${failures('service_history', narrowed ? narrowedTo('destination') : 'true')})
GROUP BY destination
HAVING ${atLeast(GROUP.sources, 'source')} AND ${atLeast(GROUP.failedContacts, 'port, protocol')} ${asked}`;
  const ports = `
SELECT (start, port, protocol)
FROM (
    SELECT ${segment('destination')} AS start, destination, port, protocol, source
    FROM (${failures('service_history', narrowed ? narrowedTo(segment('destination')) : 'true')})
)
GROUP BY start, port, protocol
HAVING ${atLeast(GROUP.sources, 'source')} AND ${atLeast(GROUP.failedContacts, 'destination')} ${asked}`;
  const portKey = `concat(${segmentText('found.1')}, ' port ', ${PORT_TEXT.replaceAll('protocol', 'found.3').replace('port', 'found.2')})`;
  return `
SELECT key, members
FROM (
    ${around(HOST, addressText('found'), hosts, narrowed)}
    UNION ALL
    ${around(PORT_OF_SEGMENT, portKey, ports, narrowed)}
)
ORDER BY key`;
});

const HALF_SECOND = 500_000;

const simultaneousGroups = bothWays((narrowed) => {
  const target = '(destination, port, protocol)';
  const all = failures('service_history', narrowed ? narrowedTo(target) : 'true');
  return `
SELECT arrayStringConcat(arraySlice(members, 1, 8), ' ') AS key, members
FROM (
    SELECT arraySort(arrayMap(one -> ${addressText('one')}, together)) AS members
    FROM (
        SELECT destination, port, protocol, arraySort(groupUniqArray(source)) AS together
        FROM (
            SELECT source, destination, port, protocol, intDiv(opening, 8) AS first,
                arrayJoin([(0, intDiv(first, 1000000)), (1, intDiv(first + ${HALF_SECOND}, 1000000))]) AS second
            FROM (${all})
            WHERE ${target} IN (
                SELECT ${target} FROM (${all}) GROUP BY destination, port, protocol HAVING ${atLeast(GROUP.sources, 'source')}
            )
        )
        GROUP BY destination, port, protocol, second
        HAVING length(together) >= ${GROUP.sources} ${narrowed ? 'AND hasAny(together, {sources:Array(IPv6)})' : ''}
    )
    GROUP BY together
    HAVING ${atLeast(GROUP.failedContacts, 'destination, port, protocol')}
)
ORDER BY key, arrayStringConcat(members, ' ')`;
});

const GroupRow = z.object({ key: z.string(), members: z.array(address) });

/** Groups over everything, by what joins them, in order of the key. Parameters: the scope. Members are cut and in order, but for `simultaneous`: all, by text. */
export const allGroups = {
  simultaneous: query('recon.groups.simultaneous', simultaneousGroups.all, GroupRow),
  prefix: query('recon.groups.prefix', prefixGroups.all, GroupRow),
  destination: query('recon.groups.destination', destinationGroups.all, GroupRow),
} as const;

/** The same for groups that have one of the `sources`. */
export const groupsAmong = {
  simultaneous: query('recon.groups.simultaneous-among', simultaneousGroups.among, GroupRow),
  prefix: query('recon.groups.prefix-among', prefixGroups.among, GroupRow),
  destination: query('recon.groups.destination-among', destinationGroups.among, GroupRow),
} as const;

/** How many contacts of each source failed in the scope. */
export const failedCounts = query(
  'recon.groups.failed-counts',
  `SELECT source, count() AS failed FROM (${failures('contact', ASKED)}) GROUP BY source`,
  z.object({ source: address, failed: count }),
);

/** How many first contacts of each source failed in the scope, and how many were answered. */
export const contactTallies = query(
  'recon.groups.contact-tallies',
  `
SELECT source, countIf(${OPENED_IN_VAIN}) AS failed, countIf(${OUTCOME_OF_OPENING} = ${outcomeNumber('answered')}) AS answered
FROM (
    SELECT source, destination, port, protocol, min(contact.opening) AS opening
    FROM contact
    WHERE ${ASKED}
    GROUP BY source, destination, port, protocol
    HAVING ${OPENED_IN_SCOPE}
)
GROUP BY source
HAVING failed + answered > 0`,
  z.object({ source: address, failed: count, answered: count }),
);
