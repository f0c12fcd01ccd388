import * as fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FeatureHistory } from '../../src/exposure/anomaly/features/features.ts';
import { EMPTY_POLICY } from '../../src/exposure/assess/policy.ts';
import { countsOf } from '../../src/exposure/flow/run-features.ts';
import { censusOfStored } from '../../src/exposure/flow/surprise-history.ts';
import { FEATURE_INDEX } from '../../src/exposure/model/feature-catalogue.ts';
import type { Host, Port, Service } from '../../src/exposure/model/host.ts';
import { mergeCensuses } from '../../src/exposure/model/merge-censuses.ts';
import type { RunInfo } from '../../src/exposure/model/scan-run.ts';
import { HOST_COUNTS } from '../../src/exposure/queries/features.ts';
import { encodeHost } from '../../src/exposure/queries/host-row.ts';
import type { StoredRun } from '../../src/exposure/queries/runs.ts';
import { scanHost } from '../../src/exposure/queries/tables.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { comparePorts, portKey } from '../../src/net/port-key.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import type { Row } from '../../src/sql/ports.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Instant } from '../../src/time/instant.ts';
import { modes, type Place } from '../store/modes.ts';

const NUMBERS = [21, 22, 23, 53, 80, 513, 3306, 8080];
const STATES = ['open', 'open', 'open', 'closed', 'filtered', 'open|filtered', 'unfiltered', 'odd'];
const ADDRESSES = [
  ...Array.from({ length: 9 }, (_, index) => `10.0.0.${index + 1}`),
  '10.0.1.1',
  '2001:db8::1',
] as IpAddress[];

const serviceArb: fc.Arbitrary<Service | undefined> = fc.option(
  fc.record(
    {
      name: fc.constantFrom('http', 'ssh', 'domain', 'unknown', ''),
      product: fc.constantFrom('nginx', 'OpenSSH'),
      version: fc.constantFrom('1.0', '2.4'),
      extrainfo: fc.constantFrom('Debian', 'it"s \\ odd'),
      tunnel: fc.constantFrom('ssl', 'stunnel'),
      method: fc.constantFrom('table', 'probed'),
      conf: fc.integer({ min: 0, max: 10 }),
    },
    { requiredKeys: ['name'] },
  ),
  { nil: undefined },
);

const portArb: fc.Arbitrary<Port> = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'sctp' as const),
    portid: fc.constantFrom(...NUMBERS),
    state: fc.constantFrom(...STATES),
    service: serviceArb,
  })
  .map(({ service, ...port }) => ({ ...port, ...(service === undefined ? {} : { service }), scripts: [] }));

const extraArb = fc.record({
  state: fc.constantFrom('closed', 'filtered', 'open|filtered'),
  count: fc.integer({ min: 1, max: 1000 }),
});
const osArb = fc.record({
  accuracy: fc.integer({ min: 50, max: 100 }),
  family: fc.option(fc.constantFrom('Linux', 'Windows'), { nil: undefined }),
  classed: fc.boolean(),
});

const keyOf = (port: Port): string => portKey(port.portid, port.protocol);

/** One `<host>` element. */
const pieceArb: fc.Arbitrary<Host> = fc
  .record({
    address: fc.constantFrom(...ADDRESSES),
    state: fc.constantFrom(
      'up' as const,
      'up' as const,
      'down' as const,
      'skipped' as const,
      'unknown' as const,
    ),
    ports: fc.uniqueArray(portArb, { maxLength: 8, selector: keyOf }),
    extras: fc.array(extraArb, { maxLength: 3 }),
    os: fc.array(osArb, { maxLength: 2 }),
    timedOut: fc.boolean(),
  })
  .map(({ address, state, ports, extras, os, timedOut }) => ({
    address,
    otherAddresses: [],
    status: { state },
    hostnames: [],
    ports: ports.toSorted(comparePorts),
    extraports: extras.map((extra) => ({ ...extra, reasons: [] })),
    os: os.map(({ accuracy, family, classed }) => ({
      name: 'guess',
      accuracy,
      line: undefined,
      classes: classed ? [{ ...(family === undefined ? {} : { family }), accuracy }] : [],
    })) as unknown as Host['os'],
    scripts: [],
    timedOut,
  }));

/**
 * A port that two pieces of one scan list has equally good services in both seldom enough; where it has, which one holds is
 * the order of the rows, and that is not the store's to keep.
 */
function withoutDraws(pieces: readonly Host[]): readonly Host[] {
  const seen = new Set<string>();
  const heard = new Set<string>();
  return pieces.map((piece) => {
    const guess = piece.os[0]?.accuracy;
    const drawn = guess !== undefined && heard.has(`${piece.address} ${guess}`);
    heard.add(`${piece.address} ${guess ?? -1}`);
    return {
      ...piece,
      os: drawn ? [] : piece.os,
      ports: piece.ports.map((port) => {
        const key = `${piece.address} ${keyOf(port)}`;
        if (!seen.has(key)) {
          seen.add(key);
          return port;
        }
        const { service: _, ...bare } = port;
        return bare;
      }),
    };
  });
}

const looksArb = fc.array(fc.array(pieceArb, { maxLength: 25 }).map(withoutDraws), {
  minLength: 1,
  maxLength: 3,
});

describe.each(modes)('features that the store counts, $name', ({ start }) => {
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

  test('are those that are counted in code, over one scan and over several of a window', async () => {
    await fc.assert(
      fc.asyncProperty(looksArb, async (looks) => {
        const runs = looks.map((_, index) => storedRun(index));
        for (const [index, pieces] of looks.entries()) {
          const { load, ordinal, info } = runs[index]!;
          const rows = pieces.map((host): Row => encodeHost(load, ordinal, info, host));
          if (rows.length > 0) await store.insert(scanHost, rows);
        }
        const censuses = [];
        for (const run of runs)
          censuses.push(await censusOfStored(store, run, { policy: EMPTY_POLICY, networks: [] }));
        const merged = mergeCensuses(censuses);
        const table = new FeatureHistory().features(merged, merged);
        const counts = await countsOf(store, runs);
        expect([...counts.keys()].toSorted()).toEqual(merged.hosts.map(({ address }) => address).toSorted());
        for (const [index, { address }] of merged.hosts.entries()) {
          const want = HOST_COUNTS.map((name) => [name, table.rows[index]![FEATURE_INDEX.get(name)!]]);
          expect({ address, ...counts.get(address) }).toEqual({ address, ...Object.fromEntries(want) });
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});

function storedRun(index: number): StoredRun {
  return {
    load: randomUUID(),
    ordinal: index,
    info: {
      id: `run-${index}`,
      start: (1_700_000_000e6 + index) as Instant,
      profile: `profile-${index}`,
      vantage: 'inside',
      status: 'complete',
      scaninfo: [],
    } as unknown as RunInfo,
  } as StoredRun;
}
