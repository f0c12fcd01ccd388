import { Fault } from '../fault/fault.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { pause } from './bell.ts';

/**
 * How a part is doing. `waiting`: well, with nothing to do. `failing`: it ended with an error and is started again at
 * `next`. `stopped`: it was asked to stop, has done all that it had to do, or was given up.
 */
export type PartState = 'starting' | 'running' | 'waiting' | 'failing' | 'stopped';

/** Why a part failed. Texts may quote the outside: escape. */
export interface PartError {
  readonly at: Instant;
  /** Undefined for what is no Fault: a mistake of the program. */
  readonly code: string | undefined;
  readonly message: string;
  readonly fix: string;
}

/** A part, as it is doing. */
export interface PartStatus {
  readonly name: string;
  readonly state: PartState;
  /** Since when it is in this state. */
  readonly since: Instant;
  /** What it does, or waits for, in words; empty when it says nothing. May quote the outside: escape. */
  readonly detail: string;
  /** How often it was started again, in all. */
  readonly restarts: number;
  /** How often it failed since it last did well. */
  readonly failures: number;
  /** Its last error, also when it does well again. */
  readonly error: PartError | undefined;
  /** When it is started again, or does its work again; undefined: at once, or when something happens. */
  readonly next: Instant | undefined;
  /** True when it failed too often and is not started again by itself. */
  readonly givenUp: boolean;
}

/** What a part is given while it runs. */
export interface PartRoom {
  /** Aborted when the part is to end: at the next good moment, leaving nothing half. */
  readonly signal: AbortSignal;
  /** It is up and at work. */
  running(detail?: string): void;
  /** It has done what there was to do, and well. */
  waiting(detail?: string, next?: Instant): void;
}

/** Something that the daemon does, for as long as it runs. */
export interface Part {
  readonly name: string;
  /** Parts that are started before it and stopped after it, by name; those that are not there do not matter. */
  readonly after: readonly string[];
  /** Does its work until the signal. An error makes it fail; so does an end without having been asked, unless `ends`. */
  run(room: PartRoom): Promise<void>;
  /** True for a part that may come to an end by itself. */
  readonly ends?: boolean;
}

/** What a supervisor works with. */
export interface SupervisorOptions {
  readonly clock: Clock;
  /** Called after each change of a part. Must not throw. */
  readonly onChange?: (status: PartStatus) => void;
}

/** Seconds before the first restart; doubled with each failure in a row. */
const FIRST_PAUSE = 1;
/** Seconds between two restarts at most: a receiver or a disk that is back is noticed within five minutes. */
const LONGEST_PAUSE = 300;
/** Failures in a row after which a part is given up: a little less than four hours after the first. */
export const MOST_FAILURES = 50;
/** Seconds of work after which a part that does not say so itself has done well, and earlier failures are forgotten. */
const DID_WELL = 60;

/** Milliseconds for a part whose turn comes when the time is over: one that waits ends at once. */
const LAST_MOMENT = 100;

/** Seconds before a part is started again that failed so often in a row. */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 30));
}

