import { counted } from '../../text/phrase.ts';

/** Times for people: local, to the minute, with the year only where it is another one. Never the machine's clock: `now` is an argument. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SAME_YEAR: Intl.DateTimeFormatOptions = {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};
const OTHER_YEAR: Intl.DateTimeFormatOptions = { ...SAME_YEAR, year: 'numeric' };
const DAY_ONLY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };

/** Making a format costs twenty-five times as much as using it, and a list says hundreds of times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, options: Intl.DateTimeFormatOptions, timeZone?: string): string {
  const key = `${JSON.stringify(options)} ${timeZone ?? ''}`;
  let known = formats.get(key);
  if (known === undefined) {
    known = new Intl.DateTimeFormat('en-GB', {
      ...options,
      ...(timeZone === undefined ? {} : { timeZone }),
    });
    formats.set(key, known);
  }
  return known.format(at);
}

/** `12 Oct, 14:03` in the reader's time zone, or in `timeZone`. */
export function localTime(at: Date, now: Date, timeZone?: string): string {
  return format(at, at.getFullYear() === now.getFullYear() ? SAME_YEAR : OTHER_YEAR, timeZone);
}

/** `12 Oct 2026`. */
export function localDay(at: Date): string {
  return format(at, DAY_ONLY);
}

/** `2026-10-12 14:03:07 UTC`: what logs of other machines say. */
export function utcTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `just now`, `5 min ago`, `in 3 h`, `12 days ago`: one unit, rounded down. */
export function relativeTime(at: Date, now: Date): string {
  const gap = now.getTime() - at.getTime();
  const size = Math.abs(gap);
  if (size < MINUTE) return 'just now';
  const words =
    size < HOUR
      ? `${Math.floor(size / MINUTE)} min`
      : size < DAY
        ? `${Math.floor(size / HOUR)} h`
        : size < 60 * DAY
          ? counted(Math.floor(size / DAY), 'day')
          : size < 730 * DAY
            ? counted(Math.floor(size / (30.44 * DAY)), 'month')
            : counted(Math.floor(size / (365.25 * DAY)), 'year');
  return gap < 0 ? `in ${words}` : `${words} ago`;
}
