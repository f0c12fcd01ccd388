import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { modes, type Place } from '../store/modes.ts';
import { Fault } from '../../src/fault/fault.ts';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import type { Table } from '../../src/sql/table.ts';
import type { StoreConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { describeSchema } from '../../src/schema/description.ts';
import type { Migration } from '../../src/schema/migration.ts';
import { migrate, type AppliedMigration } from '../../src/schema/migrator.ts';

const port = { name: 'port', type: 'UInt16', comment: 'Port' };
const service = {
  name: 'service',
  type: 'LowCardinality(String)',
  comment: 'Service',
  expression: "DEFAULT 'unknown'",
};
const seen: Table = {
  name: 'seen',
  comment: 'Ports seen',
  columns: [{ name: 'host', type: 'IPv6', comment: 'Host' }, port],
  engine: 'MergeTree',
  orderBy: ['host', 'port'],
  shardBy: 'cityHash64(host)',
  durable: true,
};
const view = {
  name: 'seen_view',
  comment: 'Ports seen',
  columns: [{ name: 'port', type: 'UInt16', comment: 'Port' }],
  select: 'SELECT port FROM seen',
};
const first: Migration = { id: 1, name: 'first', tables: [seen], views: [view] };
/** As the program declares it once the second migration is there. */
const wider: Table = { ...seen, columns: [...seen.columns, service] };
const second: Migration = {
  id: 2,
  name: 'services',
  columns: [{ table: wider, column: service }],
  statements: ['CREATE TABLE IF NOT EXISTS note (text String) ENGINE = MergeTree ORDER BY text'],
  views: [
    {
      ...view,
      columns: [...view.columns, { name: 'service', type: 'String', comment: 'Service' }],
      select: 'SELECT port, service FROM seen',
    },
  ],
};
const firstToday: Migration = { ...first, tables: [wider] };

const rowsOf = query(
  'test.rows',
  'SELECT port, service FROM seen_view ORDER BY port',
  z.object({ port: z.number(), service: z.string() }),
);
const ledger = query(
  'test.ledger',
  'SELECT DISTINCT id FROM schema_migration ORDER BY id',
  z.object({ id: z.number() }),
);

const ids = (applied: readonly AppliedMigration[]): number[] =>
  [...new Set(applied.map((one) => one.id))].toSorted((a, b) => a - b);

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error;
}

