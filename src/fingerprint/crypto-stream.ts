/*
 * The octets of QUIC's CRYPTO frames in their order (RFC 9000, 19.6). Clients cut and shuffle them on purpose, so that
 * nobody on the way comes to rely on their order; they may come in any, and again.
 */

/** As much as of a ClientHello over TCP; RFC 9000, 7.5 asks for 4,096. */
const LONGEST = 16_384;
/** Gaps that one stream may have: more come of frames of single octets, sent to tire the reader. */
const MOST_STRETCHES = 512;
const FIRST_ROOM = 2_048;

/** A run of octets that are there, end exclusive. */
interface Stretch {
  start: number;
  end: number;
}

/** The beginning of one stream, put together. */
export class CryptoStream {
  #octets: Uint8Array = new Uint8Array(0);
  /** Sorted, neither overlapping nor touching. */
  readonly #have: Stretch[] = [];

  /** What is there without a gap from the start on. A view: what comes later is not in it. */
  get head(): Uint8Array {
    const first = this.#have[0];
    return this.#octets.subarray(0, first?.start === 0 ? first.end : 0);
  }

  /** Takes `data[from]` to `data[to - 1]`, which stand at `offset`. Says whether they were kept: bounded in length and in gaps. */
  take(data: Uint8Array, from: number, to: number, offset: number): boolean {
    const end = offset + to - from;
    if (end > LONGEST) return false;
    if (end === offset) return true;
    let first = 0;
    while (first < this.#have.length && (this.#have[first]?.end ?? 0) < offset) first += 1;
    let last = first;
    const merged: Stretch = { start: offset, end };
    for (let next = this.#have[last]; next !== undefined && next.start <= end; next = this.#have[last]) {
      merged.start = Math.min(merged.start, next.start);
      merged.end = Math.max(merged.end, next.end);
      last += 1;
    }
    if (last === first && this.#have.length >= MOST_STRETCHES) return false;
    this.#have.splice(first, last - first, merged);
    this.#makeRoom(end);
    this.#octets.set(data.subarray(from, to), offset);
    return true;
  }

  #makeRoom(length: number): void {
    if (length <= this.#octets.length) return;
    let room = Math.max(FIRST_ROOM, this.#octets.length);
    while (room < length) room *= 2;
    const before = this.#octets;
    this.#octets = new Uint8Array(room);
    this.#octets.set(before);
  }
}
