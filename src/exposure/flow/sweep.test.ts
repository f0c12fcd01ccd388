import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { migrations } from '../../schema/migrations.ts';
import { migrate } from '../../schema/migrator.ts';
import { first } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { storeConfig } from '../../store/config.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { formatColumnTime, fromMillis, type Instant } from '../../time/instant.ts';
import { scanLoad, scanRaw, scanRun } from '../queries/tables.ts';
import { sweepUnfinished } from './sweep.ts';

const NOW = fromMillis(Date.UTC(2026, 10, 22, 12));
const HOUR = 3_600e6;
const ago = (hours: number): string => formatColumnTime((NOW - hours * HOUR) as Instant);

let directory: string;
let store: Store;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sweep-'));
  store = await openStore(storeConfig.parse({ dataDir: directory }));
  await migrate(store, migrations, { program: 'test' });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const pieces = query(
  'test.pieces',
  'SELECT count() AS n FROM scan_raw WHERE load = {load:String}',
  z.object({ n: z.coerce.number() }),
);

/** An import as it lies in the store: what was noted of it, a piece of its file, and its commit where there was one. */
async function lay(
  events: readonly (readonly [event: string, hoursAgo: number])[],
  committed = false,
): Promise<string> {
  const load = randomUUID();
  await store.insert(
    scanLoad,
    events.map(([event, hours]) => ({ load, at: ago(hours), event, source: 'x.xml' })),
  );
  await store.insert(scanRaw, [{ load, seq: 0, base64: Buffer.from('<nmaprun/>').toString('base64') }]);
  if (committed) {
    const texts = [
      'sha256',
      'source',
      'format',
      'scanner',
      'version',
      'args',
      'status',
      'vantage',
      'profile',
      'privileges',
      'coverage',
    ];
    const row = {
      run: load,
      load,
      ordinal: 0,
      imported: ago(1),
      bytes: '0',
      hosts_up: 0,
      hosts_total: 0,
      open_ports: 0,
      problems: 0,
      info: '{}',
      started: null,
      ended: null,
    };
    await store.insert(scanRun, [{ ...row, ...Object.fromEntries(texts.map((name) => [name, ''])) }]);
  }
  return load;
}

test.each([
  { why: 'killed before the store had its owner', events: [['started', 1]], ownedFor: 0, left: 0 },
  { why: 'perhaps still at work elsewhere', events: [['started', 1]], ownedFor: undefined, left: 1 },
  {
    why: 'begun under the present owner: perhaps through it',
    events: [['started', 1]],
    ownedFor: 2,
    left: 1,
  },
  {
    why: 'begun two days ago on a shared server: dead',
    events: [['started', 48]],
    ownedFor: undefined,
    left: 0,
  },
  {
    why: 'given up by its own process',
    events: [
      ['started', 1],
      ['abandoned', 1],
    ],
    ownedFor: undefined,
    left: 0,
  },
  { why: 'committed', events: [['started', 48]], committed: true, ownedFor: 0, left: 1 },
] as const)('$why', async ({ events, ownedFor, left, ...rest }) => {
  const load = await lay(events, 'committed' in rest);
  const swept = await sweepUnfinished(
    store,
    () => NOW,
    ownedFor === undefined ? undefined : ((NOW - ownedFor * HOUR) as Instant),
  );
  expect(swept).toEqual(left === 0 ? ['x.xml'] : []);
  expect(await first(store, pieces, { load })).toEqual({ n: left });
  // What was swept is not swept again; what was spared is out of the way of the next case.
  await store.insert(scanLoad, [{ load, at: ago(0), event: 'swept', source: 'x.xml' }]);
  expect(await sweepUnfinished(store, () => NOW, NOW)).toEqual([]);
});