describe.each(modes)('migrations, $name', ({ name, start }) => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
  }, 60_000);
  afterAll(async () => {
    await place.stop();
  }, 60_000);

  const within = async (work: (store: Store, config: StoreConfig) => Promise<void>): Promise<void> => {
    const config = place.fresh();
    const store = await openStore(config);
    try {
      await work(store, config);
    } finally {
      await store.close();
    }
  };

  test(
    'bring a new store forward once, and rows along',
    () =>
      within(async (store) => {
        expect(ids(await migrate(store, [first], { program: '0.1.0' }))).toEqual([1]);
        expect(await migrate(store, [first], { program: '0.1.0' })).toEqual([]);
        await store.insert(seen, [{ host: '10.0.0.1', port: 22 }]);
        const applied = await migrate(store, [firstToday, second], { program: '0.2.0' });
        expect(ids(applied)).toEqual([2]);
        expect(applied).toHaveLength(store.nodes.length);
        await store.insert(wider, [{ host: '10.0.0.2', port: 80, service: 'http' }]);
        expect(await all(store, rowsOf, {})).toEqual([
          { port: 22, service: 'unknown' },
          { port: 80, service: 'http' },
        ]);
        for (const node of store.nodes) expect(await all(node, ledger, {})).toEqual([{ id: 1 }, { id: 2 }]);
      }),
    60_000,
  );

  test('arrive at one schema, step by step and all at once', async () => {
    let stepwise: unknown;
    await within(async (store) => {
      await migrate(store, [first], { program: '0.1.0' });
      await migrate(store, [firstToday, second], { program: '0.2.0' });
      stepwise = JSON.stringify(await Promise.all(store.nodes.map((node) => describeSchema(node))));
    });
    await within(async (store, config) => {
      await migrate(store, [firstToday, second], { program: '0.2.0' });
      const once = JSON.stringify(await Promise.all(store.nodes.map((node) => describeSchema(node))));
      // The engine writes the database's name into views and Distributed tables.
      const plain = (text: string): string => text.replaceAll(/store_\d+/g, 'db');
      expect([plain(once), config.database]).toEqual([plain(String(stepwise)), config.database]);
      expect(JSON.parse(once)).not.toEqual([]);
    });
  }, 60_000);

  test(
    'that stop half-way are run again',
    () =>
      within(async (store) => {
        const broken: Migration = {
          ...second,
          statements: ['CREATE TABLE note (text NoSuchType) ENGINE = MergeTree ORDER BY text'],
        };
        const fault = await faultOf(migrate(store, [firstToday, broken], { program: '0.2.0' }));
        expect(fault.code).toMatch(/^store\//);
        expect(await all(store.nodes[0] ?? store, ledger, {})).toEqual([{ id: 1 }]);
        expect(ids(await migrate(store, [firstToday, second], { program: '0.2.0' }))).toContain(2);
        expect(await all(store, rowsOf, {})).toEqual([]);
      }),
    60_000,
  );

  test(
    'refuse a store that is newer than the program, and change nothing',
    () =>
      within(async (store) => {
        await migrate(store, [firstToday, second], { program: '0.9.0' });
        const before = JSON.stringify(await describeSchema(store));
        const fault = await faultOf(migrate(store, [first], { program: '0.1.0' }));
        expect(fault.code).toBe('schema/newer-store');
        expect(fault.message).toContain('0.9.0');
        expect(fault.fix).toContain('0.9.0');
        expect(JSON.stringify(await describeSchema(store))).toBe(before);
      }),
    60_000,
  );

  test(
    'refuse a store with another history',
    () =>
      within(async (store) => {
        await migrate(store, [first], { program: '0.1.0' });
        const fault = await faultOf(
          migrate(store, [{ ...first, name: 'something else' }], { program: '0.1.1' }),
        );
        expect(fault.code).toBe('schema/diverged');
        expect(fault.message).toContain('something else');
      }),
    60_000,
  );

  test(
    'with a gap or a number used twice are a mistake of ours',
    () =>
      within(async (store) => {
        await expect(migrate(store, [first, { ...second, id: 3 }], { program: '0.2.0' })).rejects.toThrow(
          RangeError,
        );
        await expect(migrate(store, [first, { ...second, id: 1 }], { program: '0.2.0' })).rejects.toThrow(
          RangeError,
        );
      }),
    60_000,
  );

  // The embedded engine has one owner: there is never a second migrator.
  test.runIf(name !== 'embedded')(
    'by several programs at a time all succeed',
    async () => {
      for (let round = 0; round < 3; round += 1) {
        const config = place.fresh();
        const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(config)));
        try {
          await Promise.all(
            stores.map((store) => migrate(store, [firstToday, second], { program: '0.2.0' })),
          );
          const [store] = stores;
          if (store === undefined) throw new Error('no store');
          expect(await migrate(store, [firstToday, second], { program: '0.2.0' })).toEqual([]);
          await store.insert(wider, [{ host: '::1', port: 443, service: 'https' }]);
          expect(await all(store, rowsOf, {})).toEqual([{ port: 443, service: 'https' }]);
        } finally {
          await Promise.all(stores.map((store) => store.close()));
        }
      }
    },
    60_000,
  );

  test.runIf(name === 'cluster')(
    'let a node that was away catch up',
    () =>
      within(async (store) => {
        await migrate(store, [first], { program: '0.1.0' });
        const [, away] = store.nodes;
        if (away === undefined) throw new Error('no second node');
        for (const table of ['seen_view', 'seen', 'seen_local', 'schema_migration'])
          await away.applyDdl(`DROP TABLE ${table} SYNC`);
        const applied = await migrate(store, [firstToday, second], { program: '0.2.0' });
        expect(applied.filter((one) => one.node === away.name).map((one) => one.id)).toEqual([1, 2]);
        expect(applied.filter((one) => one.node !== away.name).map((one) => one.id)).toEqual([2, 2]);
        await store.insert(
          wider,
          Array.from({ length: 100 }, (_, index) => ({ host: `10.0.0.${index}`, port: index })),
        );
        expect(await all(store, rowsOf, {})).toHaveLength(100);
      }),
    60_000,
  );
});
