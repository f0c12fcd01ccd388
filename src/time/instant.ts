/**
 * A point in time: microseconds since 1970-01-01T00:00:00Z.
 * A double holds them exactly until the year 2255.
 */
export type Instant = number & { readonly __unit: 'µs since epoch' };

/** Tells the present; passed in, so that pure code never asks the machine. */
export type Clock = () => Instant;

/** From epoch seconds, as Nmap's `start` and Zeek's `ts` give them; rounds to the microsecond. */
export function fromSeconds(seconds: number): Instant {
  return Math.round(seconds * 1e6) as Instant;
}

/** From epoch milliseconds, as JavaScript's Date gives them. */
export function fromMillis(millis: number): Instant {
  return Math.round(millis * 1e3) as Instant;
}

/** To epoch seconds, with a fraction. */
export function toSeconds(instant: Instant): number {
  return instant / 1e6;
}

/** `2026-11-22T04:02:00Z`; the fraction is printed only when there is one. */
export function formatInstant(instant: Instant): string {
  const millis = Math.floor(instant / 1e3);
  const micros = instant - millis * 1e3;
  const iso = new Date(millis).toISOString();
  if (micros !== 0) return iso.replace('Z', `${String(micros).padStart(3, '0')}Z`);
  return iso.endsWith('.000Z') ? iso.replace('.000Z', 'Z') : iso;
}

/** `2026-11-22 04:02 UTC`: for people. */
export function formatMinute(instant: Instant): string {
  return `${new Date(Math.floor(instant / 1e3)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** ISO 8601 with a zone, or undefined when it is not one. */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2}))?$/.test(text))
    return undefined;
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) return undefined;
  // Date keeps milliseconds only; the digits past them are added back.
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? '';
  const micros = Number(fraction.padEnd(6, '0').slice(3) || '0');
  return (millis * 1e3 + micros) as Instant;
}

/** As a ClickHouse DateTime64(6) in UTC: `2026-11-22 04:02:00.000000`. */
export function formatColumnTime(instant: Instant): string {
  const millis = Math.floor(instant / 1e3);
  const micros = instant - millis * 1e3;
  return `${new Date(millis).toISOString().slice(0, 23).replace('T', ' ')}${String(micros).padStart(3, '0')}`;
}

/** A DateTime64 as the store gives it (ISO 8601 in UTC) or as formatColumnTime writes it. Throws a RangeError on other text. */
export function parseColumnTime(text: string): Instant {
  const instant = parseInstant(text.endsWith('Z') ? text : `${text.replace(' ', 'T')}Z`);
  if (instant === undefined) throw new RangeError(`not a DateTime64: ${text}`);
  return instant;
}
