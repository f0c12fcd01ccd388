import { Buffer } from 'node:buffer';
import { parseIpv6 } from '../net/ip-address.ts';

/** Texts and addresses whose bytes are remembered; beyond that the memory is begun anew. */
const REMEMBERED = 16_384;
/** Longer texts are seldom the same twice. */
const LONGEST_REMEMBERED = 64;

/**
 * Writes rows in ClickHouse's RowBinary: values one after the other without separators, integers little-endian,
 * texts and arrays behind their length as LEB128 (https://clickhouse.com/docs/interfaces/formats/RowBinary).
 * The methods are called in the order of the columns, `endRow` after each row. A value that its column cannot hold
 * throws a RangeError, and `dropRow` takes back what was written of the row.
 */
export class RowEncoder {
  #bytes: Uint8Array;
  #at = 0;
  #rowStart = 0;
  #rows = 0;
  #spare: Uint8Array | undefined;
  readonly #texts = new Map<string, Uint8Array>();
  readonly #addresses = new Map<string, Uint8Array>();

  /** `capacity`: bytes to begin with; it grows. */
  constructor(capacity = 1 << 20) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Whole rows since the last `take`. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes since the last `take`. */
  get size(): number {
    return this.#at;
  }

  endRow(): void {
    this.#rowStart = this.#at;
    this.#rows += 1;
  }

  /** Forgets what was written since the last `endRow`. */
  dropRow(): void {
    this.#at = this.#rowStart;
  }

  /** The rows so far; the encoder begins anew in memory of its own, so that they can be sent meanwhile. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#rowStart);
    this.#bytes = this.#spare ?? new Uint8Array(this.#bytes.length);
    this.#spare = undefined;
    this.#at = 0;
    this.#rowStart = 0;
    this.#rows = 0;
    return taken;
  }

  /** Gives back what `take` gave, when nobody reads it any more. */
  recycle(taken: Uint8Array): void {
    this.#spare = new Uint8Array(taken.buffer);
  }

  u8(value: number): void {
    check(value, 0, 0xff);
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** The number of an Enum8 value, or any other Int8. */
  i8(value: number): void {
    check(value, -128, 127);
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u16(value: number): void {
    check(value, 0, 0xffff);
    this.#room(2);
    this.#bytes[this.#at++] = value;
    this.#bytes[this.#at++] = value >>> 8;
  }

  u32(value: number): void {
    check(value, 0, 0xffff_ffff);
    this.#room(4);
    this.#word(value);
  }

  /** A whole number that a double holds exactly. */
  u64(value: number): void {
    check(value, 0, Number.MAX_SAFE_INTEGER);
    this.i64(value);
  }

  /** The same with a sign; also a DateTime64(6), which is microseconds since 1970. */
  i64(value: number): void {
    check(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#room(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#word(value - high * 0x1_0000_0000);
    this.#word(high);
  }

  /** A UInt64 of full width. */
  u64big(value: bigint): void {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} is not between 0 and 2^64 - 1`);
    this.#room(8);
    this.#word(Number(value & 0xffff_ffffn));
    this.#word(Number(value >> 32n));
  }

  /** A text in UTF-8; half of a surrogate pair becomes U+FFFD. */
  string(value: string): void {
    const length = value.length;
    // Three bytes at most for a UTF-16 unit, five for the length.
    this.#room(length * 3 + 5);
    if (length < 128) {
      const start = this.#at;
      const bytes = this.#bytes;
      let at = start + 1;
      let index = 0;
      for (; index < length; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 127) break;
        bytes[at++] = code;
      }
      if (index === length) {
        bytes[start] = length;
        this.#at = at;
        return;
      }
    }
    const body = Buffer.from(value, 'utf8');
    this.#length(body.length);
    this.#bytes.set(body, this.#at);
    this.#at += body.length;
  }

  /** The same for texts that come again and again. */
  word(value: string): void {
    let known = this.#texts.get(value);
    if (known === undefined) {
      const start = this.#at;
      this.string(value);
      if (value.length > LONGEST_REMEMBERED) return;
      known = this.#bytes.slice(start, this.#at);
      remember(this.#texts, value, known);
      return;
    }
    this.#copy(known);
  }

  strings(values: readonly string[]): void {
    this.#room(5);
    this.#length(values.length);
    for (const value of values) this.string(value);
  }

  /** An address as 16 bytes; IPv4 mapped (RFC 4291, 2.5.5.2). Throws a RangeError on text that is no address. */
  ip(value: string): void {
    this.#room(16);
    // Reading IPv4 costs less than looking it up.
    if (this.#ipv4(value)) return;
    const known = this.#addresses.get(value);
    if (known !== undefined) {
      this.#copy(known);
      return;
    }
    const start = this.#at;
    this.#ipv6(value);
    remember(this.#addresses, value, this.#bytes.slice(start, this.#at));
  }

  ips(values: readonly string[]): void {
    this.#room(5);
    this.#length(values.length);
    for (const value of values) this.ip(value);
  }

  #ipv4(text: string): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start + 12;
    let octet = 0;
    let digits = 0;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code === 46) {
        if (digits === 0 || at === start + 15) return false;
        bytes[at++] = octet;
        octet = 0;
        digits = 0;
      } else if (code >= 48 && code <= 57) {
        octet = octet * 10 + code - 48;
        digits += 1;
        if (octet > 255 || digits > 3) return false;
      } else return false;
    }
    if (digits === 0 || at !== start + 15) return false;
    bytes[at++] = octet;
    bytes.fill(0, start, start + 10);
    bytes.fill(0xff, start + 10, start + 12);
    this.#at = at;
    return true;
  }

  #ipv6(text: string): void {
    const words = parseIpv6(text);
    if (words === undefined) throw new RangeError(`not an IP address: ${text}`);
    for (const word of words) {
      this.#bytes[this.#at++] = word >>> 8;
      this.#bytes[this.#at++] = word;
    }
  }

  #copy(bytes: Uint8Array): void {
    this.#room(bytes.length);
    const own = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < bytes.length; index += 1) own[at + index] = bytes[index] ?? 0;
    this.#at = at + bytes.length;
  }

  #length(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #word(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#at = at + 4;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

function check(value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new RangeError(`${value} is not a whole number from ${low} to ${high}`);
}

function remember(memory: Map<string, Uint8Array>, text: string, bytes: Uint8Array): void {
  if (memory.size >= REMEMBERED) memory.clear();
  memory.set(text, bytes);
}
