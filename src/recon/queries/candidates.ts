import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { CANDIDATE } from '../model/activity-reader.ts';
import {
  address,
  addressText,
  micros,
  OPENED_IN_SCOPE,
  OPENED_IN_VAIN,
  OUTCOME_OF_OPENING,
  outcomeNumber,
  TIMED_IN_SCOPE,
} from './columns.ts';

/** Condition: there are at least so many distinct values; counted no further than that. */
function atLeast(many: number, value: string): string {
  return `uniqUpTo(${many})(${value}) >= ${many}`;
}

/** CANDIDATE in SQL, over the sources that `only` leaves. */
function candidates(only: string): string {
  return `
SELECT source
FROM (
    SELECT source
    FROM (
        SELECT source, destination, port, protocol, min(contact.opening) AS opening
        FROM contact
        WHERE ${only}
        GROUP BY source, destination, port, protocol
        HAVING ${OPENED_IN_SCOPE}
    )
    GROUP BY source
    HAVING countIf(${OPENED_IN_VAIN}) >= ${CANDIDATE.failedContacts}
        OR countIf(${OUTCOME_OF_OPENING} = ${outcomeNumber('half-open')}) >= ${CANDIDATE.halfOpenContacts}
        OR countIf(${OUTCOME_OF_OPENING} != ${outcomeNumber('backscatter')}) >= ${CANDIDATE.contacts}

    UNION DISTINCT
    SELECT source
    FROM ids_alert
    WHERE ${only} AND ${TIMED_IN_SCOPE}
        AND (severity IN (1, 2) OR (provider = 'zeek-notice' AND startsWith(signature, 'Scan::')))
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
)
ORDER BY ${addressText('source')}`;
}

const CandidateRow = z.object({ source: address });

/** Sources worth a judgement, by their text. */
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
