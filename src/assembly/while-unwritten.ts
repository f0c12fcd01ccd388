/**
 * What was worked out from some tables, kept until they are written to: each worked out once however many ask for it in
 * the same moment. Where others may write past this process, nothing is kept. What fails is not kept.
 */
export class WhileUnwritten<T> {
  readonly #written: () => number | undefined;
  readonly #most: number;
  readonly #kept = new Map<string, Promise<T>>();
  /** Writes that had ended when what is kept was begun. */
  #as: number | undefined;

  /**
   * @param written how many writes of the tables have ended; undefined where that is not known.
   * @param most answers at a time; the oldest goes first.
   */
  constructor(written: () => number | undefined, most: number) {
    this.#written = written;
    this.#most = most;
  }

  of(key: string, work: () => Promise<T>): Promise<T> {
    const written = this.#written();
    if (written === undefined) return work();
    if (written !== this.#as) this.#kept.clear();
    this.#as = written;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const answer = work();
    this.#kept.set(key, answer);
    answer.catch(() => {
      if (this.#kept.get(key) === answer) this.#kept.delete(key);
    });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    return answer;
  }
}
