import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instant } from '../time/instant.ts';
import { Lease, type Holder, type LeaseRows } from './lease.ts';

const SECONDS = 60;
const START = 1e15;

/** A table that every process sees alike, and a clock that all of them share; each has its own beside. */
class SharedTable {
  now = START;
  readonly #rows = new Map<string, { state: 'held' | 'released'; at: number }>();

  rows(holder: string, step: () => Promise<void>): LeaseRows {
    return {
      // What is read or put happens at one moment, somewhere between the question and the answer.
      others: async () => {
        await step();
        const found = [...this.#rows]
          .filter(
            ([name, { state, at }]) => name !== holder && state === 'held' && at > this.now - SECONDS * 1e6,
          )
          .map(([name]): Holder => ({
            duty: 'delivery',
            holder: name,
            site: name,
            host: '',
            pid: 1,
            directory: '',
            since: 0 as Instant,
          }));
        await step();
        return found;
      },
      put: async (state) => {
        await step();
        this.#rows.set(holder, { state, at: this.now });
        await step();
      },
    };
  }

  lease(holder: string, step: () => Promise<void> = () => Promise.resolve()): Lease {
    const clocks = { clock: () => this.now as Instant, steady: () => this.now / 1e3 };
    return new Lease(this.rows(holder, step), clocks, SECONDS);
  }

  pass(seconds: number): void {
    this.now += seconds * 1e6;
  }
}

describe('a lease', () => {
  test('is taken when nobody has it, kept by renewing, and left to whoever has it', async () => {
    const table = new SharedTable();
    const [one, two] = [table.lease('one'), table.lease('two')];
    expect(await one.take()).toBeUndefined();
    for (let round = 0; round < 10; round += 1) {
      expect(await two.take()).toMatchObject({ holder: 'one' });
      table.pass(15);
      expect(await one.take()).toBeUndefined();
      expect([one.isOurs, two.isOurs]).toEqual([true, false]);
    }
  });

  test('is free when it was let go of, and when it was not renewed; who had it knows before that', async () => {
    const table = new SharedTable();
    const [one, two] = [table.lease('one'), table.lease('two')];
    await one.take();
    await one.release();
    expect(one.isOurs).toBe(false);
    expect(await two.take()).toBeUndefined();
    table.pass(46);
    expect(two.isOurs).toBe(false);
    expect(await one.take()).toMatchObject({ holder: 'two' });
    table.pass(15);
    expect(await one.take()).toBeUndefined();
    expect(await two.take()).toMatchObject({ holder: 'one' });
  });

  test.each([
    { why: 'that stops while the machine sleeps', steady: 1, wall: 61 },
    { why: 'that is set back', steady: 61, wall: -3600 },
  ])('is not relied on by a clock $why', async ({ steady, wall }) => {
    const passed = { steady: 0, wall: 0 };
    const table = new SharedTable();
    const lease = new Lease(
      table.rows('one', () => Promise.resolve()),
      { clock: () => (START + passed.wall * 1e6) as Instant, steady: () => passed.steady * 1e3 },
      SECONDS,
    );
    await lease.take();
    expect(lease.isOurs).toBe(true);
    Object.assign(passed, { steady, wall });
    expect(lease.isOurs).toBe(false);
  });

  test('that could not be put down is nobody’s', async () => {
    const rows: LeaseRows = {
      others: () => Promise.resolve([]),
      put: () => Promise.reject(new Error('gone')),
    };
    const lease = new Lease(rows, { clock: () => START as Instant, steady: () => 0 }, SECONDS);
    await expect(lease.take()).rejects.toThrow('gone');
    expect(lease.isOurs).toBe(false);
  });

  test('has one holder at a time, however slow the store answers each of those who ask', async () => {
    const holders = { most: 0, seen: 0 };
    const acts = fc.array(fc.constantFrom('take' as const, 'take' as const, 'release' as const), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.tuple(acts, acts, acts),
        fc.infiniteStream(fc.constantFrom(0, 0, 0, 1, 5, 20, 45)),
        async (scheduler, acting, pauses) => {
          const table = new SharedTable();
          const look = (): void => {
            const now = leases.filter((lease) => lease.isOurs).length;
            holders.most = Math.max(holders.most, now);
            holders.seen += now;
          };
          const step = async (): Promise<void> => {
            await scheduler.schedule(Promise.resolve());
            look();
            table.pass(pauses.next().value);
            look();
          };
          const leases = ['one', 'two', 'three'].map((name) => table.lease(name, step));
          const done = leases.map(async (lease, index) => {
            for (const act of acting[index]!) {
              await lease[act]();
              look();
            }
          });
          await scheduler.waitFor(Promise.all(done));
          expect(holders.most).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 1000 },
    );
    expect(holders.seen).toBeGreaterThan(1000);
  });
});
