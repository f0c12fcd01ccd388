import type { Log } from '../../daemon/log.ts';
import { escapeJson } from '../../report/escape-json.ts';
import { formatInstant, type Clock } from '../../time/instant.ts';
import { safe, type Outlet } from '../print.ts';

/** Where the log goes, and how. */
export interface LogWriterOptions {
  readonly stream: Outlet;
  readonly clock: Clock;
}

/** Writes the log: a line for people on a terminal, a JSON object a line for everybody else. All of it is escaped. */
export function createLog({ stream, clock }: LogWriterOptions): Log {
  const forPeople = stream.isTTY === true;
  return (level, event, message, fields = {}) => {
    const at = formatInstant(clock());
    const { fix = '' } = fields;
    stream.write(
      forPeople
        ? `${at.slice(0, 19).replace('T', ' ')}  ${level.padEnd(7)}  ${safe(message)}\n${fix === '' ? '' : `${' '.repeat(30)}fix: ${safe(String(fix))}\n`}`
        : `${escapeJson({ at, level, event, message, ...fields })}\n`,
    );
  };
}
