import { randomUUID } from 'node:crypto';
import type { Fault } from '../fault/fault.ts';
import { cancelled, toFault } from './faults.ts';

/** How often a stop is repeated: a KILL that comes before the engine has listed the query finds nothing. */
const REPEAT_MS = 50;

/** One running query or statement. */
export interface Job {
  /** Its name in the engine: unique. */
  readonly id: string;
  /** Throws the Fault `store/cancelled` when a stop was asked for. */
  check(): void;
  /** What an error means: `store/cancelled` when a stop was asked for, whatever the engine said. */
  fault(error: unknown): Fault;
  /** To be called however it ended. */
  end(): void;
}

/** Everything that a store has running, so that it can be stopped one by one or all at once. */
export class Jobs {
  readonly #kill: (id: string) => void;
  readonly #running = new Map<string, () => void>();

  /** `kill` asks the engine to stop a job; it is asked again until the job has ended, and must not throw. */
  constructor(kill: (id: string) => void) {
    this.#kill = kill;
  }

  /** Registers a job. Throws the Fault `store/cancelled` when the signal has already fired. */
  begin(doing: string, signal: AbortSignal | undefined): Job {
    if (signal?.aborted === true) throw cancelled(doing, signal.reason);
    const id = randomUUID();
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      this.#kill(id);
      timer = setInterval(() => this.#kill(id), REPEAT_MS);
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.#running.set(id, stop);
    return {
      id,
      check: () => {
        if (stopped) throw cancelled(doing, signal?.reason);
      },
      fault: (error) => (stopped ? cancelled(doing, signal?.reason) : toFault(error, doing)),
      end: () => {
        clearInterval(timer);
        signal?.removeEventListener('abort', stop);
        this.#running.delete(id);
      },
    };
  }

  /** Asks for a stop of everything. */
  stopAll(): void {
    for (const stop of this.#running.values()) stop();
  }
}
