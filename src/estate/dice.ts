import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Reproducible chance. Dice are named by numbers (seed, purpose, host, week, …): the same numbers
 * always roll the same sequence, so that any host of any week can be made without its neighbours.
 */
export class Dice {
  readonly #generator: RandomGenerator;

  /** Every key is taken as a signed 32-bit integer. */
  constructor(...keys: readonly number[]) {
    let state = 0x9e3779b9;
    for (const key of keys) state = scramble(state ^ scramble(key + 0x7f4a7c15));
    this.#generator = xoroshiro128plus(state);
    // The generator's first outputs still show its seed's pattern.
    this.#generator.next();
    this.#generator.next();
  }

  /** Uniform in [0, 1), in steps of 2⁻³². */
  unit(): number {
    return (this.#generator.next() >>> 0) / 4_294_967_296;
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.unit() < p;
  }

  /** Uniform integer in [from, to]. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** One of a list that is not empty; throws a RangeError when it is. */
  pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.unit() * list.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** The index of a weight, chosen in proportion; weights need not sum to one. */
  weighted(weights: readonly number[]): number {
    let left = this.unit() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return index;
    }
    return weights.length - 1;
  }
}

/** The finaliser of MurmurHash3 (Appleby, public domain): every input bit flips half of the output bits. */
function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
