import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { generateEstate } from '../../src/estate/estate.ts';
import { EMPTY_POLICY } from '../../src/exposure/assess/policy.ts';
import { importScans } from '../../src/exposure/flow/import-scans.ts';
import { FEATURES, featuresOfRun, type RunFeatures } from '../../src/exposure/flow/run-features.ts';
import { runsOf } from '../../src/exposure/flow/stored-scans.ts';
import {
  featureComputations,
  featureView,
  hostFeatureTable,
  unfinishedComputations,
} from '../../src/exposure/queries/features.ts';
import type { StoredRun } from '../../src/exposure/queries/runs.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { modes, type Place } from '../store/modes.ts';

const viewRows = query(
  'test.features',
  `SELECT * FROM ${featureView.name} ORDER BY run, host`,
  z.record(z.string(), z.union([z.string(), z.number()])),
);
const { scans } = generateEstate({ hosts: 50, weeks: 4, seed: 5 });

describe.each(modes)('features that are kept, $name', ({ start }) => {
  let place: Place;
  let folder: string;
  let now = 1_800_000_000e6;
  const clock = (): Instant => (now += 1e6) as Instant;
  beforeAll(async () => {
    place = await start();
    folder = await mkdtemp(join(tmpdir(), 'tidemark-features-'));
  }, 60_000);
  afterAll(async () => {
    await place.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const bring = async (store: Store, weeks: readonly number[]): Promise<void> => {
    for (const week of weeks) {
      const file = join(folder, `${week}.xml`);
      await writeFile(file, [...scans[week]!.xml].join(''));
      const context = { store, clock, vantage: 'inside', profile: 'weekly', stdin: Readable.from([]) };
      for await (const imported of importScans([file], context))
        expect(imported).toHaveProperty('outcome.kind', 'imported');
    }
  };
  const withScans = async (weeks: readonly number[], run: (store: Store) => Promise<void>): Promise<void> => {
    const store = await openStore(place.fresh());
    try {
      await migrate(store, migrations, { program: 'test' });
      await bring(store, weeks);
      await run(store);
    } finally {
      await store.close();
    }
  };
  const newest = async (store: Store): Promise<StoredRun> => (await runsOf(store)).at(-1)!;
  const ask = async (store: Store, networks: readonly string[] = []): Promise<RunFeatures> =>
    featuresOfRun(store, await newest(store), {
      policy: EMPTY_POLICY,
      networks: networks.map((text) => parsePrefix(text)!),
      clock,
    });
  const computations = async (store: Store) =>
    all(store, featureComputations, { run: (await newest(store)).info.id, version: 1 });

  test('computed once, read again to the last bit, and seen by the view under their names', async () => {
    await withScans([0, 1, 2], async (store) => {
      const asked = await ask(store);
      expect(asked.hosts.length).toBeGreaterThan(5);
      const known = await computations(store);
      expect(known).toHaveLength(1);
      expect(await ask(store)).toEqual(asked);
      expect(await computations(store)).toEqual(known);

      // What a kill leaves is seen by nobody, and gone when features are computed again.
      await store.insert(hostFeatureTable, [
        {
          computation: '00000000-0000-4000-8000-000000000000',
          seq: 0,
          host: '10.9.9.9',
          identity: 'x',
          features: [],
        },
      ]);
      const rows = await all(store, viewRows, {});
      const { id } = (await newest(store)).info;
      expect(rows).toEqual(
        asked.hosts
          .map(({ host, identity, values }) => ({
            run: id,
            host,
            identity,
            version: 1,
            computed: expect.any(String) as string,
            ...Object.fromEntries(FEATURES.map(({ name }, index) => [name, values[index]])),
          }))
          .toSorted((a, b) => (a.host < b.host ? -1 : 1)),
      );
      expect(await all(store, unfinishedComputations, {})).toHaveLength(1);
      await ask(store, ['10.0.0.0/8']);
      expect(await all(store, unfinishedComputations, {})).toEqual([]);
      expect((await ask(store, ['10.0.0.0/8'])).hosts).toHaveLength(asked.hosts.length);
    });
  }, 120_000);

  test('computed again when a scan was imported late, and for other networks; what that replaces is gone', async () => {
    const wide = ['10.0.0.0/8'];
    const want: RunFeatures[] = [];
    await withScans([0, 1, 2], async (store) => {
      want.push(await ask(store), await ask(store, wide));
    });
    await withScans([0, 2], async (store) => {
      const early = await ask(store);
      await bring(store, [1]);
      const answers = [await ask(store), await ask(store, wide)];
      expect(answers).toEqual(want);
      expect(new Set([early, ...answers].map((each) => JSON.stringify(each))).size).toBe(3);
      expect(await computations(store)).toHaveLength(1);
      expect(await all(store, viewRows, {})).toHaveLength(early.hosts.length);
    });
  }, 120_000);
});
