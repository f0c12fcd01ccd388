import type { Followed } from './followed.ts';

/** Files that are open at once; of more, those that have been still for longest make room. */
const MAX_OPEN = 128;

/** What is being followed just now. */
export class OpenFiles {
  #active: readonly Followed[] = [];
  /** Compressed files are read one after the other. */
  readonly #backlog: (() => Followed)[] = [];
  #lastId = 0;

  /** In the order in which they were opened. A list of its own, that does not change under a loop. */
  get active(): readonly Followed[] {
    return this.#active;
  }

  get full(): boolean {
    return this.#active.length >= MAX_OPEN;
  }

  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  begin(followed: Followed): void {
    this.#active = [...this.#active, followed];
  }

  /** To be opened when no other of these is at work. */
  beginInTurn(open: () => Followed): void {
    this.#backlog.push(open);
  }

  /** Opens the next of those that wait, unless one is `atWork`. Says whether it did. */
  takeTurn(atWork: (followed: Followed) => boolean): boolean {
    const next = this.#active.some(atWork) ? undefined : this.#backlog.shift();
    if (next !== undefined) this.begin(next());
    return next !== undefined;
  }

  async end(followed: Followed): Promise<void> {
    this.#active = this.#active.filter((other) => other !== followed);
    await followed.close();
  }

  async close(): Promise<void> {
    for (const followed of this.#active) await followed.close();
  }
}
