import type { Instant } from '../../time/instant.ts';

/*
 * Values of log fields, from text. All of them are called per field of per line: they look at character codes, and
 * give NaN for what is not a value, so that the caller says which field it was.
 */

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const MINUS = 45;
const SLASH = 47;
const MICROS = 1_000_000;
/** 2255-06-05: past it a double cannot hold microseconds (see Instant). */
const LAST_SECOND = 9_007_199_254;

/** An unsigned whole number up to `most`, at the most 2^53 - 1, of digits alone; NaN otherwise. */
export function parseCount(text: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const { length } = text;
  if (length === 0 || length > 16) return Number.NaN;
  let value = 0;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) return Number.NaN;
    value = value * 10 + (code - ZERO);
  }
  return value <= most ? value : Number.NaN;
}

/** A port, 0 to 65535; NaN otherwise. */
export function parsePort(text: string): number {
  return parseCount(text, 65_535);
}

/**
 * Decimal seconds as whole microseconds, exactly: `1655071320.781123` goes through no float. Digits past the sixth are
 * rounded half up. NaN for anything else, also for negative numbers.
 */
export function parseSeconds(text: string): number {
  const { length } = text;
  let index = 0;
  let seconds = 0;
  for (; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) break;
    seconds = seconds * 10 + (code - ZERO);
  }
  if (index === 0 || seconds > LAST_SECOND) return Number.NaN;
  if (index === length) return seconds * MICROS;
  if (text.charCodeAt(index) !== DOT || index + 1 === length) {
    // Scientific notation is how some writers put a tiny interval: `1e-05`.
    return /^\d+(\.\d+)?[eE][-+]?\d{1,2}$/.test(text) ? fromDouble(Number(text)) : Number.NaN;
  }
  let micros = 0;
  let scale = MICROS;
  let roundUp = false;
  for (index += 1; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE)
      return /^\d+\.\d+[eE][-+]?\d{1,2}$/.test(text) ? fromDouble(Number(text)) : Number.NaN;
    if (scale > 1) {
      scale /= 10;
      micros += (code - ZERO) * scale;
    } else if (scale === 1) {
      roundUp = code >= 53;
      scale = 0;
    }
  }
  return seconds * MICROS + micros + (roundUp ? 1 : 0);
}

/** A JSON number of seconds as whole microseconds; the nearest one, which is exact for six decimals until 2255. NaN when it is no time. */
export function fromDouble(seconds: number): number {
  return seconds >= 0 && seconds <= LAST_SECOND ? Math.round(seconds * MICROS) : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

let lastDay = Number.NaN;
let lastDayMillis = Number.NaN;

/** Start of the day that a text begins with (`2026-11-22`, `2026/11/22`), in milliseconds; NaN when there is no such day. Neighbouring lines are of one day. */
function dayMillis(text: string): number {
  const mark = text.charCodeAt(4);
  if ((mark !== MINUS && mark !== SLASH) || text.charCodeAt(7) !== mark) return Number.NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = (year * 100 + month) * 100 + twoDigits(text, 8);
  if (day !== lastDay) {
    const date = new Date(Date.UTC(year, month - 1, day % 100));
    // Date.UTC takes the 31st of February for the 3rd of March, and the year 26 for 1926.
    const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1;
    lastDay = day;
    lastDayMillis = exists ? date.getTime() : Number.NaN;
  }
  return lastDayMillis;
}

/** Minutes east of UTC that `Z`, `UTC`, `+0100`, `+01:00` or `-05` says, with or without a space before it; NaN for other text. */
function zoneMinutes(zone: string): number {
  if (zone === 'Z' || zone === '+0000') return 0;
  const parts = /^ ?(?:Z|UTC|([+-])(\d{2}):?(\d{2})?)$/i.exec(zone);
  if (parts === null) return Number.NaN;
  if (parts[1] === undefined) return 0;
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3] ?? '0'));
}

/**
 * ISO 8601 date and time, with `T` or a space, any number of decimals (rounded down to microseconds), and a zone or,
 * without one, `utcOffsetMinutes` east of UTC. NaN for other text. Suricata writes `2026-11-21T19:51:48.466895+0000`,
 * Argus `2018/12/18 14:00:40.401974`.
 */
export function parseIsoTime(text: string, utcOffsetMinutes: number): Instant {
  return isoMicros(text, utcOffsetMinutes) as Instant;
}

function isoMicros(text: string, utcOffsetMinutes: number): number {
  const { length } = text;
  if (length < 19 || length > 40) return Number.NaN;
  const gap = text.charCodeAt(10);
  if ((gap !== 84 && gap !== 32 && gap !== 116) || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58)
    return Number.NaN;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // 60 is a leap second; NaN fails every comparison.
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;
  let micros = 0;
  let index = 19;
  const mark = text.charCodeAt(19);
  if (mark === DOT || mark === 44) {
    let scale = MICROS;
    for (index = 20; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < ZERO || code > NINE) break;
      scale = Math.floor(scale / 10);
      micros += (code - ZERO) * scale;
    }
    if (index === 20) return Number.NaN;
  }
  const zone = index === length ? utcOffsetMinutes : zoneMinutes(text.slice(index));
  const millis = dayMillis(text);
  const instant = millis * 1e3 + (hour * 3600 + minute * 60 + second - zone * 60) * MICROS + micros;
  return instant >= 0 && instant <= LAST_SECOND * MICROS ? instant : Number.NaN;
}

/** Seconds since the epoch, or ISO 8601: what `ts` may be. NaN when it is neither. */
export function parseTime(text: string, utcOffsetMinutes: number): Instant {
  const mark = text.charCodeAt(4);
  return mark === MINUS || mark === SLASH
    ? parseIsoTime(text, utcOffsetMinutes)
    : (parseSeconds(text) as Instant);
}

/** A value as a problem quotes it: in JSON's quotes, cut to 40 characters. Still foreign text: escape before printing. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
