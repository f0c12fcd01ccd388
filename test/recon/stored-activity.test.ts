import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { TelemetryIngest } from '../../src/recon/flow/ingest.ts';
import { StoredActivity } from '../../src/recon/flow/stored-activity.ts';
import type { ActivityReader, ActivityScope, SourceGroup } from '../../src/recon/model/activity-reader.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import type { Flow, TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { IN_ORDER } from '../../src/recon/queries/contacts.ts';
import { sourceGroups } from '../../src/recon/queries/groups.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { all } from '../../src/sql/ports.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { modes, type Place } from '../store/modes.ts';
import { ADDRESSES, anyRecord, anyScan, BEGIN, distinctRecords, jsonReader, toLine } from './records.ts';

const DAY = 86_400e6;
const scopes: readonly ActivityScope[] = [
  { from: 0 as Instant, to: (BEGIN + 100 * DAY) as Instant },
  { from: (BEGIN + DAY) as Instant, to: (BEGIN + 3 * DAY + 500_001) as Instant },
  { from: BEGIN, to: (BEGIN + 100 * DAY) as Instant, sources: ADDRESSES.slice(0, 5) },
  { from: BEGIN, to: BEGIN },
];

async function told(reader: ActivityReader, sources: readonly IpAddress[]): Promise<unknown> {
  const answers: unknown[] = [
    await reader.newest(),
    Object.fromEntries(await reader.answeringPorts(sources)),
  ];
  for (const scope of scopes) {
    const candidates: IpAddress[] = [];
    for await (const batch of reader.candidates(scope)) candidates.push(...batch);
    const groups: unknown[] = [];
    for await (const group of reader.groups(scope)) groups.push(group);
    const activities: unknown[] = [];
    for await (const activity of reader.activities(sources, scope)) activities.push(activity);
    const openings = await Promise.all(sources.map((source) => reader.openings(source, scope)));
    answers.push({ candidates, groups, activities, openings });
  }
  return answers;
}

