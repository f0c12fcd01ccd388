import * as z from 'zod';
import { formatColumnTime, parseColumnTime, type Clock, type Instant } from '../time/instant.ts';
import { all, type QueryRunner, type RowWriter } from './ports.ts';
import { query } from './query.ts';
import type { Table } from './table.ts';

/** Seconds for which a lease holds that is not renewed: a server that is restarted takes less. */
export const LEASE_SECONDS = 60;
/** Milliseconds between two renewals: three may fail before the lease is lost. */
export const RENEW_MILLIS = 15_000;
/**
 * Of the time of a lease, the share in which its holder relies on it. The rest is for clocks that do not run equally fast,
 * and on a cluster for those of its nodes, which may differ by so much: 15 s.
 */
const RELIED_ON = 0.75;

/** Leases, by duty and holder; the newest row counts. */
export const leaseTable: Table = {
  name: 'lease',
  comment: 'Which process does what only one may do',
  columns: [
    { name: 'duty', type: 'LowCardinality(String)', comment: 'What only one may do' },
    { name: 'holder', type: 'String', comment: 'A run of a process' },
    {
      name: 'at',
      type: "DateTime64(6, 'UTC')",
      comment: 'When it was said, by the clock of the server: that of the holder does not matter',
      expression: "DEFAULT now64(6, 'UTC')",
    },
    { name: 'state', type: 'LowCardinality(String)', comment: 'held or released' },
    {
      name: 'site',
      type: 'String',
      comment: 'Its machine and data directory, whose processes lock each other out by files',
    },
    { name: 'host', type: 'String', comment: 'Machine of the holder' },
    { name: 'pid', type: 'UInt32', comment: 'Its process' },
    { name: 'directory', type: 'String', comment: 'Its data directory' },
    { name: 'since', type: "DateTime64(6, 'UTC')", comment: 'When it began to ask, by its own clock' },
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: ['duty', 'holder'],
  // All of a duty on one shard, where what is inserted is seen by every read that begins later.
  shardBy: 'cityHash64(duty)',
  durable: true,
};

/** Who holds a lease. Texts come from other machines: escape. */
export interface Holder {
  readonly duty: string;
  /** A run of a process: another one after each start. */
  readonly holder: string;
  /** Machine and data directory. Processes of one site are kept apart by locks in the directory, not by leases. */
  readonly site: string;
  readonly host: string;
  readonly pid: number;
  readonly directory: string;
  readonly since: Instant;
}

/** Leases that have neither ended nor been released, the oldest first. */
export const liveLeases = query(
  'sql.leases.live',
  `SELECT duty, holder, newest.2 AS host, newest.3 AS pid, newest.4 AS directory, newest.5 AS since, newest.6 AS site FROM (
  SELECT duty, holder, max(at) AS last, argMax(tuple(state, host, pid, directory, since, site), at) AS newest FROM lease GROUP BY duty, holder
)
WHERE newest.1 = 'held' AND last > now64(6, 'UTC') - toIntervalSecond({seconds:UInt32})
ORDER BY duty, newest.5, holder`,
  z
    .object({
      duty: z.string(),
      holder: z.string(),
      site: z.string(),
      host: z.string(),
      pid: z.number(),
      directory: z.string(),
      since: z.string(),
    })
    .transform(({ since, ...row }): Holder => ({ ...row, since: parseColumnTime(since) })),
);

/** Where leases are kept. What `put` has kept is seen by every `others` that begins when it has resolved. */
export interface LeaseRows {
  /** Who else holds it, at other sites. */
  others(): Promise<readonly Holder[]>;
  put(state: 'held' | 'released'): Promise<void>;
}

/** Leases in a store. */
export function storedLease(store: QueryRunner & RowWriter, me: Holder, seconds = LEASE_SECONDS): LeaseRows {
  const { duty, site, since } = me;
  return {
    // What an earlier run at this site left is nobody's any more.
    others: async () =>
      (await all(store, liveLeases, { seconds })).filter((one) => one.duty === duty && one.site !== site),
    put: (state) => store.insert(leaseTable, [{ ...me, since: formatColumnTime(since), state }]),
  };
}

/** By what a holder measures the time of its lease. */
export interface LeaseClocks {
  /** Goes on while the machine sleeps. */
  readonly clock: Clock;
  /** Milliseconds; is never set back. */
  readonly steady: () => number;
}

/**
 * One of several processes does a duty. ClickHouse cannot compare and set, so nobody is chosen among several: who asks
 * says so, then looks, and withdraws as soon as anybody else is there. Of two that ask at once the one whose row came
 * second sees the first, so that never both go on; both may withdraw, and ask again after pauses of unlike length. A
 * lease that is not renewed ends by the clock of the server, and for its holder some time before.
 *
 * What this does not give is a fence around what the holder does: a process that is halted between asking whether the
 * lease is its own and doing what it is for does it all the same when it goes on.
 */
export class Lease {
  readonly #rows: LeaseRows;
  readonly #clocks: LeaseClocks;
  readonly #seconds: number;
  #begun: { readonly wall: Instant; readonly steady: number } | undefined;
  #taking: Promise<Holder | undefined> | undefined;

  constructor(rows: LeaseRows, clocks: LeaseClocks, seconds = LEASE_SECONDS) {
    this.#rows = rows;
    this.#clocks = clocks;
    this.#seconds = seconds;
  }

  /** Whether it can be relied on. */
  get isOurs(): boolean {
    if (this.#begun === undefined) return false;
    const { wall, steady } = this.#begun;
    const passed = Math.max((this.#clocks.clock() - wall) / 1e3, this.#clocks.steady() - steady);
    return passed < this.#seconds * 1e3 * RELIED_ON;
  }

  /** Takes or renews it; returns who else has it. Whoever asks meanwhile gets the same answer. Throws a Fault `store/…`. */
  take(): Promise<Holder | undefined> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #take(): Promise<Holder | undefined> {
    const begun = { wall: this.#clocks.clock(), steady: this.#clocks.steady() };
    if (!this.isOurs) {
      this.#begun = undefined;
      const [other] = await this.#rows.others();
      if (other !== undefined) return other;
    }
    await this.#rows.put('held');
    const [other] = await this.#rows.others();
    if (other !== undefined) {
      this.#begun = undefined;
      await this.#rows.put('released');
      return other;
    }
    this.#begun = begun;
    return undefined;
  }

  /** Lets go of it. Throws a Fault `store/…`; then it ends by itself. */
  async release(): Promise<void> {
    await this.#taking?.catch(() => undefined);
    if (this.#begun === undefined) return;
    this.#begun = undefined;
    await this.#rows.put('released');
  }
}
