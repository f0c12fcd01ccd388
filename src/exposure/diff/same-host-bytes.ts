import { Buffer } from 'node:buffer';

/**
 * Attributes that no comparison reads, element by element: times, round trips, counters, raw
 * fingerprints. Everything else that differs in a byte makes two hosts be read. If diff-host.ts comes
 * to compare one of these, it has to go from here; same-host-bytes.test.ts holds the two together.
 */
export const UNCOMPARED: Readonly<Record<string, readonly string[]>> = {
  host: ['starttime', 'endtime', 'comment'],
  status: ['reason', 'reason_ttl'],
  state: ['reason', 'reason_ttl', 'reason_ip'],
  extrareasons: ['reason'],
  service: ['conf', 'servicefp', 'hostname', 'ostype', 'devicetype', 'rpcnum', 'lowver', 'highver'],
  osmatch: ['line'],
  osfingerprint: ['fingerprint'],
  uptime: ['seconds', 'lastboot'],
  distance: ['value'],
  tcpsequence: ['index', 'difficulty', 'values'],
  ipidsequence: ['class', 'values'],
  tcptssequence: ['class', 'values'],
  times: ['srtt', 'rttvar', 'to'],
  trace: ['port', 'proto'],
  hop: ['ttl', 'ipaddr', 'rtt', 'host'],
};

interface Uncompared {
  readonly element: Buffer;
  readonly attribute: Buffer;
}

const table = new Map<number, Uncompared[]>();
for (const [element, attributes] of Object.entries(UNCOMPARED)) {
  for (const attribute of attributes) {
    const entry = { element: Buffer.from(element), attribute: Buffer.from(attribute) };
    const key = hash(
      entry.element,
      0,
      entry.element.length,
      hash(entry.attribute, 0, entry.attribute.length, 0),
    );
    table.set(key, [...(table.get(key) ?? []), entry]);
  }
}

function hash(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let value = seed;
  for (let index = from; index < to; index += 1) value = (Math.imul(value, 31) + bytes[index]!) | 0;
  return value;
}

/** A call to compare memory costs about as much as looking at so many bytes one by one. */
const SHORTEST = 192;
/** Nmap ends a host with its round-trip times, which always differ. */
const TAIL = 96;

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const QUOTE = 0x22;
const EQUALS = 0x3d;

/**
 * Whether two `<host>` elements are the same bytes but for the values of attributes that are never
 * compared: then there is no change, and neither has to be read. May answer false for hosts that are
 * equal, never true for hosts that differ in anything that is compared.
 */
export function sameHostBytes(
  a: Buffer,
  aFrom: number,
  aEnd: number,
  b: Buffer,
  bFrom: number,
  bEnd: number,
): boolean {
  let i = aFrom;
  let j = bFrom;
  for (;;) {
    // Most of a host is equal in one stretch: compare that as memory, in pieces that halve until one is equal.
    for (let length = Math.min(aEnd - i, bEnd - j) - TAIL; length >= SHORTEST;) {
      if (a.compare(b, j, j + length, i, i + length) === 0) {
        i += length;
        j += length;
        length = Math.min(aEnd - i, bEnd - j) - TAIL;
      } else length >>= 1;
    }
    while (i < aEnd && j < bEnd && a[i] === b[j]) {
      i += 1;
      j += 1;
    }
    if (i === aEnd || j === bEnd) return i === aEnd && j === bEnd;
    if (!insideUncompared(a, aFrom, i)) return false;
    // Up to here both are equal, so both stand in the same attribute: on to its closing quote.
    while (i < aEnd && a[i] !== QUOTE) i += 1;
    while (j < bEnd && b[j] !== QUOTE) j += 1;
  }
}

/** Whether a position lies inside the (double-quoted) value of an attribute that is not compared. Reads its tag from the start. */
function insideUncompared(bytes: Buffer, from: number, position: number): boolean {
  let start = position;
  while (start > from && bytes[start] !== LESS_THAN) start -= 1;
  let index = start + 1;
  while (index < position && isName(bytes[index]!)) index += 1;
  const elementEnd = index;
  for (;;) {
    while (index < position && isSpace(bytes[index]!)) index += 1;
    const nameStart = index;
    while (index < position && isName(bytes[index]!)) index += 1;
    const nameEnd = index;
    // Anything but `name="` here, an apostrophe or the end of the tag among them, is for the reader.
    if (nameEnd === nameStart || nameEnd + 2 > position) return false;
    if (bytes[index] !== EQUALS || bytes[index + 1] !== QUOTE) return false;
    index += 2;
    while (index < position && bytes[index] !== QUOTE && bytes[index] !== GREATER_THAN) index += 1;
    if (index >= position) return isUncompared(bytes, start + 1, elementEnd, nameStart, nameEnd);
    if (bytes[index] !== QUOTE) return false;
    index += 1;
  }
}

function isUncompared(bytes: Buffer, e1: number, e2: number, n1: number, n2: number): boolean {
  const candidates = table.get(hash(bytes, e1, e2, hash(bytes, n1, n2, 0)));
  if (candidates === undefined) return false;
  return candidates.some(
    ({ element, attribute }) => equals(bytes, e1, e2, element) && equals(bytes, n1, n2, attribute),
  );
}

function equals(bytes: Buffer, from: number, to: number, word: Buffer): boolean {
  if (to - from !== word.length) return false;
  for (let index = 0; index < word.length; index += 1) if (bytes[from + index] !== word[index]) return false;
  return true;
}

function isName(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}
