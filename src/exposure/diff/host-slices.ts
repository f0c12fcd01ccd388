import { Buffer } from 'node:buffer';

/**
 * What `next` found: bytes outside of hosts (the head of the document, hints, progress, statistics), one
 * `<host …>…</host>`, that more bytes are needed, or that there are none.
 */
export type Piece = 'between' | 'host' | 'more' | 'end';

const OPEN = Buffer.from('<host');
const CLOSE = Buffer.from('</host>');
const LESS_THAN = 0x3c;
/** A host that is longer is not looked at as a slice: the reader has its own limits for it. */
const LONGEST_HOST = 8 * 1024 * 1024;

/** Whether a byte may follow `<host` for it to be that element and not `<hostnames>` or `<hosts>`. */
function endsName(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x3e || byte === 0x0a || byte === 0x09 || byte === 0x0d || byte === 0x2f;
}

/**
 * Cuts the bytes of an XML document into hosts and what lies between them, by the tags alone. It does
 * not read XML: whoever uses it hands every piece to a reader, or knows that the piece needs no
 * reading. Joined in order, the pieces are the input.
 */
export class HostSlices {
  buffer = Buffer.allocUnsafeSlow(1 << 20);
  /** Where the piece that `next` found begins and ends in `buffer`; holds until the next `push`. */
  from = 0;
  to = 0;
  #pos = 0;
  #end = 0;
  /** Where the search for the end of the host at #pos goes on. */
  #searched = 0;
  #inHost = false;
  #done = false;
  /** Where the first comment, CDATA section or processing instruction begins that has not been forgotten. */
  #markup = Number.POSITIVE_INFINITY;

