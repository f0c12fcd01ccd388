import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lease, LEASE_SECONDS, liveLeases, RENEW_MILLIS, storedLease, type Holder } from '../sql/lease.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../time/instant.ts';

export { RENEW_MILLIS, type Holder };

/** Filling the outbox and sending what is in it. */
export const DELIVERY = 'delivery';

/** Making the scheduled scans of a vantage. */
export function schedulesDuty(vantage: string): string {
  return `schedules ${vantage}`;
}

/** Milliseconds that letting go may take: a lease that is not let go of ends by itself. */
const LET_GO_MILLIS = 2_000;

/**
 * What only one process may do on a history that several can reach. An embedded history has one process anyway; on a
 * ClickHouse server or cluster each of them asks for a lease before it begins.
 */
export class Duties {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #holder = randomUUID();
  #site: Promise<string> | undefined;
  readonly #leases = new Map<string, Lease>();
  /** Those that are held until the end. */
  readonly #kept = new Set<string>();
  /** How many pieces of work need each just now. */
  readonly #needed = new Map<string, number>();

  constructor(store: Store, clock: Clock, directory: string) {
    this.#store = store;
    this.#clock = clock;
    this.#directory = directory;
  }

  /** Whether others may reach the history without this process. */
  get areShared(): boolean {
    return this.#store.mode === 'server' || this.#store.mode === 'cluster';
  }

  /** Everything that somebody holds. Throws a Fault `store/…`. */
  async held(): Promise<readonly Holder[]> {
    return this.areShared ? all(this.#store, liveLeases, { seconds: LEASE_SECONDS }) : [];
  }

  /** Takes a duty, or renews it, to hold it until the end; returns who else has it. Throws a Fault `store/…`. */
  async keep(duty: string): Promise<Holder | undefined> {
    if (!this.areShared) return undefined;
    this.#kept.add(duty);
    return (await this.#leaseOf(duty)).take();
  }

  /** Those that it is to hold until the end, whether it has them yet or not. */
  get kept(): readonly string[] {
    return [...this.#kept];
  }

  /** Keeps a duty no longer. */
  async letGo(duty: string): Promise<void> {
    if (!this.#kept.delete(duty)) return;
    await this.#release(duty);
  }

  /** Works while nobody else has the duty, and holds it meanwhile; undefined when somebody has it. Throws a Fault `store/…`. */
  async during<T>(duty: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.areShared) return work();
    const lease = await this.#leaseOf(duty);
    if (!lease.isOurs && (await lease.take()) !== undefined) return undefined;
    this.#needed.set(duty, (this.#needed.get(duty) ?? 0) + 1);
    // One renewal that fails is followed by others; work that is not the holder's any more ends with its next look.
    const renewing = setInterval(() => void lease.take().catch(() => undefined), RENEW_MILLIS);
    renewing.unref();
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      this.#needed.set(duty, this.#needed.get(duty)! - 1);
      await this.#release(duty).catch(() => undefined);
    }
  }

  /** Lets go of everything, as far as the store takes it in a moment. */
  async end(): Promise<void> {
    this.#kept.clear();
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, LET_GO_MILLIS).unref();
    });
    await Promise.race([
      late,
      Promise.allSettled([...this.#leases.values()].map((lease) => lease.release())),
    ]);
  }

  async #release(duty: string): Promise<void> {
    if (this.#kept.has(duty) || (this.#needed.get(duty) ?? 0) > 0) return;
    await this.#leases.get(duty)?.release();
  }

  async #leaseOf(duty: string): Promise<Lease> {
    this.#site ??= siteOf(this.#directory);
    const site = await this.#site;
    const known = this.#leases.get(duty);
    if (known !== undefined) return known;
    const me = {
      duty,
      holder: this.#holder,
      site,
      host: hostname(),
      pid: process.pid,
      directory: this.#directory,
      since: this.#clock(),
    };
    const lease = new Lease(storedLease(this.#store, me), {
      clock: this.#clock,
      steady: () => performance.now(),
    });
    this.#leases.set(duty, lease);
    return lease;
  }
}

const SITE = /^[0-9a-f-]{36}$/;
/** Times that a file is read which another process is just writing, with a pause between. */
const LOOKS = 25;
const PAUSE_MILLIS = 20;

/** The name of a data directory on this machine: a copy of it on another one is another site. */
async function siteOf(directory: string): Promise<string> {
  const path = join(directory, 'site');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  for (let look = 0; look < LOOKS; look += 1) {
    const name = (await readFile(path, 'utf8')).trim();
    if (SITE.test(name)) return `${hostname()} ${name}`;
    await sleep(PAUSE_MILLIS);
  }
  // Cut short by a crash: another name each time, until somebody removes the file.
  return `${hostname()} ${randomUUID()}`;
}
