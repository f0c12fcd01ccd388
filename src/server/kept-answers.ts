/** How long an answer is good for. */
export interface AnswerLife {
  /**
   * What the answer is read from, as a text that is another one when something was written to it; undefined where that
   * is not known.
   */
  readonly state: () => Promise<string | undefined>;
  /**
   * Milliseconds for which it is good while the state is the same and nobody is told of a change; Infinity for one that
   * holds nothing but what is stored, which stands as long as the state does.
   */
  readonly atMost: number;
}

/** Milliseconds for which an answer is good whatever is written, unless somebody is told of it: lists may be ten seconds old. */
const GRACE = 3_000;

interface KeptAnswer {
  readonly answer: Promise<Buffer>;
  readonly state: string | undefined;
  /** By a clock that nobody sets. */
  readonly began: number;
  /** Octets, once they are known. */
  size: number;
}

/**
 * Answers as they are sent, the last asked for: each worked out once however many ask for it, and again when what it was
 * read from has changed. What fails is not kept.
 */
export class KeptAnswers {
  readonly #most: number;
  readonly #answers = new Map<string, KeptAnswer>();
  #octets = 0;
  #told = -Infinity;

  /** @param most octets of all answers. */
  constructor(most: number) {
    this.#most = most;
  }

  async of(key: string, life: AnswerLife, work: () => Promise<Buffer>): Promise<Buffer> {
    const young = this.#answers.get(key);
    if (young !== undefined && this.#isYoung(young)) return this.#used(key, young).answer;
    const state = await life.state();
    // Somebody else may have begun meanwhile.
    const known = this.#answers.get(key);
    if (
      known !== undefined &&
      (this.#isYoung(known) || (state !== undefined && known.state === state && this.#stands(known, life)))
    )
      return this.#used(key, known).answer;
    return this.#begin(key, state, work);
  }

  /** Something changed, and who asks from now on must see it. */
  told(): void {
    this.#told = performance.now();
  }

  #isYoung({ began }: KeptAnswer): boolean {
    return began > this.#told && performance.now() - began < GRACE;
  }

  #stands({ began }: KeptAnswer, { atMost }: AnswerLife): boolean {
    return atMost === Infinity || (began > this.#told && performance.now() - began < atMost);
  }

  #begin(key: string, state: string | undefined, work: () => Promise<Buffer>): Promise<Buffer> {
    const answer = work();
    const kept: KeptAnswer = { answer, state, began: performance.now(), size: 0 };
    this.#forget(key, this.#answers.get(key));
    this.#answers.set(key, kept);
    answer.then(
      ({ length }) => {
        if (this.#answers.get(key) !== kept) return undefined;
        kept.size = key.length + length;
        this.#octets += kept.size;
        this.#makeRoom();
        return undefined;
      },
      () => {
        if (this.#answers.get(key) === kept) this.#forget(key, kept);
      },
    );
    return answer;
  }

  /** Puts it behind all others: those in front are forgotten first. */
  #used(key: string, kept: KeptAnswer): KeptAnswer {
    this.#answers.delete(key);
    this.#answers.set(key, kept);
    return kept;
  }

  #makeRoom(): void {
    for (const [key, kept] of this.#answers) {
      if (this.#octets <= this.#most) return;
      if (kept.size > 0) this.#forget(key, kept);
    }
  }

  #forget(key: string, kept: KeptAnswer | undefined): void {
    if (kept === undefined) return;
    this.#answers.delete(key);
    this.#octets -= kept.size;
  }
}
