import type { Checkpoint, Position } from '../source/checkpoint.ts';

/** Positions that are kept of one file; of more, every other one goes: a later start reads a little more twice. */
const MAX_KEPT = 1024;

/** The positions in one file that were passed, while its reader may hold lines from before them. */
export class HeldPositions {
  #passed: Checkpoint[] = [];
  #safe: Position;
  /** Bytes that the identity of the last checkpoint was made of. */
  #headBytes = -1;

  /** `from`: where reading began. */
  constructor(from: Position) {
    this.#safe = from;
  }

  /** Everything before this position has been given to the reader. */
  passed(checkpoint: Checkpoint): void {
    this.#passed.push(checkpoint);
    if (this.#passed.length <= MAX_KEPT) return;
    this.#passed = this.#passed.filter((_, index) => index % 2 === 1 || index === this.#passed.length - 1);
  }

  /** The last position before the lowest line that is still held; undefined when there is nothing new. */
  safe(heldFrom: number | undefined): Checkpoint | undefined {
    const behind = this.#passed.findIndex(({ line }) => heldFrom !== undefined && line >= heldFrom);
    const count = behind < 0 ? this.#passed.length : behind;
    const newest = this.#passed.at(-1);
    const safe = this.#passed[count - 1];
    this.#passed = this.#passed.slice(count);
    if (safe !== undefined) this.#safe = { offset: safe.offset, line: safe.line };
    // What is known of the file's beginning grows, and is worth remembering even where the position stays.
    if (newest === undefined || (safe === undefined && newest.headBytes <= this.#headBytes)) return undefined;
    this.#headBytes = newest.headBytes;
    return { ...newest, ...this.#safe };
  }
}
