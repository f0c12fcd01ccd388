import type { Buffer } from 'node:buffer';

/** One step of the hash that callers compute while they scan; start from 0. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/** The hash of the bytes from `start` to `end`. */
export function hashOf(buffer: Buffer, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at += 1) hash = hashStep(hash, buffer[at]!);
  return hash;
}

/**
 * Short ASCII strings that repeat, kept once. Scanner output says `tcp`, `syn-ack` and `http` millions
 * of times: a hit costs no allocation and no call into the runtime. Direct-mapped, so neither its
 * memory nor its time can be driven up by names chosen to collide: a collision only replaces a slot.
 */
export class InternTable {
  readonly #slots: (string | undefined)[];
  readonly #mask: number;

  /** `bits`: the table has 2^bits slots. `seeds` are there from the start (until replaced). */
  constructor(bits: number, seeds: readonly string[] = []) {
    this.#slots = Array.from({ length: 2 ** bits }, () => undefined);
    this.#mask = 2 ** bits - 1;
    for (const seed of seeds) {
      let hash = 0;
      for (let index = 0; index < seed.length; index += 1) hash = hashStep(hash, seed.charCodeAt(index));
      this.#slots[this.#slot(hash)] = seed;
    }
  }

  #slot(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  /** The string of the ASCII bytes from `start` to `end`, whose hash is given. */
  get(buffer: Buffer, start: number, end: number, hash: number): string {
    const slot = this.#slot(hash);
    const known = this.#slots[slot];
    if (known !== undefined && known.length === end - start) {
      let index = 0;
      while (index < known.length && known.charCodeAt(index) === buffer[start + index]) index += 1;
      if (index === known.length) return known;
    }
    const made = buffer.toString('latin1', start, end);
    this.#slots[slot] = made;
    return made;
  }
}
