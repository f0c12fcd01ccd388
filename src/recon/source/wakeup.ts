import { watch, type FSWatcher } from 'node:fs';

/** Directories that are watched; further ones are only looked at in turns. Systems have a limit on watches per user. */
const MAX_WATCHED = 256;

/** Shortest time between two looks, in ms: a busy writer wakes us with every write, and a look at all files has its cost. */
const SHORTEST_WAIT = 20;

/**
 * Waits until something may have been written: the system says so, or the time is up. Notifications only make it
 * quicker; they are not relied on, since network file systems give none.
 */
export class Wakeup {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #milliseconds: number;
  readonly #signal: AbortSignal;
  #woken = false;
  #renamed = false;
  #resolve: (() => void) | undefined;

  constructor(milliseconds: number, signal: AbortSignal) {
    this.#milliseconds = milliseconds;
    this.#signal = signal;
    signal.addEventListener('abort', this.wake);
  }

  /** Ends the wait, or the next one. */
  readonly wake = (): void => {
    this.#woken = true;
    this.#resolve?.();
  };

  /** Whether names have come, gone or changed since this was last asked. */
  takeRenamed(): boolean {
    const renamed = this.#renamed;
    this.#renamed = false;
    return renamed;
  }

  /** Watches a directory from now on; does nothing where that is not possible. */
  watch(directory: string): void {
    if (this.#watchers.has(directory) || this.#watchers.size >= MAX_WATCHED) return;
    try {
      const watcher = watch(directory, { persistent: false }, (event) => {
        this.#renamed ||= event === 'rename';
        this.wake();
      });
      const forget = (): void => {
        watcher.close();
        this.#watchers.delete(directory);
      };
      watcher.on('error', forget);
      this.#watchers.set(directory, watcher);
    } catch {
      // No such directory yet, or no watches left: it is looked at in turns.
    }
  }

  /** Resolves at the next notification or after the time. */
  async wait(): Promise<void> {
    if (this.#signal.aborted) return;
    const began = performance.now();
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#milliseconds);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#resolve = undefined;
    }
    const left = SHORTEST_WAIT - (performance.now() - began);
    if (left > 0 && !this.#signal.aborted) await new Promise((resolve) => setTimeout(resolve, left));
    this.#woken = false;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.wake);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
