import { Buffer } from 'node:buffer';
import { latin1 } from './bytes.ts';

/** Octets kept of each direction; enough for a request line with its headers, a banner, a DNS question. */
const LENGTH = 512;
/** A ClientHello with post-quantum keys fills several segments; nothing longer than this is one. */
const TLS_LENGTH = 16_384;
/** A banner and the key exchange behind it. */
const SSH_LENGTH = 4_096;
/** Segments that came too early and wait for those before them. */
const MOST_EARLY = 8;

interface Early {
  readonly offset: number;
  readonly octets: Uint8Array;
}

/**
 * The first octets of a direction, in the order of their sequence numbers. What comes first stays. They are kept as text
 * with one character for an octet: there are many of these, and small buffers outside of the heap are dear.
 */
export class StreamHead {
  #text = '';
  /** How much of it is kept: LENGTH until the first octets say otherwise. */
  #limit = LENGTH;
  #early: Early[] | undefined;
  #earlyOctets = 0;

  /** What there is, one character for an octet. */
  get text(): string {
    return this.#text;
  }

  /** What there is, as a copy. */
  get octets(): Uint8Array {
    return Buffer.from(this.#text, 'latin1');
  }

  /** Whether more would be kept. */
  get isFull(): boolean {
    return this.#text.length >= this.#limit;
  }

  /** Octets that this holds, also those that wait for what is before them. */
  get held(): number {
    return this.#text.length + this.#earlyOctets;
  }

  /** Takes payload that begins `offset` octets behind the start. Gives how many octets more are held now. */
  take(data: Uint8Array, start: number, end: number, offset: number): number {
    const before = this.held;
    this.#append(data, start, end, offset);
    if (this.#early === undefined) return this.held - before;
    for (let index = this.#nextEarly(); index >= 0; index = this.#nextEarly()) {
      const [early] = this.#early.splice(index, 1);
      if (early === undefined) break;
      this.#earlyOctets -= early.octets.length;
      this.#append(early.octets, 0, early.octets.length, early.offset);
    }
    return this.held - before;
  }

  /** Index of a segment whose turn has come. */
  #nextEarly(): number {
    return this.#early?.findIndex((early) => early.offset <= this.#text.length) ?? -1;
  }

  #append(data: Uint8Array, start: number, end: number, offset: number): void {
    const have = this.#text.length;
    const skip = have - offset;
    if (skip < 0) {
      this.#early ??= [];
      if (this.#early.length >= MOST_EARLY || offset >= TLS_LENGTH) return;
      // Copied: `slice` of a Buffer would share its memory, which whoever reads the file uses again.
      const octets = new Uint8Array(data.subarray(start, Math.min(end, start + LENGTH * 4)));
      this.#early.push({ offset, octets });
      this.#earlyOctets += octets.length;
      return;
    }
    const from = start + skip;
    if (from >= end) return;
    if (have === 0) {
      this.#text = latin1(data, from, Math.min(end, from + LENGTH));
      this.#limit = limitOf(this.#text);
    }
    const at = from + this.#text.length - have;
    const until = Math.min(end, at + this.#limit - this.#text.length);
    if (until > at) this.#text += latin1(data, at, until);
    // They may have come one by one.
    if (have < DECISIVE) this.#limit = limitOf(this.#text);
  }
}

/** Octets that decide how much is kept. */
const DECISIVE = 4;

/** How much is kept of what begins so. */
function limitOf(text: string): number {
  // A handshake record of TLS (RFC 8446, 5.1), an identification of SSH (RFC 4253, 4.2), or nothing yet.
  if (text.startsWith('\u0016\u0003')) return TLS_LENGTH;
  return text.startsWith('SSH-') ? SSH_LENGTH : LENGTH;
}
