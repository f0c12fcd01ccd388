import type { FaultTally } from './fault-tally.ts';

/*
 * Fragments of IP packets (RFC 791, RFC 8200 4.5) are put together before the transport is looked at, else a scan in
 * 8-octet fragments (nmap -f) would not be seen. Where fragments overlap, what came first stays, as BSD and Windows do
 * on the whole (Novak, "Target-Based Fragmentation Reassembly", 2005, policy "first"); overlaps are counted.
 */

/** Microseconds that an incomplete packet is kept: RFC 8200 says 60 s, Linux keeps 30 s. */
const TIMEOUT = 30e6;
/** Packets in pieces that wait for the rest. */
const MOST_WAITING = 4_096;
/** Octets that wait, with what the bookkeeping of a piece costs. */
const MOST_OCTETS = 16 * 1024 * 1024;
const PIECE_COST = 96;
/** 65,535 octets in pieces of 8: more pieces than this can only be pieces of single octets. */
const MOST_PIECES = 8_192;
/** The longest packet that fragments can make: RFC 791. */
const LONGEST = 65_535;
/** A fragment that is not the last and cannot even hold a TCP header hides the flags: RFC 1858, 3. */
const TINY = 20;

interface Piece {
  readonly start: number;
  readonly octets: Uint8Array;
}

/** A packet that is not whole yet. */
class Incomplete {
  readonly key: string;
  readonly deadline: number;
  /** Sorted, without overlap. */
  readonly pieces: Piece[] = [];
  /** How many fragments came. */
  fragments = 0;
  tiny = false;
  /** Octets of the whole; undefined until the last fragment comes. */
  length: number | undefined;
  have = 0;

  constructor(key: string, deadline: number) {
    this.key = key;
    this.deadline = deadline;
  }
}

/** A packet put together. */
export interface Reassembled {
  readonly payload: Uint8Array;
  readonly fragments: number;
  /** Whether one of them was tiny. */
  readonly tiny: boolean;
}

/** A fragment, and the packet it is of. */
export interface Fragment {
  /** Same for all fragments of a packet: addresses, protocol, identification. */
  readonly key: string;
  /** Octets before it. */
  readonly offset: number;
  /** Whether others follow. */
  readonly more: boolean;
  readonly data: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Microseconds. */
  readonly time: number;
  /** Number of the packet in the capture. */
  readonly number: number;
}

/** Puts fragments together. Bounded in packets, octets and time; what goes out incomplete is counted. */
export class Fragments {
  readonly #waiting = new Map<string, Incomplete>();
  readonly #tally: FaultTally;
  #octets = 0;

  constructor(tally: FaultTally) {
    this.#tally = tally;
  }

  /** Takes a fragment; gives the packet when it is whole. */
  take(fragment: Fragment): Reassembled | undefined {
    this.#expire(fragment.time, fragment.number);
    const { key, offset, more, start, end, number } = fragment;
    const length = end - start;
    if (offset + length > LONGEST) return this.#refuse('fragment-beyond-65535', number);
    if (more && length === 0) return this.#refuse('fragment-empty', number);
    let packet = this.#waiting.get(key);
    if (packet === undefined) {
      packet = new Incomplete(key, fragment.time + TIMEOUT);
      this.#waiting.set(key, packet);
      this.#octets += PIECE_COST;
    }
    if (packet.pieces.length >= MOST_PIECES) return this.#refuse('fragments-too-many', number);
    if (packet.length !== undefined && offset + length > packet.length)
      return this.#refuse('fragment-beyond-last', number);
    packet.fragments += 1;
    if (more && length < TINY) {
      packet.tiny = true;
      this.#tally.add('fragment-tiny', number);
    }
    if (!more && packet.length === undefined) this.#endAt(packet, offset + length, number);
    this.#insert(packet, fragment);
    if (packet.have === packet.length) {
      this.#forget(packet);
      return whole(packet);
    }
    this.#makeRoom(number);
    return undefined;
  }

  /** Counts what will never be whole. */
  end(number: number): void {
    for (const packet of this.#waiting.values()) this.#drop(packet, number);
  }

  /** The last fragment tells the length. What lies behind it was a lie. */
  #endAt(packet: Incomplete, length: number, number: number): void {
    packet.length = length;
    for (let last = packet.pieces.at(-1); last !== undefined; last = packet.pieces.at(-1)) {
      if (last.start + last.octets.length <= length) break;
      this.#tally.add('fragment-beyond-last', number);
      packet.pieces.pop();
      this.#octets -= last.octets.length + PIECE_COST;
      packet.have -= last.octets.length;
    }
  }

  /** Keeps what no earlier fragment brought. */
  #insert(packet: Incomplete, { offset, data, start, end, number }: Fragment): void {
    const { pieces } = packet;
    let from = offset;
    const to = offset + (end - start);
    let index = firstEndingAfter(pieces, offset);
    let overlaps = false;
    while (from < to) {
      const next = pieces[index];
      if (next !== undefined && next.start <= from) {
        overlaps = true;
        from = next.start + next.octets.length;
        index += 1;
        continue;
      }
      const until = next === undefined ? to : Math.min(to, next.start);
      const octets = new Uint8Array(data.subarray(start + from - offset, start + until - offset));
      pieces.splice(index, 0, { start: from, octets });
      packet.have += octets.length;
      this.#octets += octets.length + PIECE_COST;
      index += 1;
      from = until;
    }
    if (overlaps) this.#tally.add('fragment-overlap', number);
  }

  #refuse(reason: string, number: number): undefined {
    this.#tally.add(reason, number);
  }

  /** Oldest first: a Map keeps the order of insertion, and all wait equally long. */
  #expire(time: number, number: number): void {
    for (const packet of this.#waiting.values()) {
      // A capture whose time jumps back would otherwise keep its packets for as long as the jump.
      if (packet.deadline > time && packet.deadline - time <= TIMEOUT) break;
      this.#drop(packet, number);
    }
  }

  #makeRoom(number: number): void {
    for (const packet of this.#waiting.values()) {
      if (this.#waiting.size <= MOST_WAITING && this.#octets <= MOST_OCTETS) break;
      this.#drop(packet, number);
    }
  }

  #drop(packet: Incomplete, number: number): void {
    this.#tally.add('fragments-incomplete', number);
    this.#forget(packet);
  }

  #forget(packet: Incomplete): void {
    this.#waiting.delete(packet.key);
    this.#octets -= PIECE_COST;
    for (const piece of packet.pieces) this.#octets -= piece.octets.length + PIECE_COST;
  }
}

/** Index of the first piece that ends behind an offset. */
function firstEndingAfter(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.start + piece.octets.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function whole(packet: Incomplete): Reassembled {
  const payload = new Uint8Array(packet.have);
  for (const { start, octets } of packet.pieces) payload.set(octets, start);
  return { payload, fragments: packet.fragments, tiny: packet.tiny };
}
