import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import { migrations } from '../../schema/migrations.ts';
import { migrate } from '../../schema/migrator.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { formatInstant, fromMillis } from '../../time/instant.ts';
import { storeConfig } from '../../store/config.ts';
import { learnFrom } from './baselines.ts';
import { exposedEndpoints } from './exposed-endpoints.ts';
import { importScans } from './import-scans.ts';
import { runsOf } from './stored-scans.ts';

const lab = resolve(import.meta.dirname, '../../../examples/lab');
const clock = () => fromMillis(Date.UTC(2026, 10, 16));
let directory: string;
let store: Store;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exposed-'));
  store = await openStore(storeConfig.parse({ dataDir: directory }));
  await migrate(store, migrations, { program: 'test' });
  const context = { store, clock, vantage: 'lab', profile: undefined, stdin: Readable.from([]) };
  for await (const _ of importScans([lab], context));
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const told = async (host: string): Promise<readonly string[]> =>
  (await exposedEndpoints(store, [host as IpAddress]))
    .map(
      (each) =>
        `${each.portid}/${each.protocol} ${each.service} since ${each.openSince === undefined ? '?' : formatInstant(each.openSince).slice(0, 10)}${each.closedUntil === undefined ? '' : `, not at ${formatInstant(each.closedUntil).slice(0, 10)}`}${each.newSinceBaseline ? ' new' : ''}`,
    )
    .toSorted();

test('what is open now, since when, and whether the baseline knows it', async () => {
  const before = await told('10.77.10.20');
  expect(before.length).toBeGreaterThan(0);
  expect(before.join()).not.toContain('new');
  const runs = await runsOf(store);
  await learnFrom(store, runs.slice(0, 3), { by: 'test', note: '', clock });
  expect({ a: await told('10.77.10.20'), b: await told('10.77.10.80'), nobody: await told('10.9.9.9') })
    .toMatchInlineSnapshot(`
      {
        "a": [
          "22/tcp ssh OpenSSH 9.2p1 Debian 2+deb12u7 since 2026-09-13",
        ],
        "b": [
          "22/tcp ssh OpenSSH 9.2p1 Debian 2+deb12u7 since 2026-09-13",
          "3000/tcp http WEBrick httpd 1.7.0 since 2026-09-13",
          "4444/tcp krb524 since 2026-11-15, not at 2026-11-08 new",
          "8000/tcp http Karrigell Python httpd since 2026-10-25, not at 2026-10-18 new",
          "8081/tcp http Jetty 10.0.18 since 2026-11-01, not at 2026-10-25 new",
          "8888/tcp http Karrigell Python httpd since 2026-11-01, not at 2026-10-25 new",
          "9000/tcp http Karrigell Python httpd since 2026-11-08, not at 2026-11-01 new",
          "9200/tcp http Karrigell Python httpd since 2026-11-15, not at 2026-11-08 new",
        ],
        "nobody": [],
      }
    `);
});