describe.each(modes)('activity from the store, $name', ({ name, start }) => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await start();
    store = await openStore(place.fresh());
    await migrate(store, migrations, { program: 'test' });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await place.stop();
  }, 60_000);

  const bring = async (records: readonly TelemetryRecord[], batchRows: number): Promise<void> => {
    for (const node of store.nodes)
      for (const table of ['flow', 'app_event', 'ids_alert', 'process_event', 'contact', 'service_history'])
        await node.applyDdl(`TRUNCATE TABLE ${table}${name === 'cluster' ? '_local' : ''}`);
    const ingest = new TelemetryIngest(
      { store, clock: () => BEGIN, sensor: 'default', batchRows },
      'x',
      jsonReader(),
    );
    for (let at = 0; at < records.length; at += 13) await ingest.add(records.slice(at, at + 13).map(toLine));
    await ingest.flush();
  };

  const same = async (records: readonly TelemetryRecord[], again: readonly number[], batchRows: number) => {
    const table = new ActivityTable();
    const pointer = { sensor: 'default', file: 'y', line: 1 };
    for (const record of records) table.add(record, pointer);
    const repeated = again.map((at) => records[at % records.length] as TelemetryRecord);
    await bring([...repeated, ...records.toReversed()], batchRows);
    const want = await told(table, ADDRESSES);
    expect(await told(new StoredActivity(store), ADDRESSES)).toEqual(want);
  };

  test(
    'is what a table in memory says: any records, in any order and batches, some of them twice',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord, { minLength: 1, maxLength: 250 }),
          fc.array(fc.nat(), { maxLength: 30 }),
          fc.integer({ min: 10, max: 200 }),
          same,
        ),
        { numRuns: name === 'embedded' ? 20 : 4 },
      ),
    240_000,
  );

  test('three decoys at one host are a group in each of the three ways', async () => {
    const flow = distinctRecords(50).find((record): record is Flow => record.kind === 'flow');
    if (flow === undefined) throw new Error('no flow among the records');
    const sources = ['192.0.2.7', '192.0.2.77', '192.0.2.100'] as IpAddress[];
    const scan = [21, 22, 23, 25, 80, 443, 445, 3389].flatMap((destinationPort, port) =>
      sources.map((source, index): Flow => ({
        ...flow,
        source,
        destination: '10.0.0.9' as IpAddress,
        destinationPort,
        protocol: 6,
        outcome: 'silent',
        time: (BEGIN + port * 5e6 + index) as Instant,
      })),
    );
    await bring([...scan, ...scan], 100);
    const groups: SourceGroup[] = [];
    for await (const group of new StoredActivity(store).groups({ from: BEGIN, to: (BEGIN + DAY) as Instant }))
      groups.push(group);
    const byText = ['192.0.2.100', '192.0.2.7', '192.0.2.77'];
    expect(groups).toEqual([
      { by: 'simultaneous', key: byText.join(' '), sources: byText },
      { by: 'prefix', key: '192.0.2.0/24', sources: byText },
      { by: 'destination', key: '10.0.0.9', sources: byText },
    ]);
    // As it is asked where those that mostly fail are too many to be listed.
    const limits = { from: 0n, to: BigInt(BEGIN + DAY) * 8n };
    const settings = IN_ORDER;
    for (const [by, { all: ofAll }] of Object.entries(sourceGroups))
      expect([by, await all(store, ofAll, limits, { settings })]).toEqual([
        by,
        groups.filter((group) => group.by === by).map(({ key, sources: members }) => ({ key, members })),
      ]);
  }, 60_000);

  test('sources that divide a port of a network are a group of it, who touched one host there is not in it', async () => {
    const flow = distinctRecords(50).find((record): record is Flow => record.kind === 'flow');
    if (flow === undefined) throw new Error('no flow among the records');
    const sources = ['192.0.2.7', '198.51.100.9', '203.0.113.3'] as IpAddress[];
    const touch = (source: IpAddress, host: number): Flow => ({
      ...flow,
      source,
      destination: `10.0.7.${host}` as IpAddress,
      destinationPort: 443,
      protocol: 6,
      outcome: 'silent',
      time: (BEGIN + host * 60e6) as Instant,
    });
    await bring(
      [
        ...Array.from({ length: 9 }, (_, host) => touch(sources[host % 3]!, host + 1)),
        touch('203.0.113.77' as IpAddress, 20),
      ],
      100,
    );
    const expected = { key: '10.0.7.0/24 port 443/tcp', sources };
    const groups: SourceGroup[] = [];
    for await (const group of new StoredActivity(store).groups({ from: BEGIN, to: (BEGIN + DAY) as Instant }))
      groups.push(group);
    expect(groups).toEqual([{ by: 'destination', ...expected }]);
    const limits = { from: 0n, to: BigInt(BEGIN + DAY) * 8n };
    expect(await all(store, sourceGroups.destination.all, limits, { settings: IN_ORDER })).toEqual([
      { key: expected.key, members: sources },
    ]);
  }, 60_000);

  test('is what a table in memory says: sources of which no flow tells', async () => {
    const untold = distinctRecords(400).filter(({ kind }) => kind !== 'flow');
    await same(untold, [1, 2, 3], 50);
    const { from, to } = scopes[0]!;
    const made: unknown[] = [];
    for await (const { contacts } of new StoredActivity(store).activities(ADDRESSES, { from, to }))
      made.push(...contacts.filter((contact) => contact.told === true));
    expect(made.length).toBeGreaterThan(10);
  }, 60_000);

  test(
    'is what a table in memory says: scans by several sources',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(anyScan, { minLength: 1, maxLength: 4 }),
          fc.array(anyRecord, { maxLength: 60 }),
          async (scans, others) => same([...scans.flat(), ...others], [1, 2, 3], 500),
        ),
        { numRuns: name === 'embedded' ? 12 : 3 },
      ),
    240_000,
  );
});