  push(chunk: Uint8Array): void {
    if (this.#pos > 0) {
      this.buffer.copyWithin(0, this.#pos, this.#end);
      this.#end -= this.#pos;
      this.#searched = Math.max(0, this.#searched - this.#pos);
      this.#markup -= this.#pos;
      this.#pos = 0;
    }
    if (this.#end + chunk.length > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.#end + chunk.length));
      this.buffer.copy(grown, 0, 0, this.#end);
      this.buffer = grown;
    }
    this.buffer.set(chunk, this.#end);
    const from = this.#end;
    this.#end += chunk.length;
    if (this.#markup === Number.POSITIVE_INFINITY) this.#lookForMarkup(from);
  }

  /** No more bytes will come. */
  finish(): void {
    this.#done = true;
  }

  next(): Piece {
    return this.#inHost ? this.#nextHost() : this.#nextBetween();
  }

  /**
   * Whether a comment, CDATA section or processing instruction began before the end of this piece: then tags
   * may not be what they look like.
   */
  get followsMarkup(): boolean {
    return this.#markup < this.to;
  }

  /** Forgets the markup before this piece: somebody has read it and knows that it has ended. */
  forgetMarkup(): void {
    this.#markup = Number.POSITIVE_INFINITY;
    this.#lookForMarkup(this.from);
  }

  /** Single bytes are searched for at memory speed, and these two are rare. */
  #lookForMarkup(from: number): void {
    for (const byte of [0x21, 0x3f]) {
      const until = Math.min(this.#end, this.#markup);
      let at = this.buffer.indexOf(byte, from);
      while (at >= 0 && at < until && this.buffer[at - 1] !== LESS_THAN)
        at = this.buffer.indexOf(byte, at + 1);
      if (at >= 0 && at < until) this.#markup = at - 1;
    }
  }

  #nextBetween(): Piece {
    const start = this.#opening();
    if (start !== undefined) {
      this.#inHost = true;
      this.#searched = start + OPEN.length;
      return start > this.#pos ? this.#piece('between', start) : this.#nextHost();
    }
    if (this.#done) return this.#end > this.#pos ? this.#piece('between', this.#end) : 'end';
    // The last bytes may be the beginning of a tag.
    const safe = this.#end - OPEN.length;
    return safe > this.#pos ? this.#piece('between', safe) : 'more';
  }

  #opening(): number | undefined {
    let at = this.#pos;
    // Nmap writes one line feed between hosts: look there before searching.
    while (at < this.#end && this.buffer[at] !== LESS_THAN && at - this.#pos < 4) at += 1;
    for (; ; at += OPEN.length) {
      if (!this.#opensAt(at)) at = this.#indexOf(OPEN, at);
      if (at < 0 || at + OPEN.length >= this.#end) return undefined;
      if (endsName(this.buffer[at + OPEN.length])) return at;
    }
  }

  #opensAt(at: number): boolean {
    const { buffer } = this;
    return (
      at + OPEN.length < this.#end &&
      buffer[at] === LESS_THAN &&
      buffer[at + 1] === 0x68 &&
      buffer[at + 2] === 0x6f &&
      buffer[at + 3] === 0x73 &&
      buffer[at + 4] === 0x74
    );
  }

  #nextHost(): Piece {
    const at = this.#indexOf(CLOSE, this.#searched);
    if (at >= 0) {
      this.#inHost = false;
      return this.#piece('host', at + CLOSE.length);
    }
    if (this.#done || this.#end - this.#pos > LONGEST_HOST) {
      this.#inHost = false;
      return this.#end > this.#pos ? this.#piece('between', this.#end) : 'end';
    }
    this.#searched = Math.max(this.#searched, this.#end - CLOSE.length);
    return 'more';
  }

  #piece(kind: 'between' | 'host', end: number): Piece {
    this.from = this.#pos;
    this.to = end;
    this.#pos = end;
    return kind;
  }

  /** Position in the bytes that are there; -1 when there is none. The buffer holds older bytes beyond its end. */
  #indexOf(needle: Buffer, from: number): number {
    const at = this.buffer.indexOf(needle, from);
    return at < 0 || at + needle.length > this.#end ? -1 : at;
  }
}

const ADDRESS = Buffer.from('<address ');
const ADDR = Buffer.from('<address addr="');
const IPV4 = Buffer.from('" addrtype="ipv4"');

/**
 * The IPv4 address of a host as an unsigned 32-bit number, when its first address element is one in
 * Nmap's own spelling; -1 for everything else, which only a reader may judge.
 */
export function addressOfSlice(bytes: Buffer, from: number, to: number): number {
  const at = bytes.indexOf(ADDRESS, from);
  if (at < 0 || at + ADDR.length > to) return -1;
  for (let index = ADDRESS.length; index < ADDR.length; index += 1) {
    if (bytes[at + index] !== ADDR[index]) return -1;
  }
  let value = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  let index = at + ADDR.length;
  for (; index < to; index += 1) {
    const byte = bytes[index]!;
    if (byte >= 0x30 && byte <= 0x39) {
      // The strict reading of net/ip-address.ts: no leading zeros.
      if (digits > 0 && octet === 0) return -1;
      octet = octet * 10 + byte - 0x30;
      digits += 1;
      if (octet > 255) return -1;
    } else if ((byte === 0x2e || byte === 0x22) && digits > 0) {
      value = value * 256 + octet;
      octets += 1;
      octet = 0;
      digits = 0;
      if (byte === 0x22) break;
    } else return -1;
  }
  if (octets !== 4) return -1;
  for (let offset = 0; offset < IPV4.length; offset += 1) {
    if (bytes[index + offset] !== IPV4[offset]) return -1;
  }
  return value;
}

/** A set of unsigned 32-bit numbers that lie close together, as the addresses of one network do. */
export class AddressSet {
  readonly #pages = new Map<number, Uint32Array<ArrayBuffer>>();
  #page = -1;
  #bits = new Uint32Array(0);

  /** Adds a number; false when it was there. */
  add(value: number): boolean {
    const page = value >>> 16;
    if (page !== this.#page) {
      this.#bits = this.#pages.get(page) ?? new Uint32Array(2048);
      this.#pages.set(page, this.#bits);
      this.#page = page;
    }
    const word = (value & 0xffff) >>> 5;
    const bit = 1 << (value & 31);
    const bits = this.#bits[word]!;
    if ((bits & bit) !== 0) return false;
    this.#bits[word] = bits | bit;
    return true;
  }
}
