import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modes, type Place } from '../store/modes.ts';
import { readState, releases, restoreState } from '../store/schema-state.ts';
import type { Store } from '../../src/store/store.ts';
import { openStore } from '../../src/store/open.ts';
import { describeSchema, type DescribedTable } from '../../src/schema/description.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';

const past = await releases();
const manifest: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
const { version } = manifest as { version: string };

/** Every node of the store, as the engine describes it. */
async function describeAll(store: Store): Promise<(readonly DescribedTable[])[]> {
  return Promise.all(store.nodes.map((node) => describeSchema(node)));
}

describe.each(modes.filter((mode) => mode.name !== 'server'))(
  'schema of past releases, $name',
  ({ name, start }) => {
    let place: Place;
    let want: (readonly DescribedTable[])[];
    // The dumps name the database, as the engine writes it.
    const kind = name === 'cluster' ? 'cluster' : 'embedded';

    beforeAll(async () => {
      place = await start();
      const store = await openStore({ ...place.fresh(), database: 'tidemark' });
      await migrate(store, migrations, { program: version });
      want = await describeAll(store);
      // The next stores of a cluster have the same database.
      if (name === 'cluster') await store.applyDdl('DROP DATABASE tidemark SYNC');
      await store.close();
    }, 60_000);

    afterAll(async () => {
      await place.stop();
    }, 60_000);

    const restored = async (release: string): Promise<Store> => {
      const store = await openStore({ ...place.fresh(), database: 'tidemark' });
      const dump = await readState(release, kind);
      for (const node of store.nodes) await restoreState(node, dump);
      return store;
    };

    const leave = async (store: Store): Promise<void> => {
      if (name === 'cluster') await store.applyDdl('DROP DATABASE tidemark SYNC');
      await store.close();
    };

    test.each(past)(
      'today is arrived at from %s',
      async (release) => {
        const store = await restored(release);
        try {
          await migrate(store, migrations, { program: version });
          expect(await describeAll(store)).toEqual(want);
          expect(await migrate(store, migrations, { program: version })).toEqual([]);
        } finally {
          await leave(store);
        }
      },
      60_000,
    );

    // When this fails before a release, run `npx tsx scripts/dump-schema.ts`. After it, write a migration.
    test.runIf(past.includes(version))(
      'the kept state of this release is what it makes',
      async () => {
        const store = await restored(version);
        try {
          expect(await describeAll(store)).toEqual(want);
        } finally {
          await leave(store);
        }
      },
      60_000,
    );
  },
);
