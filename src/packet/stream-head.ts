/** Octets kept of each direction; enough for a request line with its headers, a banner, a DNS question. */
const LENGTH = 512;
/** A ClientHello with post-quantum keys fills several segments; nothing longer than this is one. */
const TLS_LENGTH = 16_384;
/** A banner and the key exchange behind it. */
const SSH_LENGTH = 4_096;
/** Segments that came too early and wait for those before them. */
const MOST_EARLY = 8;

const NOTHING = new Uint8Array(0);

interface Early {
  readonly offset: number;
  readonly octets: Uint8Array;
}

/** The first octets of a direction, in the order of their sequence numbers. What comes first stays. */
export class StreamHead {
  octets: Uint8Array = NOTHING;
  #early: Early[] | undefined;
  #earlyOctets = 0;

  /** Whether more would be kept. */
  get isFull(): boolean {
    return this.octets.length >= this.#limit;
  }

  /** Octets that this holds, also those that wait for what is before them. */
  get held(): number {
    return this.octets.length + this.#earlyOctets;
  }

  get #limit(): number {
    const { octets } = this;
    // A handshake record of TLS (RFC 8446, 5.1), an identification of SSH (RFC 4253, 4.2), or nothing yet.
    if (octets.length >= 2 && octets[0] === 22 && octets[1] === 3) return TLS_LENGTH;
    return octets.length >= 4 && octets[0] === 83 && octets[1] === 83 && octets[2] === 72 && octets[3] === 45
      ? SSH_LENGTH
      : LENGTH;
  }

  /** Takes payload that begins `offset` octets behind the start. Gives how many octets more are held now. */
  take(data: Uint8Array, start: number, end: number, offset: number): number {
    const before = this.held;
    this.#append(data, start, end, offset);
    if (this.#early === undefined) return this.held - before;
    for (let index = this.#early.findIndex((early) => early.offset <= this.octets.length); index >= 0;) {
      const [early] = this.#early.splice(index, 1);
      if (early !== undefined) {
        this.#earlyOctets -= early.octets.length;
        this.#append(early.octets, 0, early.octets.length, early.offset);
      }
      index = this.#early.findIndex((next) => next.offset <= this.octets.length);
    }
    return this.held - before;
  }

  #append(data: Uint8Array, start: number, end: number, offset: number): void {
    const have = this.octets.length;
    const skip = have - offset;
    if (skip < 0) {
      this.#early ??= [];
      if (this.#early.length >= MOST_EARLY || offset >= TLS_LENGTH) return;
      const octets = copied(data, start, Math.min(end, start + LENGTH * 4));
      this.#early.push({ offset, octets });
      this.#earlyOctets += octets.length;
      return;
    }
    if (skip >= end - start) return;
    // The first octets decide how much is kept.
    if (have === 0) this.octets = copied(data, start + skip, Math.min(end, start + skip + LENGTH));
    const limit = this.#limit;
    const from = start + skip + (have === 0 ? this.octets.length : 0);
    const until = Math.min(end, start + skip + limit - have);
    if (until <= from) return;
    const longer = new Uint8Array(this.octets.length + until - from);
    longer.set(this.octets);
    longer.set(data.subarray(from, until), this.octets.length);
    this.octets = longer;
  }
}

/** A copy: `slice` of a Buffer would share its memory, which whoever reads the file uses again. */
function copied(data: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(data.subarray(start, end));
}
