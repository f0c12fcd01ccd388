import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ingestFile, knownFile, TelemetryIngest } from '../../src/recon/flow/ingest.ts';
import type { TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import {
  checkpointsOfSensor,
  encodeCheckpoint,
  type StoredCheckpoint,
} from '../../src/recon/queries/checkpoints.ts';
import { telemetryCheckpointTable } from '../../src/recon/queries/tables.ts';
import { applyRetention } from '../../src/recon/queries/retention.ts';
import { problemsOfTelemetryFile } from '../../src/recon/queries/telemetry-files.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { all, first } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { modes, type Place } from '../store/modes.ts';
import { everything } from './contents.ts';
import { anyRecord, BEGIN, jsonReader, toLine } from './records.ts';

async function* pieces(lines: readonly string[], size: number): AsyncGenerator<readonly string[]> {
  for (let at = 0; at < lines.length; at += size) yield lines.slice(at, at + size);
}

const flowLine = (over: Partial<Record<string, unknown>>): string =>
  toLine({
    kind: 'flow',
    time: BEGIN,
    source: '10.0.0.1',
    sourcePort: 40_000,
    destination: '10.0.0.2',
    destinationPort: 22,
    protocol: 6,
    duration: 1,
    outcome: 'answered',
    state: 'SF',
    history: 'ShADadFf',
    service: 'ssh',
    sourcePackets: 1,
    destinationPackets: 2,
    sourceBytes: 3,
    destinationBytes: 4,
    sourceFlags: 27,
    sampling: 1,
    uid: 'C1',
    ...over,
  } as TelemetryRecord);

describe.each(modes)('ingest of telemetry, $name', ({ name, start }) => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
  }, 60_000);
  afterAll(() => place.stop(), 60_000);

  const within = async <T>(work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openStore(place.fresh());
    try {
      await migrate(store, migrations, { program: 'test' });
      return await work(store);
    } finally {
      await store.close();
    }
  };
  let now: number = BEGIN;
  const context = (store: Store, batchRows?: number, sensor = 'default') => ({
    store,
    clock: () => (now += 1e6) as Instant,
    sensor,
    ...(batchRows === undefined ? {} : { batchRows }),
  });

  test('the same records leave the same traces, in any order, in any batches, from any file, once or twice', async () => {
    await within((store) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord, { minLength: 1, maxLength: 120 }),
          fc.integer({ min: 1, max: 50 }),
          fc.array(fc.nat(), { maxLength: 40 }),
          async (records, batchRows, again) => {
            const lines = records.map(toLine);
            const clear = async (): Promise<void> => {
              for (const node of store.nodes)
                for (const table of [
                  'flow',
                  'app_event',
                  'ids_alert',
                  'process_event',
                  'contact',
                  'service_history',
                ])
                  await node.applyDdl(`TRUNCATE TABLE ${table}${name === 'cluster' ? '_local' : ''}`);
            };
            await clear();
            const summary = () => ({ sha256: '', bytes: 0 });
            await ingestFile(context(store), 'a.log', jsonReader(), { lines: pieces(lines, 1000), summary });
            const once = await everything(store);
            await clear();
            const shuffled = [...again.map((at) => lines[at % lines.length] ?? ''), ...lines.toReversed()];
            await ingestFile(context(store, batchRows), 'a.log.1', jsonReader(), {
              lines: pieces(shuffled, 7),
              summary,
            });
            expect(await everything(store)).toEqual(once);
          },
        ),
        { numRuns: name === 'embedded' ? 15 : 4 },
      ),
    );
  }, 120_000);

  test('a record is kept with every field, and points to its line', () =>
    within(async (store) => {
      const ingest = new TelemetryIngest(context(store), '/var/log/conn "1".log', jsonReader());
      await ingest.add(['', flowLine({ service: '', source: '2001:db8::1' })]);
      await ingest.flush();
      const row = await first(
        store,
        query('test.row', 'SELECT * FROM flow', z.record(z.string(), z.unknown())),
        {},
      );
      expect(row).toMatchObject({
        time: '2026-11-20T00:00:00.000000Z',
        sensor: 'default',
        source: '2001:db8::1',
        destination: '::ffff:10.0.0.2',
        outcome: 'answered',
        file: '/var/log/conn "1".log',
        line: '2',
        uid: 'C1',
      });
    }));

  test('rows of two sensors are two records', () =>
    within(async (store) => {
      for (const sensor of ['a', 'b']) {
        const ingest = new TelemetryIngest(context(store, undefined, sensor), 'x', jsonReader());
        await ingest.add([flowLine({}), flowLine({})]);
        await ingest.flush();
      }
      const count = query(
        'test.count',
        'SELECT uniqExact(record) AS n FROM flow',
        z.object({ n: z.coerce.number() }),
      );
      expect(await first(store, count, {})).toEqual({ n: 2 });
    }));

  test('what is wrong with a line is kept aside, and the lines around it go on', () =>
    within(async (store) => {
      const lines = [
        flowLine({}),
        'nonsense',
        flowLine({ time: -1 }),
        flowLine({ destinationPort: 70_000 }),
        flowLine({ source: 'not an address' }),
        '',
        flowLine({ uid: 'C2' }),
      ];
      const file = await ingestFile(context(store), 'x.log', jsonReader(), {
        lines: pieces(lines, 3),
        summary: () => ({ sha256: 'abc', bytes: 7 }),
      });
      expect(file).toMatchObject({
        lines: 7,
        records: { flow: 2, app: 0, alert: 0, process: 0 },
        problems: 4,
        first: BEGIN,
        last: BEGIN,
      });
      expect([...file.skipped]).toEqual([['blank', 1]]);
      expect(await knownFile(store, { sha256: 'abc', sensor: 'default', format: 'zeek-json' })).toEqual(file);
      expect(await knownFile(store, { sha256: 'abc', sensor: 'other', format: 'zeek-json' })).toBeUndefined();
      const problems = await all(store, problemsOfTelemetryFile, { sensor: 'default', file: 'x.log' });
      expect(problems.map(({ line, message }) => [line, message])).toEqual([
        [2, 'not JSON'],
        [3, '-1 µs is not a time between 1970 and 2106'],
        [4, '70000 is not a whole number from 0 to 65535'],
        [5, 'not an IP address: not an address'],
      ]);
      expect(problems[0]?.text).toBe('nonsense');
    }));

  test('of many problems a thousand are kept, and all are counted', () =>
    within(async (store) => {
      const ingest = new TelemetryIngest(context(store), 'x', jsonReader());
      await ingest.add(Array.from({ length: 1500 }, () => 'y'.repeat(2000)));
      await ingest.flush();
      expect(ingest.tally.problems).toBe(1500);
      const kept = await all(store, problemsOfTelemetryFile, { sensor: 'default', file: 'x' });
      expect(kept).toHaveLength(1000);
      expect(kept[0]?.text).toHaveLength(500);
    }));

  test(
    'a clock that scatters records over a century loses none',
    () =>
      within(async (store) => {
        const lines = Array.from({ length: 150 }, (_, index) => flowLine({ time: index * 280 * 86_400e6 }));
        const ingest = new TelemetryIngest(context(store), 'x', jsonReader());
        await ingest.add(lines);
        await ingest.flush();
        const count = query(
          'test.count',
          'SELECT uniqExact(record) AS n FROM flow',
          z.object({ n: z.coerce.number() }),
        );
        expect(await first(store, count, {})).toEqual({ n: 150 });
      }),
    60_000,
  );

  test('a round of watch learns which sources came, and how they fared', () =>
    within(async (store) => {
      const ingest = new TelemetryIngest(context(store), '-', jsonReader(), { countSources: true, line: 10 });
      await ingest.add([flowLine({}), flowLine({ outcome: 'refused' }), flowLine({ source: '::1' })]);
      expect(ingest.line).toBe(13);
      expect(Object.fromEntries(await ingest.flush())).toEqual({
        '10.0.0.1': { records: 2, failed: 1, alerts: 0 },
        '::1': { records: 1, failed: 0, alerts: 0 },
      });
      expect((await ingest.flush()).size).toBe(0);
    }));

  test('a checkpoint replaces the one before it, and those of another sensor are strangers', () =>
    within(async (store) => {
      const checkpoint: StoredCheckpoint = {
        key: 'a',
        path: '/var/log/eve.json',
        device: '64768',
        inode: '18446744073709551615',
        headBytes: 1024,
        headSha256: 'ab'.repeat(32),
        offset: 10,
        line: 1,
        modified: 1_795_305_600_000,
        ended: false,
      };
      const later = { ...checkpoint, path: '/var/log/eve.json.1', offset: 20, line: 2, ended: true };
      await store.insert(telemetryCheckpointTable, [
        encodeCheckpoint('default', later, (BEGIN + 1) as Instant),
      ]);
      await store.insert(telemetryCheckpointTable, [
        encodeCheckpoint('default', checkpoint, BEGIN),
        encodeCheckpoint('default', { ...checkpoint, key: 'b' }, BEGIN),
        encodeCheckpoint('other', checkpoint, BEGIN),
      ]);
      expect(await all(store, checkpointsOfSensor, { sensor: 'default' })).toEqual([
        later,
        { ...checkpoint, key: 'b' },
      ]);
    }));

  test('what is too old is dropped, counted from when it was read', () =>
    within(async (store) => {
      const days = { flowDays: 30, eventDays: 90, contactDays: 180 };
      await applyRetention(store, days);
      await applyRetention(store, days);
      await applyRetention(store, { ...days, flowDays: 3 });
      const table = name === 'cluster' ? 'flow_local' : 'flow';
      const definition = query(
        'test.definition',
        `SELECT engine_full AS text FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`,
        z.object({ text: z.string() }),
      );
      for (const node of store.nodes)
        expect((await first(node, definition, {}))?.text).toContain('TTL loaded + toIntervalDay(3)');
      const ingest = new TelemetryIngest({ ...context(store), clock: () => BEGIN }, 'x', jsonReader());
      await ingest.add([flowLine({})]);
      await ingest.flush();
      const later = new TelemetryIngest(
        { ...context(store), clock: () => 4_000_000_000e6 as Instant },
        'x',
        jsonReader(),
      );
      await later.add([flowLine({ time: 0, uid: 'old record, read late' })]);
      await later.flush();
      for (const node of store.nodes) await node.applyDdl(`OPTIMIZE TABLE ${table} FINAL`);
      const uids = query('test.uids', 'SELECT uid FROM flow', z.object({ uid: z.string() }));
      expect((await all(store, uids, {})).map((row) => row.uid)).toContain('old record, read late');
    }));
});
