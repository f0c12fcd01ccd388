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

/** First contacts in the scope; read from the table whose order suits the question. */
function openings(table: 'contact' | 'service_history', where: string): string {
  return `
SELECT source, destination, port, protocol, min(${table}.opening) AS opening
FROM ${table}
WHERE ${where}
GROUP BY source, destination, port, protocol
HAVING ${OPENED_IN_SCOPE}`;
}

/** Sources that mostly fail: GROUP.failedShare. */
const MOSTLY_FAILING = `
SELECT source
FROM (${openings('contact', 'true')})
GROUP BY source
HAVING countIf(${OPENED_IN_VAIN}) > 0
    AND countIf(${OPENED_IN_VAIN}) >= ${GROUP.failedShare} * countIf(${OPENED_IN_VAIN} OR ${OUTCOME_OF_OPENING} = ${outcomeNumber('answered')})`;

/** Every contact of `sources` that failed in the scope. */
function failures(table: 'contact' | 'service_history', sources: string): string {
  return `${openings(table, `source IN ${sources}`)} AND ${OPENED_IN_VAIN}`;
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

/** Sources by how many contacts of theirs failed, then by text; so many. */
const MOST_FIRST = `arrayMap(one -> one.2, groupArraySorted(${GROUP.atMost})((-failed, text)))`;

/** So many distinct ones, counted no further. */
function atLeast(many: number, values: string): string {
  return `uniqUpTo(${many})(${values}) >= ${many}`;
}

const prefixGroups = (sources: string): string => `
SELECT ${segmentText('start')} AS key, ${MOST_FIRST} AS members
FROM (
    SELECT source, ${segment('source')} AS start, ${addressText('source')} AS text,
        toInt64(count()) AS failed, uniqUpToState(${GROUP.failedContacts})(destination, port, protocol) AS targets
    FROM (${failures('contact', sources)})
    GROUP BY source
)
GROUP BY start
HAVING count() >= ${GROUP.sources} AND uniqUpToMerge(${GROUP.failedContacts})(targets) >= ${GROUP.failedContacts}
ORDER BY key`;

/** Gatherings around destinations: the sources with enough targets there, by how many of all their contacts failed. */
function around(key: string, keyText: string, qualified: string, sources: string): string {
  return `
SELECT ${keyText} AS key, ${MOST_FIRST} AS members
FROM (
    SELECT found, ${addressText('source')} AS text, failed
    FROM (
        SELECT source, ${key} AS found
        FROM (${failures('contact', sources)})
        WHERE found IN (${qualified})
        GROUP BY source, found
        HAVING count() >= ${GROUP.perSourceThere}
    ) AS there
    INNER JOIN (
        SELECT source, toInt64(count()) AS failed FROM (${failures('contact', sources)}) GROUP BY source
    ) AS everywhere USING (source)
)
GROUP BY found`;
}

/** Keys at which sources enough have targets enough; \`target\` tells those at one key apart. */
function divided(key: string, target: string, sources: string): string {
  return `
SELECT found
FROM (
    SELECT source, ${key} AS found, uniqUpToState(${GROUP.togetherThere})(${target}) AS targets
    FROM (${failures('service_history', sources)})
    GROUP BY source, found
    HAVING count() >= ${GROUP.perSourceThere}
)
GROUP BY found
HAVING count() >= ${GROUP.sources} AND uniqUpToMerge(${GROUP.togetherThere})(targets) >= ${GROUP.togetherThere}`;
}

const HOST = 'destination';
const PORT_OF_SEGMENT = `(${segment('destination')}, port, protocol)`;

const destinationGroups = (sources: string): string => {
  const hosts = divided(HOST, 'port, protocol', sources);
  const ports = divided(PORT_OF_SEGMENT, 'destination', sources);
  const portKey = `concat(${segmentText('found.1')}, ' port ', ${PORT_TEXT.replaceAll('protocol', 'found.3').replace('port', 'found.2')})`;
  return `
SELECT key, members
FROM (
    ${around(HOST, addressText('found'), hosts, sources)}
    UNION ALL
    ${around(PORT_OF_SEGMENT, portKey, ports, sources)}
)
ORDER BY key`;
};

const HALF_SECOND = 500_000;

const simultaneousGroups = (sources: string): string => {
  const target = '(destination, port, protocol)';
  const all = failures('service_history', sources);
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
        HAVING length(together) >= ${GROUP.sources}
    )
    GROUP BY together
    HAVING ${atLeast(GROUP.failedContacts, 'destination, port, protocol')}
)
ORDER BY key, arrayStringConcat(members, ' ')`;
};

const GroupRow = z.object({ key: z.string(), members: z.array(address) });

/** Sources that are listed one by one. */
export const FAILING_LISTED = 20_000;

/** Sources that mostly fail in the scope, one more than are listed where there are more. */
export const mostlyFailing = query(
  'recon.groups.mostly-failing',
  `${MOSTLY_FAILING}\nLIMIT ${FAILING_LISTED + 1}`,
  z.object({ source: address }),
);

const asked = (name: string, text: (sources: string) => string) => ({
  among: query(name, text('{sources:Array(IPv6)}'), GroupRow),
  all: query(`${name}-of-all`, text(`(${MOSTLY_FAILING})`), GroupRow),
});

/**
 * Groups of sources that mostly fail, by what joins them, in order of the key: `among` those listed, or of `all`.
 * Parameters: the scope. Members are cut and in order, but for `simultaneous`: all, by text.
 */
export const sourceGroups = {
  simultaneous: asked('recon.groups.simultaneous', simultaneousGroups),
  prefix: asked('recon.groups.prefix', prefixGroups),
  destination: asked('recon.groups.destination', destinationGroups),
} as const;

/** How many contacts of each source failed in the scope. */
export const failedCounts = query(
  'recon.groups.failed-counts',
  `SELECT source, count() AS failed FROM (${failures('contact', '{sources:Array(IPv6)}')}) GROUP BY source`,
  z.object({ source: address, failed: count }),
);
