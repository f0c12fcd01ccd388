import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Instant } from '../time/instant.ts';

/** How old a list may be, in microseconds: what other processes wrote shows after that. */
const OLDEST = 10e6;
/**
 * How long lists wait for a refresh, in milliseconds since the first of them asked for it: for what other processes may
 * have written, and for what this one wrote.
 */
export interface Patience {
  readonly others: number;
  readonly own: number;
}

/** Of a program that one person waits for. */
export const PATIENT: Patience = { others: 1000, own: 20_000 };
/** Of a program that many ask at the same time: half of what an answer may take. */
export const HURRIED: Patience = { others: 100, own: 100 };

/**
 * When this process last brought a read model up to date. A list waits for that when it was too long ago, or when this
 * process wrote something meanwhile; a refresh that takes long is not waited for, but for the first.
 */
export class ReadModelAge<T> {
  readonly #clock: Clock;
  readonly #refresh: () => Promise<T>;
  readonly #patience: Patience;
  /** When the last refresh that ended began. */
  #fresh: Instant | undefined;
  #spoilt = false;
  /** When a list first asked for what is being refreshed, in milliseconds by a clock that nobody sets. */
  #asked: number | undefined;
  /** The last refresh that was asked for, while it has not ended. */
  #running: Promise<T> | undefined;
  /** The same, while it has not begun. */
  #next: Promise<T> | undefined;

  /** @param refresh brings the read model up to date; never called again before it has ended. */
  constructor(clock: Clock, refresh: () => Promise<T>, patience: Patience = PATIENT) {
    this.#clock = clock;
    this.#refresh = refresh;
    this.#patience = patience;
  }

  /** This process wrote something that is not taken in. */
  spoil(): void {
    this.#spoilt = true;
  }

  /** Waits until the read model is fresh enough to be listed. Throws what the refresh throws. */
  async wait(): Promise<void> {
    const spoilt = this.#spoilt;
    const age = this.#fresh === undefined ? undefined : this.#clock() - this.#fresh;
    if (!spoilt && age !== undefined && age >= 0 && age <= OLDEST) return;
    // One that began before something was written does not know of it.
    const refresh = this.#running === undefined || spoilt ? this.renew() : this.#running;
    if (age === undefined) {
      await refresh;
      return;
    }
    const now = performance.now();
    this.#asked ??= now;
    const left = this.#asked + (spoilt ? this.#patience.own : this.#patience.others) - now;
    if (left > 0) await Promise.race([refresh, sleep(left, undefined, { ref: false })]);
  }

  /**
   * Brings it up to date, after what is running has ended; who asks before that has begun shares it. Throws what the
   * refresh throws.
   */
  renew(): Promise<T> {
    if (this.#next !== undefined) return this.#next;
    const begin = (): Promise<T> => {
      this.#next = undefined;
      return this.#renew();
    };
    const next =
      this.#running === undefined ? Promise.resolve().then(begin) : this.#running.then(begin, begin);
    this.#next = next;
    this.#running = next;
    const ended = (): void => {
      if (this.#running === next) this.#running = undefined;
    };
    next.then(ended, ended);
    return next;
  }

  async #renew(): Promise<T> {
    const began = this.#clock();
    this.#spoilt = false;
    try {
      const refreshed = await this.#refresh();
      this.#fresh = began;
      return refreshed;
    } catch (error) {
      this.#spoilt = true;
      throw error;
    } finally {
      this.#asked = undefined;
    }
  }
}
