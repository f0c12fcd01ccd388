/**
 * Answers that cost much to work out, kept for a while: the newest few, each worked out once however many ask for it in
 * the same moment. What fails is not kept.
 */
export class Kept<T> {
  readonly #most: number;
  readonly #millis: number;
  readonly #answers = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();

  /** @param millis how long an answer is good for, by a clock that nobody sets. */
  constructor(most: number, millis: number) {
    this.#most = most;
    this.#millis = millis;
  }

  of(key: string, work: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > now) return known.answer;
    const answer = work();
    this.#answers.delete(key);
    this.#answers.set(key, { answer, until: now + this.#millis });
    answer.catch(() => {
      if (this.#answers.get(key)?.answer === answer) this.#answers.delete(key);
    });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#most) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }

  /** Forgets everything: something changed. */
  clear(): void {
    this.#answers.clear();
  }
}
