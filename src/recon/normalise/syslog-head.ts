import type { Instant } from '../../time/instant.ts';
import { parseIsoTime } from './field-values.ts';

const DAY = 86_400e6;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What stands before the message of a syslog line. */
export interface SyslogHead {
  readonly time: Instant;
  /** Everything behind the time. */
  readonly rest: string;
}

const RFC3164 = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?) (.*)$/s;
const RFC5424 = /^(?:<\d{1,3}>1 )?(\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?) (.*)$/s;

/**
 * Cuts the time off a syslog line (RFC 3164, RFC 5424, or rsyslog's file format with an RFC 3339 time). A time
 * without a year is the last such moment that is at most a day after `notAfter`.
 */
export function parseSyslogHead(
  text: string,
  utcOffsetMinutes: number,
  notAfter: Instant,
): SyslogHead | undefined {
  const modern = RFC5424.exec(text);
  if (modern !== null) {
    const time = parseIsoTime(modern[1] ?? '', utcOffsetMinutes);
    return Number.isNaN(time) ? undefined : { time, rest: modern[2] ?? '' };
  }
  const match = RFC3164.exec(text);
  if (match === null) return undefined;
  const [, name, dayOfMonth = '', clock = '', rest = ''] = match;
  const month = MONTHS.indexOf(name ?? '');
  if (month === -1) return undefined;
  const behindYear = `-${String(month + 1).padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}T${clock}`;
  const newest = new Date(notAfter / 1000).getUTCFullYear();
  // 29 February may be eight years back (2100 has none).
  for (let year = newest + 1; year >= newest - 8; year -= 1) {
    const time = parseIsoTime(`${year}${behindYear}`, utcOffsetMinutes);
    if (time <= notAfter + DAY) return { time, rest };
  }
  return undefined;
}
