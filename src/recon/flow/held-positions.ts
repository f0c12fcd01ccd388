import type { Checkpoint } from '../source/checkpoint.ts';

/** Positions that are kept of one file; of more, every other one goes: a later start reads a little more twice. */
const MAX_KEPT = 1024;

/** The positions in one file that were passed, while its reader may hold lines from before them. */
export class HeldPositions {
  #passed: Checkpoint[] = [];

  /** Everything before this position has been given to the reader. */
  passed(checkpoint: Checkpoint): void {
    this.#passed.push(checkpoint);
    if (this.#passed.length <= MAX_KEPT) return;
    this.#passed = this.#passed.filter((_, index) => index % 2 === 1 || index === this.#passed.length - 1);
  }

  /** The last position before the lowest line that is still held; undefined when there is none that is new. */
  safe(heldFrom: number | undefined): Checkpoint | undefined {
    const behind = this.#passed.findIndex(({ line }) => heldFrom !== undefined && line >= heldFrom);
    const count = behind < 0 ? this.#passed.length : behind;
    const safe = this.#passed[count - 1];
    this.#passed = this.#passed.slice(count);
    return safe;
  }
}
