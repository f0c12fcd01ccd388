/** Distinct values seen within the last `width` microseconds. Times must not fall. Each value costs constant time. */
export class SlidingDistinct<T> {
  /** In order of last sight: a Map keeps insertion order, and a value seen again is inserted anew. */
  readonly #lastSeen = new Map<T, number>();
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
  }

  /** Takes a value and says how many distinct ones the window now holds, this one among them. */
  add(value: T, time: number): number {
    this.#lastSeen.delete(value);
    this.#lastSeen.set(value, time);
    for (const [old, at] of this.#lastSeen) {
      if (time - at < this.#width) break;
      this.#lastSeen.delete(old);
    }
    return this.#lastSeen.size;
  }
}
