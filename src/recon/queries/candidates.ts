import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { CANDIDATE } from '../model/activity-reader.ts';
import { OUTCOMES } from '../model/outcome.ts';
import { OTHER_THAN_HTTP, remarkableSql, SCAN_WORDS, ZONE_TRANSFERS } from '../model/remarkable.ts';
import {
  address,
  isIpv4,
  micros,
  OPENED_IN_SCOPE,
  OPENED_IN_VAIN,
  OUTCOME_OF_OPENING,
  outcomeNumber,
  TIMED_IN_SCOPE,
} from './columns.ts';

/** Names of the outcomes, in the order of their numbers. */
const OUTCOME_NAMES = `[${OUTCOMES.map((outcome) => `'${outcome}'`).join(', ')}]`;

/** Condition: there are at least so many distinct values; counted no further than that. */
function atLeast(many: number, value: string): string {
  return `uniqUpTo(${many})(${value}) >= ${many}`;
}

/** A pattern as an SQL text. */
function quoted(pattern: string): string {
  return `'${pattern.replaceAll('\\', '\\\\')}'`;
}

/** Condition: asks for a zone, or is no HTTP. */
const ODD_REQUEST = `(service = 'dns' AND action IN (${ZONE_TRANSFERS.map((action) => `'${action}'`).join(', ')}))
            OR match(target, ${quoted(Object.values(OTHER_THAN_HTTP).join('|'))})`;

/** isRemarkable over merged contacts. */
const REMARKABLE = remarkableSql({
  outcome: `arrayElement(${OUTCOME_NAMES}, ${OUTCOME_OF_OPENING} + 1)`,
  protocol: 'protocol',
  port: 'port',
  flags: 'flags',
  sourceBytes: 'source_bytes',
  destinationBytes: 'destination_bytes',
});

/** CANDIDATE in SQL, over the sources that `only` leaves. */
function candidates(only: string): string {
  return `
SELECT source
FROM (
    SELECT source
    FROM (
        SELECT source, destination, port, protocol, min(contact.opening) AS opening,
               groupBitOr(contact.flags) AS flags, max(contact.source_bytes) AS source_bytes, max(contact.destination_bytes) AS destination_bytes
        FROM contact
        WHERE ${only}
        GROUP BY source, destination, port, protocol
        HAVING ${OPENED_IN_SCOPE}
    )
    GROUP BY source
    HAVING countIf(${OPENED_IN_VAIN}) >= ${CANDIDATE.failedContacts}
        OR countIf(${OUTCOME_OF_OPENING} = ${outcomeNumber('half-open')}) >= ${CANDIDATE.halfOpenContacts}
        OR countIf(${REMARKABLE}) >= ${CANDIDATE.remarkableContacts}

    UNION DISTINCT
    SELECT source
    FROM ids_alert
    WHERE ${only} AND ${TIMED_IN_SCOPE}
        AND (severity IN (1, 2) OR match(signature, ${quoted(SCAN_WORDS)}) OR match(category, ${quoted(SCAN_WORDS)}))
    GROUP BY source
    HAVING ${atLeast(CANDIDATE.alerts, 'record')}

    UNION DISTINCT
    SELECT source
    FROM app_event
    WHERE ${only} AND ${TIMED_IN_SCOPE}
    GROUP BY source, destination, destination_port, protocol, service
    HAVING ${atLeast(CANDIDATE.appTargets, "nullIf(target, '')")}
        OR (service IN ('dns', 'smb') AND ${atLeast(CANDIDATE.appTargets, "nullIf(name, '')")})
        OR ${atLeast(CANDIDATE.appAgents, "nullIf(agent, '')")}
        OR ${atLeast(CANDIDATE.tlsVariants, "nullIf(ja4, '')")}
        OR ${atLeast(CANDIDATE.tlsVariants, "nullIf(ja3, '')")}
        OR ${atLeast(CANDIDATE.tlsVariants, "if(service = 'tls' AND accepted = 'no', record, NULL)")}
        OR countIf(${ODD_REQUEST}) >= ${CANDIDATE.oddRequests}

    UNION DISTINCT
    SELECT source
    FROM app_event
    WHERE ${only} AND ${TIMED_IN_SCOPE} AND service NOT IN ('', 'fileinfo')
    GROUP BY source, destination, destination_port, protocol
    HAVING ${atLeast(CANDIDATE.appServices, 'service')}
)
ORDER BY NOT (${isIpv4('source')}), source`;
}

const CandidateRow = z.object({ source: address });

/** Sources worth a judgement, as compareIpAddresses has them. */
export const allCandidates = query('recon.candidates.all', candidates('true'), CandidateRow);

/** The same among some sources. */
export const candidatesAmong = query(
  'recon.candidates.among',
  candidates('source IN {sources:Array(IPv6)}'),
  CandidateRow,
);

/** Time of the newest record of any kind, or null. The engine knows it without reading rows. */
export const newestRecord = query(
  'recon.candidates.newest',
  `
SELECT ${micros('max(newest)')} AS newest
FROM (
${['flow', 'app_event', 'ids_alert', 'process_event'].map((table) => `    SELECT maxOrNull(time) AS newest FROM ${table}`).join('\n    UNION ALL\n')}
)`,
  z.object({ newest: z.coerce.number().nullable() }),
);
