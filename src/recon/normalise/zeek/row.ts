import type { IpAddress } from '../../../net/ip-address.ts';
import type { Instant } from '../../../time/instant.ts';
import { AddressCache } from '../address-cache.ts';
import { fromDouble, parseCount, parsePort, parseSeconds, parseTime, quoted } from '../field-values.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';

/**
 * One entry of a Zeek log, whichever way it was written. Fields are asked for by Zeek's own names. Unset, empty and
 * missing fields are alike: `''`, NaN or undefined. A field that has a value which is none of its type is noted: see `fault`.
 */
export interface ZeekRow {
  /** Text, `T` or `F`; of a set or vector the first element (JSON) or all of them with commas (TSV). */
  text(field: string): string;
  /** A count; 0 when unset. */
  count(field: string): number;
  /** A port; NaN when unset. */
  port(field: string): number;
  /** An interval in microseconds; 0 when unset. */
  interval(field: string): number;
  /** A time; NaN when unset. */
  time(field: string): Instant;
  address(field: string): IpAddress | undefined;
  /** The first thing that was wrong with a field that was asked for, as a sentence; undefined when all were fine. */
  readonly fault: string | undefined;
}

function wrong(field: string, value: unknown, what: string): string {
  return `${field}: ${quoted(value)} is no ${what}`;
}

/** Text of JSON's scalars as Zeek's TSV would have it. */
function scalarText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return String(value);
    case 'boolean':
      return value ? 'T' : 'F';
    default:
      return Array.isArray(value) && value.length > 0 && typeof value[0] !== 'object'
        ? scalarText(value[0])
        : '';
  }
}

/** How a dotted field may be spelled in JSON: `id.orig_h`, `id_orig_h`, or nested `{"id": {"orig_h": …}}`. */
const DOTTED: ReadonlyMap<string, readonly [flat: string, outer: string, within: string]> = new Map(
  ['id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p'].map((field) => [
    field,
    [field.replace('.', '_'), field.slice(0, 2), field.slice(3)],
  ]),
);

/**
 * A time from here on is in milliseconds, as Zeek writes it with `LogAscii::json_timestamps = JSON::TS_MILLIS`: as such
 * it is of 1973, and in seconds it would be of the year 5138.
 */
const FIRST_MILLIS = 100_000_000_000;

/** An entry of a JSON log. */
export class JsonRow implements ZeekRow {
  readonly #addresses: AddressCache;
  readonly #utcOffsetMinutes: number;
  #object: JsonObject = {};
  fault: string | undefined = undefined;

  constructor(addresses: AddressCache, utcOffsetMinutes: number) {
    this.#addresses = addresses;
    this.#utcOffsetMinutes = utcOffsetMinutes;
  }

  /** Goes on to the next entry. */
  of(object: JsonObject): this {
    this.#object = object;
    this.fault = undefined;
    return this;
  }

  #value(field: string): unknown {
    const value = this.#object[field];
    if (value !== undefined) return value;
    const spelling = DOTTED.get(field);
    if (spelling === undefined) return undefined;
    const [flat, outer, within] = spelling;
    const other = this.#object[flat];
    if (other !== undefined) return other;
    const nested = this.#object[outer];
    return isJsonObject(nested) ? nested[within] : undefined;
  }

  #no(field: string, value: unknown, what: string): number {
    this.fault ??= wrong(field, value, what);
    return Number.NaN;
  }

  text(field: string): string {
    const value = this.#value(field);
    return typeof value === 'string' ? value : scalarText(value);
  }

  count(field: string): number {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '' || value === '-') return 0;
    const count =
      typeof value === 'number' ? value : typeof value === 'string' ? parseCount(value) : Number.NaN;
    return Number.isSafeInteger(count) && count >= 0 ? count : this.#no(field, value, 'count');
  }

  port(field: string): number {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '' || value === '-') return Number.NaN;
    const port =
      typeof value === 'number' ? value : typeof value === 'string' ? parsePort(value) : Number.NaN;
    return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : this.#no(field, value, 'port');
  }

  interval(field: string): number {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '' || value === '-') return 0;
    const micros =
      typeof value === 'number'
        ? fromDouble(value)
        : typeof value === 'string'
          ? parseSeconds(value)
          : Number.NaN;
    return Number.isNaN(micros) ? this.#no(field, value, 'interval') : micros;
  }

  time(field: string): Instant {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '' || value === '-') return Number.NaN as Instant;
    const time =
      typeof value === 'number'
        ? fromDouble(value >= FIRST_MILLIS ? value / 1e3 : value)
        : typeof value === 'string'
          ? parseTime(value, this.#utcOffsetMinutes)
          : Number.NaN;
    return (Number.isNaN(time) ? this.#no(field, value, 'time') : time) as Instant;
  }

  address(field: string): IpAddress | undefined {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '' || value === '-') return undefined;
    const address = typeof value === 'string' ? this.#addresses.parse(value) : undefined;
    if (address === undefined) this.#no(field, value, 'IP address');
    return address;
  }
}

