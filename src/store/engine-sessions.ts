import type { ChdbSession } from './chdb.ts';

/** More than this many queries at a time wait: each open answer holds memory in the engine. */
const MOST = 32;

/** This many idle connections are kept; another one costs half a millisecond. */
const KEPT = 4;

/** Connections to the one embedded engine. Each serves one query at a time. */
export class EngineSessions {
  readonly #open: () => ChdbSession;
  readonly #idle: ChdbSession[] = [];
  readonly #waiting: ((session: ChdbSession) => void)[] = [];
  #total = 0;
  #closed = false;

  constructor(open: () => ChdbSession) {
    this.#open = open;
  }

  async acquire(): Promise<ChdbSession> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#total < MOST) return this.#create();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Gives a connection back. Unless its last query ended cleanly it is closed and replaced: the
   * engine keeps rows of a failed query on the connection and puts them before the next answer.
   */
  release(session: ChdbSession | undefined, clean: boolean): void {
    if (session === undefined) return;
    const next = this.#waiting.shift();
    if (clean && next !== undefined) {
      next(session);
      return;
    }
    if (clean && !this.#closed && this.#idle.length < KEPT) {
      this.#idle.push(session);
      return;
    }
    session.close();
    this.#total -= 1;
    if (next !== undefined) next(this.#create());
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#idle.splice(0)) session.close();
  }

  #create(): ChdbSession {
    const session = this.#open();
    this.#total += 1;
    return session;
  }
}