/**
 * Starts parts in the order of what they need, starts them again when they fail, and stops them in the opposite order.
 * What happens to one part happens to no other.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #parts = new Map<string, Running>();
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** How each part is doing, in the order in which they were started. */
  get status(): readonly PartStatus[] {
    return [...this.#parts.values()].map((part) => part.status);
  }

  /** Starts a part once those that it needs are up, or have failed for the first time. Throws a TypeError on a name that is taken. */
  start(part: Part): void {
    if (this.#parts.has(part.name)) throw new TypeError(`there is a part ${part.name} already`);
    if (this.#stopping) return;
    const needed = part.after.flatMap((name) => this.#parts.get(name) ?? []);
    const running = new Running(part, this.#options);
    this.#parts.set(part.name, running);
    void Promise.all(needed.map((one) => one.met)).then(() => running.start());
  }

  /** Ends one part and forgets it; whether it had ended after so many milliseconds. */
  async end(name: string, withinMillis: number): Promise<boolean> {
    const running = this.#parts.get(name);
    if (running === undefined) return true;
    const ended = await running.stop(AbortSignal.timeout(withinMillis));
    this.#parts.delete(name);
    return ended;
  }

  /** Starts parts again that were given up. Returns their names. */
  revive(): readonly string[] {
    return [...this.#parts.values()].filter((part) => part.revive()).map(({ part }) => part.name);
  }

  /**
   * Stops everything, parts before what they need, and returns the names of those that had not ended after so many
   * milliseconds in all: they are left to themselves.
   */
  async stop(withinMillis: number): Promise<readonly string[]> {
    this.#stopping = true;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), withinMillis);
    const ended = new Map<string, Promise<boolean>>();
    const stopOne = (running: Running): Promise<boolean> => {
      const { name } = running.part;
      const known = ended.get(name);
      if (known !== undefined) return known;
      const users = [...this.#parts.values()].filter(({ part }) => part.after.includes(name));
      const work = (async () => {
        await Promise.all(users.map(stopOne));
        return running.stop(late.signal);
      })();
      ended.set(name, work);
      return work;
    };
    const parts = [...this.#parts.values()];
    const done = await Promise.all(parts.map(stopOne));
    clearTimeout(timer);
    return parts.filter((_, index) => !done[index]).map(({ part }) => part.name);
  }
}

/** One part and its life. */
class Running {
  readonly part: Part;
  readonly #clock: Clock;
  readonly #onChange: ((status: PartStatus) => void) | undefined;
  readonly #stop = new AbortController();
  /** Resolved when it is up or has failed for the first time. */
  readonly met: Promise<void>;
  #meet: () => void = () => undefined;
  #revived: (() => void) | undefined;
  #life: Promise<void> = Promise.resolve();
  #status: PartStatus;

  constructor(part: Part, { clock, onChange }: SupervisorOptions) {
    this.part = part;
    this.#clock = clock;
    this.#onChange = onChange;
    this.met = new Promise((resolve) => {
      this.#meet = resolve;
    });
    this.#status = {
      name: part.name,
      state: 'starting',
      since: clock(),
      detail: '',
      restarts: 0,
      failures: 0,
      error: undefined,
      next: undefined,
      givenUp: false,
    };
  }

  get status(): PartStatus {
    return this.#status;
  }

  start(): void {
    this.#life = this.#live();
  }

  revive(): boolean {
    if (this.#revived === undefined) return false;
    this.#revived();
    return true;
  }

  /** Whether it had ended when `late` came. */
  async stop(late: AbortSignal): Promise<boolean> {
    this.#stop.abort(new Error('stopped'));
    this.#meet();
    const ended = this.#life.then(() => true as const);
    const tooLate = new Promise<false>((resolve) => {
      const giveUp = (): void => void setTimeout(resolve, LAST_MOMENT, false);
      if (late.aborted) giveUp();
      else late.addEventListener('abort', giveUp, { once: true });
    });
    return Promise.race([ended, tooLate]);
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const error = await this.#runOnce();
      if (signal.aborted) break;
      if (error === undefined) {
        this.#change({ state: 'stopped', detail: 'it has done all that it had to do', next: undefined });
        this.#meet();
        return;
      }
      await this.#fail(error);
    }
    this.#change({ state: 'stopped', detail: '', next: undefined });
  }

  /** Why it ended; undefined when it may. */
  async #runOnce(): Promise<unknown> {
    const { signal } = this.#stop;
    const begun = this.#clock();
    try {
      await this.part.run({
        signal,
        running: (detail = '') => {
          this.#change({ state: 'running', detail, next: undefined });
          this.#meet();
        },
        waiting: (detail = '', next) => {
          this.#change({ state: 'waiting', detail, next, failures: 0 });
          this.#meet();
        },
      });
      return this.part.ends === true || signal.aborted ? undefined : new Error('it ended by itself');
    } catch (error) {
      if (this.#clock() - begun >= DID_WELL * 1e6) this.#status = { ...this.#status, failures: 0 };
      return error ?? new Error('it failed without a word');
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { signal } = this.#stop;
    const now = this.#clock();
    const failures = this.#status.failures + 1;
    const givenUp = failures >= MOST_FAILURES;
    const wait = pauseAfter(failures);
    this.#change({
      state: givenUp ? 'stopped' : 'failing',
      detail: givenUp ? `given up after ${failures} failures` : '',
      failures,
      error: errorOf(error, now),
      next: givenUp ? undefined : ((now + wait * 1e6) as Instant),
      givenUp,
    });
    this.#meet();
    if (givenUp) await this.#revival();
    else await pause(wait * 1000, signal);
    if (signal.aborted) return;
    const restarts = this.#status.restarts + 1;
    this.#change({
      state: 'starting',
      detail: '',
      restarts,
      next: undefined,
      givenUp: false,
      ...(givenUp ? { failures: 0 } : {}),
    });
  }

  async #revival(): Promise<void> {
    const { signal } = this.#stop;
    await new Promise<void>((resolve) => {
      this.#revived = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#revived = undefined;
  }

  #change(change: Partial<PartStatus>): void {
    const before = this.#status;
    const sameState = change.state === undefined || change.state === before.state;
    this.#status = { ...before, ...change, since: sameState ? before.since : this.#clock() };
    this.#onChange?.(this.#status);
  }
}

/** The longest text of an error that is kept. */
const LONGEST_MESSAGE = 1_000;

function errorOf(error: unknown, at: Instant): PartError {
  if (error instanceof Fault)
    return { at, code: error.code, message: error.message.slice(0, LONGEST_MESSAGE), fix: error.fix };
  const message = error instanceof Error ? error.message : String(error);
  return {
    at,
    code: undefined,
    message: message.slice(0, LONGEST_MESSAGE),
    fix: 'It is tried again; when it does not pass, report it with the log.',
  };
}
