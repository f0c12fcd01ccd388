/**
 * Admits as many calls into the embedded engine at a time as the process has threads for, less one.
 *
 * Why: each running call holds a thread of libuv's pool, and file access waits for the same threads.
 * The size of the pool is fixed when the process starts (UV_THREADPOOL_SIZE, 4 without it): setting
 * it later has no effect, so whoever wants more queries at a time sets it before starting Node.
 */
export class NativeGate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(threads: number) {
    this.#limit = Math.max(1, threads - 1);
  }

  /** The number of threads of this process's pool. */
  static threads(environment: Readonly<Record<string, string | undefined>>): number {
    const size = Number(environment['UV_THREADPOOL_SIZE']);
    return Number.isInteger(size) && size > 0 ? Math.min(size, 1024) : 4;
  }

  /** Runs the call when a thread is free. */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await call();
    } finally {
      // The permit goes straight to the next in line, or back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