/** What the header of a TSV log says. */
export interface TsvHeader {
  readonly separator: string;
  readonly unset: string;
  readonly empty: string;
  /** The log's name; empty when it was not said. */
  readonly path: string;
  /** Column by field. */
  readonly columns: ReadonlyMap<string, number>;
  /** How many columns a line has. */
  readonly width: number;
}

const HEX_ESCAPES = /(?:\\x[0-9a-fA-F]{2})+|\\\\/g;

/**
 * Zeek writes bytes that would break its format, or that are no printable text, as `\xNN`, and a backslash as two.
 * Neighbouring bytes are decoded together, since they may be UTF-8; what is not, becomes U+FFFD.
 */
export function decodeEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(HEX_ESCAPES, (run) =>
    run === '\\\\'
      ? '\\'
      : new TextDecoder().decode(
          Uint8Array.from(run.slice(2).split('\\x'), (hex) => Number.parseInt(hex, 16)),
        ),
  );
}

/** An entry of a TSV log. */
export class TsvRow implements ZeekRow {
  readonly #addresses: AddressCache;
  readonly #utcOffsetMinutes: number;
  #header: TsvHeader | undefined;
  #columns: ReadonlyMap<string, number> = new Map();
  #unset = '-';
  #empty = '(empty)';
  #line = '';
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** Columns of the line. */
  width = 0;
  fault: string | undefined = undefined;

  constructor(addresses: AddressCache, utcOffsetMinutes: number) {
    this.#addresses = addresses;
    this.#utcOffsetMinutes = utcOffsetMinutes;
  }

  /** Goes on to the next entry. */
  of(line: string, header: TsvHeader): this {
    if (header !== this.#header) {
      this.#header = header;
      this.#columns = header.columns;
      this.#unset = header.unset;
      this.#empty = header.empty;
      if (header.width > this.#starts.length) {
        this.#starts = new Int32Array(header.width);
        this.#ends = new Int32Array(header.width);
      }
    }
    this.#line = line;
    this.fault = undefined;
    const { separator } = header;
    const starts = this.#starts;
    const ends = this.#ends;
    let column = 0;
    let start = 0;
    for (; column < header.width; column += 1) {
      const end = line.indexOf(separator, start);
      starts[column] = start;
      if (end < 0) {
        ends[column] = line.length;
        column += 1;
        break;
      }
      ends[column] = end;
      start = end + separator.length;
    }
    this.width = column;
    return this;
  }

  /** The field as it stands in the line; `''` when it is unset, empty or not there. */
  #raw(field: string): string {
    const column = this.#columns.get(field);
    if (column === undefined || column >= this.width) return '';
    const text = this.#line.slice(this.#starts[column], this.#ends[column]);
    return text === this.#unset || text === this.#empty ? '' : text;
  }

  #no(field: string, value: string, what: string): number {
    this.fault ??= wrong(field, value, what);
    return Number.NaN;
  }

  text(field: string): string {
    return decodeEscapes(this.#raw(field));
  }

  count(field: string): number {
    const text = this.#raw(field);
    if (text === '') return 0;
    const count = parseCount(text);
    return Number.isNaN(count) ? this.#no(field, text, 'count') : count;
  }

  port(field: string): number {
    const text = this.#raw(field);
    if (text === '') return Number.NaN;
    const port = parsePort(text);
    return Number.isNaN(port) ? this.#no(field, text, 'port') : port;
  }

  interval(field: string): number {
    const text = this.#raw(field);
    if (text === '') return 0;
    const micros = parseSeconds(text);
    return Number.isNaN(micros) ? this.#no(field, text, 'interval') : micros;
  }

  time(field: string): Instant {
    const text = this.#raw(field);
    if (text === '') return Number.NaN as Instant;
    const time = parseTime(text, this.#utcOffsetMinutes);
    return (Number.isNaN(time) ? this.#no(field, text, 'time') : time) as Instant;
  }

  address(field: string): IpAddress | undefined {
    const text = this.#raw(field);
    if (text === '') return undefined;
    const address = this.#addresses.parse(text);
    if (address === undefined) this.#no(field, text, 'IP address');
    return address;
  }
}
