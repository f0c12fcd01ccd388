import { fromMillis, type Instant } from '../time/instant.ts';

/** Days of the week as cron and systemd abbreviate them, Monday first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When scans may run, by the clock on the wall of one time zone. */
export interface ScanWindow {
  /** Days on which it opens. */
  readonly days: readonly Weekday[];
  /** Minutes after midnight, 0–1439. */
  readonly from: number;
  /** Minutes after midnight, 1–1440; at or before `from` means on the next day. */
  readonly to: number;
  /** IANA name: `Europe/Zurich`. */
  readonly timeZone: string;
  /** Local dates on which it does not open: `2026-12-24`. */
  readonly except: readonly string[];
}

/** One time that a window is open. */
export interface Opening {
  readonly opens: Instant;
  readonly closes: Instant;
}

const DAY_MINUTES = 1_440;
const MINUTE_US = 60e6;
/** How far ahead an opening is looked for: a window that opens on one weekday opens within it, exceptions aside. */
const HORIZON_DAYS = 366;

/** The opening that holds the instant, or undefined when the window is closed. */
export function openingAt(window: ScanWindow, at: Instant): Opening | undefined {
  const today = localDate(at, window.timeZone);
  // A window that goes past midnight may have opened yesterday.
  for (const date of [today, addDays(today, -1)]) {
    const opening = openingOn(window, date);
    if (opening !== undefined && opening.opens <= at && at < opening.closes) return opening;
  }
  return undefined;
}

/** The first opening that begins after the instant, within a year; undefined when there is none. */
export function nextOpening(window: ScanWindow, after: Instant): Opening | undefined {
  let date = localDate(after, window.timeZone);
  for (let day = 0; day <= HORIZON_DAYS; day += 1) {
    const opening = openingOn(window, date);
    if (opening !== undefined && opening.opens > after) return opening;
    date = addDays(date, 1);
  }
  return undefined;
}

/** The end of the unbroken time in which at least one of the windows is open, from an instant at which one is. */
export function openUntil(windows: readonly ScanWindow[], at: Instant): Instant | undefined {
  let end: Instant | undefined;
  for (let from = at; ;) {
    const closes = windows.flatMap((window) => openingAt(window, from)?.closes ?? []);
    if (closes.length === 0) return end;
    const last = Math.max(...closes) as Instant;
    // Windows that are always open lead from one into the next for ever.
    if (last - at > HORIZON_DAYS * DAY_MINUTES * MINUTE_US) return last;
    end = last;
    from = last;
  }
}

function openingOn(window: ScanWindow, date: string): Opening | undefined {
  if (window.except.includes(date)) return undefined;
  // getUTCDay counts from Sunday.
  const weekday = WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7]!;
  if (!window.days.includes(weekday)) return undefined;
  const length = window.to > window.from ? window.to : window.to + DAY_MINUTES;
  return {
    opens: instantOf(date, window.from, window.timeZone),
    closes: instantOf(date, length, window.timeZone),
  };
}

/** Whether the name is a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** The clock on the wall as if it were UTC, in milliseconds. */
function wallClock(millis: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(millis)
      .map(({ type, value }) => [type, value]),
  );
  return Date.parse(
    `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}Z`,
  );
}

/** The date that a calendar on the wall shows: `2026-11-22`. */
export function localDate(at: Instant, timeZone: string): string {
  return new Date(wallClock(Math.floor(at / 1e3), timeZone)).toISOString().slice(0, 10);
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400e3).toISOString().slice(0, 10);
}

/**
 * When a clock on the wall shows a time. A time that the spring change skips is an hour later by the new clock, one that
 * comes twice in autumn is the first of both.
 */
function instantOf(date: string, minutes: number, timeZone: string): Instant {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * 60e3;
  // Zones lie within a day of UTC: the offset a day before and a day after brackets every change.
  const candidates = [wanted - 86_400e3, wanted + 86_400e3]
    .map((millis) => wanted - (wallClock(millis, timeZone) - millis))
    .toSorted((a, b) => a - b);
  const exact = candidates.find((millis) => wallClock(millis, timeZone) === wanted);
  return fromMillis(exact ?? candidates.at(-1)!);
}

/** `22:00-05:00 mon,tue,wed Europe/Zurich`. */
export function formatWindow(window: ScanWindow): string {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const days = window.days.length === WEEKDAYS.length ? 'every day' : window.days.join(',');
  return `${clock(window.from)}-${clock(window.to)} ${days} ${window.timeZone}`;
}
