import type { Instant } from '../../time/instant.ts';

const MINUTE = 60_000_000;
const DAY = 24 * 60 * MINUTE;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Microseconds of the digits behind a decimal point; further digits are cut. */
function fraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 6).padEnd(6, '0'));
}

function instantOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const millis = Date.UTC(year, month, day, hour, minute, Math.min(second, 59));
  const date = new Date(millis);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60)
    return undefined;
  return millis * 1000;
}

const DATE_TIME =
  /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:\s?(Z|UTC|[+-]\d{2}:?\d{2}))?$/;

/**
 * A date with time: `2022-09-29T15:20:00.5Z`, `2018/12/18 14:00:40.401974`, `… +0200`. Without a zone the given
 * offset east of UTC counts. Undefined when the text is none.
 */
export function parseDateTime(text: string, utcOffsetMinutes: number): Instant | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, digits, zone] = match;
  const whole = instantOf(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (whole === undefined) return undefined;
  return (whole + fraction(digits) - offsetOf(zone, utcOffsetMinutes) * MINUTE) as Instant;
}

function offsetOf(zone: string | undefined, otherwise: number): number {
  if (zone === undefined) return otherwise;
  if (zone === 'Z' || zone === 'UTC') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Seconds since 1970 as decimal text, without going through a float; undefined when the text is none. */
export function parseEpochSeconds(text: string): Instant | undefined {
  const match = /^(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text);
  return match === null ? undefined : ((Number(match[1]) * 1_000_000 + fraction(match[2])) as Instant);
}

/** What stands before the message of a syslog line. */
export interface SyslogHead {
  readonly time: Instant;
  /** Everything behind the time. */
  readonly rest: string;
}

const RFC3164 =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? (.*)$/s;
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
    const time = parseDateTime(modern[1] ?? '', utcOffsetMinutes);
    return time === undefined ? undefined : { time, rest: modern[2] ?? '' };
  }
  const match = RFC3164.exec(text);
  if (match === null) return undefined;
  const [, name, day, hour, minute, second, digits, rest] = match;
  const month = MONTHS.indexOf(name ?? '');
  if (month === -1) return undefined;
  const newest = new Date(notAfter / 1000).getUTCFullYear();
  // 29 February may be eight years back (2100 has none).
  for (let year = newest + 1; year >= newest - 8; year -= 1) {
    const whole = instantOf(year, month, Number(day), Number(hour), Number(minute), Number(second));
    if (whole === undefined) continue;
    const time = whole + fraction(digits) - utcOffsetMinutes * MINUTE;
    if (time <= notAfter + DAY) return { time: time as Instant, rest: rest ?? '' };
  }
  return undefined;
}
