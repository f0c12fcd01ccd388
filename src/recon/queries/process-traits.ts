import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { TRAITS_PER_SOURCE } from '../model/contact.ts';
import { address, count, instant, micros, TIMED_IN_SCOPE } from './columns.ts';

const CONNECTED = `action = 'connect' AND source IN {sources:Array(IPv6)} AND ${TIMED_IN_SCOPE}`;

/** Processes that connected from the addresses of the sources. */
export const connectingProcesses = query(
  'recon.process-traits.connecting',
  `
SELECT source, host, executable, user, pid,
    minIf(process_event.command_line, process_event.command_line != '') AS command_line,
    minIf(process_event.parent, process_event.parent != '') AS parent,
    ${micros('min(time)')} AS first, ${micros('max(time)')} AS last,
    uniqExact(destination, destination_port, protocol) AS destinations
FROM process_event
WHERE ${CONNECTED}
GROUP BY source, host, executable, user, pid
ORDER BY source, first, host, executable, user, pid
LIMIT ${TRAITS_PER_SOURCE} BY source`,
  z.object({
    source: address,
    host: z.string(),
    executable: z.string(),
    user: z.string(),
    pid: count,
    command_line: z.string(),
    parent: z.string(),
    first: instant,
    last: instant,
    destinations: count,
  }),
);

/** What is said where these processes started, before the end of the scope: a connection seldom says it. */
export const startedProcesses = query(
  'recon.process-traits.started',
  `
SELECT host, executable, pid,
    minIf(process_event.command_line, process_event.command_line != '') AS command_line,
    minIf(process_event.parent, process_event.parent != '') AS parent
FROM process_event
WHERE action = 'start' AND ${micros('time')} * 8 < {to:UInt64}
    AND (host, executable, pid) IN (SELECT host, executable, pid FROM process_event WHERE ${CONNECTED})
GROUP BY host, executable, pid`,
  z.object({
    host: z.string(),
    executable: z.string(),
    pid: count,
    command_line: z.string(),
    parent: z.string(),
  }),
);
