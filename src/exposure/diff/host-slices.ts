import { Buffer } from 'node:buffer';

/** What `next` found. Views are into the window and hold until the next `push`. */
export type Piece =
  /** Bytes outside of hosts: the head of the document, hints, progress, statistics. */
  | { readonly kind: 'between'; readonly bytes: Buffer }
  /** One `<host …>…</host>`. */
  | { readonly kind: 'host'; readonly bytes: Buffer }
  | { readonly kind: 'more' }
  | { readonly kind: 'end' };

const MORE: Piece = { kind: 'more' };
const END: Piece = { kind: 'end' };
const OPEN = Buffer.from('<host');
const CLOSE = Buffer.from('</host>');
/** Bytes that may follow `<host` for it to be that element and not `<hostnames>` or `<hosts>`. */
const AFTER_NAME = new Set([0x20, 0x3e, 0x09, 0x0a, 0x0d, 0x2f]);
/** A host that is longer is not looked at as a slice: the reader has its own limits for it. */
const LONGEST_HOST = 8 * 1024 * 1024;

/**
 * Cuts the bytes of an XML document into hosts and what lies between them, by the tags alone. It does
 * not read XML: whoever uses it hands every piece to a reader, or knows that the piece needs no
 * reading. Joined in order, the pieces are the input.
 */
export class HostSlices {
  #buffer = Buffer.allocUnsafeSlow(1 << 21);
  #pos = 0;
  #end = 0;
  /** Where the search for the end of the host at #pos goes on. */
  #searched = 0;
  #inHost = false;
  #done = false;

  push(chunk: Uint8Array): void {
    if (this.#pos > 0) {
      this.#buffer.copyWithin(0, this.#pos, this.#end);
      this.#end -= this.#pos;
      this.#searched = Math.max(0, this.#searched - this.#pos);
      this.#pos = 0;
    }
    if (this.#end + chunk.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#end + chunk.length));
      this.#buffer.copy(grown, 0, 0, this.#end);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** No more bytes will come. */
  finish(): void {
    this.#done = true;
  }

  next(): Piece {
    return this.#inHost ? this.#nextHost() : this.#nextBetween();
  }

  #nextBetween(): Piece {
    const start = this.#opening(this.#pos);
    if (start !== undefined) {
      this.#inHost = true;
      this.#searched = start + OPEN.length;
      return start > this.#pos ? this.#between(start) : this.#nextHost();
    }
    if (this.#done) return this.#end > this.#pos ? this.#between(this.#end) : END;
    // The last bytes may be the beginning of a tag.
    const safe = this.#end - OPEN.length;
    return safe > this.#pos ? this.#between(safe) : MORE;
  }

  #opening(from: number): number | undefined {
    for (let at = from; ; at += OPEN.length) {
      at = this.#indexOf(OPEN, at);
      if (at < 0) return undefined;
      const after = at + OPEN.length;
      if (after >= this.#end) return undefined;
      if (AFTER_NAME.has(this.#buffer[after]!)) return at;
    }
  }

  #nextHost(): Piece {
    const at = this.#indexOf(CLOSE, this.#searched);
    if (at >= 0) {
      this.#inHost = false;
      const bytes = this.#buffer.subarray(this.#pos, at + CLOSE.length);
      this.#pos = at + CLOSE.length;
      return { kind: 'host', bytes };
    }
    if (this.#done || this.#end - this.#pos > LONGEST_HOST) {
      this.#inHost = false;
      return this.#end > this.#pos ? this.#between(this.#end) : END;
    }
    this.#searched = Math.max(this.#searched, this.#end - CLOSE.length);
    return MORE;
  }

  #between(end: number): Piece {
    const bytes = this.#buffer.subarray(this.#pos, end);
    this.#pos = end;
    return { kind: 'between', bytes };
  }

  /** Position in the bytes that are there; -1 when there is none. The buffer holds older bytes beyond its end. */
  #indexOf(needle: Buffer, from: number): number {
    const at = this.#buffer.indexOf(needle, from);
    return at < 0 || at + needle.length > this.#end ? -1 : at;
  }
}

/**
 * Whether a slice is the kind of host that needs no reading when its twin is equal: no other host inside, no
 * comment, no CDATA or processing instruction, and no name that the user typed as a target.
 */
export function isPlainHost(bytes: Buffer): boolean {
  if (bytes.includes('<!') || bytes.includes('<?') || bytes.includes('type="user"')) return false;
  for (let at = bytes.indexOf(OPEN, 1); at >= 0; at = bytes.indexOf(OPEN, at + 1)) {
    if (AFTER_NAME.has(bytes[at + OPEN.length] ?? 0)) return false;
  }
  return true;
}

const ADDRESS = Buffer.from('<address ');
const ADDR = Buffer.from('<address addr="');
const IPV4 = Buffer.from('" addrtype="ipv4"');

/**
 * The IPv4 address of a slice as an unsigned 32-bit number, when its first address element is one in
 * Nmap's own spelling; undefined for everything else, which only a reader may judge.
 */
export function addressOfSlice(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(ADDRESS);
  if (at < 0) return undefined;
  for (let index = ADDRESS.length; index < ADDR.length; index += 1) {
    if (bytes[at + index] !== ADDR[index]) return undefined;
  }
  let value = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  let index = at + ADDR.length;
  for (; index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    if (byte >= 0x30 && byte <= 0x39) {
      // The strict reading of net/ip-address.ts: no leading zeros.
      if (digits > 0 && octet === 0) return undefined;
      octet = octet * 10 + byte - 0x30;
      digits += 1;
      if (octet > 255) return undefined;
    } else if ((byte === 0x2e || byte === 0x22) && digits > 0) {
      value = value * 256 + octet;
      octets += 1;
      octet = 0;
      digits = 0;
      if (byte === 0x22) break;
    } else return undefined;
  }
  if (octets !== 4) return undefined;
  for (let offset = 0; offset < IPV4.length; offset += 1) {
    if (bytes[index + offset] !== IPV4[offset]) return undefined;
  }
  return value;
}
