import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DELIVERY, schedulesDuty } from '../../src/assembly/duties.ts';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Lease, storedLease, type Holder } from '../../src/sql/lease.ts';
import type { StoreConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { modes, type Place } from './modes.ts';

const clock = () => fromMillis(Date.now());

describe.each(modes)('what only one process may do, on $name', ({ name, start }) => {
  let directory = '';
  let place: Place;
  let config: StoreConfig;
  const open: Workspace[] = [];
  /** A workspace of another directory on the same history. */
  const workspace = async (folder: string): Promise<Workspace> => {
    const dataDir = join(directory, folder);
    const loaded = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: dataDir } }).config;
    const store = name === 'embedded' ? config : { ...config, dataDir };
    const made = await Workspace.open({ ...loaded, store }, { clock, program: 'test' });
    open.push(made);
    return made;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'duties-'));
    place = await start();
    config = place.fresh();
  }, 120_000);
  afterAll(async () => {
    for (const each of open) await each.close().catch(() => undefined);
    await place.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('is done by whoever has it, and by the next when that one ends', { timeout: 120_000 }, async () => {
    const one = await workspace('one');
    const done: string[] = [];
    const doneBy = (each: Workspace, by: string) =>
      each.duties.during(DELIVERY, () => Promise.resolve(done.push(by)));
    if (name === 'embedded') {
      // One process has the history anyway.
      expect(await one.duties.keep(DELIVERY)).toBeUndefined();
      expect(await one.duties.held()).toEqual([]);
      expect(await doneBy(one, 'one')).toBe(1);
      return;
    }
    const two = await workspace('two');
    expect(await one.duties.keep(DELIVERY)).toBeUndefined();
    expect(await two.duties.keep(DELIVERY)).toMatchObject({
      duty: DELIVERY,
      pid: process.pid,
      directory: join(directory, 'one'),
    });
    expect(await doneBy(two, 'two')).toBeUndefined();
    expect(await doneBy(one, 'one')).toBe(1);
    // Another duty is another matter.
    expect(await two.duties.keep(schedulesDuty('dmz'))).toBeUndefined();
    expect((await one.duties.held()).map(({ duty, directory: where }) => [duty, where])).toEqual([
      [DELIVERY, join(directory, 'one')],
      [schedulesDuty('dmz'), join(directory, 'two')],
    ]);
    await one.close();
    expect(await two.duties.held()).toHaveLength(1);
    expect(await doneBy(two, 'two')).toBe(2);
    expect(done).toEqual(['one', 'two']);
    // What was done for a moment is free again, unless it is kept.
    expect(await two.duties.keep(DELIVERY)).toBeUndefined();
    const three = await workspace('three');
    expect(await doneBy(three, 'three')).toBeUndefined();
    // A process of the same directory: the files there keep both apart, and what a killed one left hinders nobody.
    const sibling = await workspace('two');
    expect(await sibling.duties.keep(DELIVERY)).toBeUndefined();
    await sibling.duties.letGo(DELIVERY);
    expect(await doneBy(three, 'three')).toBeUndefined();
    await two.duties.letGo(DELIVERY);
    expect(await doneBy(three, 'three')).toBe(3);
    expect((await three.duties.held()).map(({ duty }) => duty)).toEqual([schedulesDuty('dmz')]);
  });

  test.skipIf(name === 'embedded')(
    'is never done by two that ask at once, and by the next once nobody renews it',
    { timeout: 120_000 },
    async () => {
      const SECONDS = 2;
      const store = await openStore(config);
      try {
        const lease = (holder: string, duty: string): Lease => {
          const me: Holder = {
            duty,
            holder,
            site: holder,
            host: 'a',
            pid: 1,
            directory: '/',
            since: clock(),
          };
          return new Lease(
            storedLease(store, me, SECONDS),
            { clock, steady: () => performance.now() },
            SECONDS,
          );
        };
        for (let round = 0; round < 20; round += 1) {
          const asking = [1, 2, 3].map((each) => lease(`holder ${each}`, `race ${round}`));
          await Promise.all(asking.map((each) => each.take()));
          expect(asking.filter((each) => each.isOurs).length).toBeLessThanOrEqual(1);
        }
        const [silent, next] = [lease('silent', 'left'), lease('next', 'left')];
        expect(await silent.take()).toBeUndefined();
        expect(await next.take()).toMatchObject({ holder: 'silent' });
        while ((await next.take()) !== undefined) await sleep(100);
        expect([silent.isOurs, next.isOurs]).toEqual([false, true]);
      } finally {
        await store.close();
      }
    },
  );
});
