import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stdin } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { storeConfig, type StoreConfig } from '../../src/store/config.ts';
import { fromMillis } from '../../src/time/instant.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { startCluster } from '../clickhouse/cluster.ts';
import { startServer } from '../clickhouse/server.ts';

const lab = resolve(import.meta.dirname, '../../examples/lab');
const who = { by: 'test', note: 'same everywhere' };

let directory: string;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modes-'));
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await rm(directory, { recursive: true, force: true });
});

/** The main job from import to findings, and what people can look at on the way: everything but what is random. */
async function mainJob(store: Partial<StoreConfig>): Promise<unknown> {
  const { config } = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'history') } });
  const workspace = await Workspace.open(
    { ...config, store: { ...config.store, ...store } },
    { clock: () => fromMillis(Date.UTC(2026, 10, 16)), program: 'test' },
  );
  try {
    const outcomes: string[] = [];
    for (const _ of [1, 2]) {
      for await (const imported of workspace.importScans([join(lab, '2026-*.xml')], { stdin })) {
        outcomes.push('outcome' in imported ? imported.outcome.kind : JSON.stringify(imported));
      }
    }
    const runs = await workspace.listRuns();
    const { baseline } = await workspace.baselines.learn(runs.slice(0, 6), who);
    const approved = await workspace.baselines.approve(
      [{ what: 'port', host: '10.77.10.80' as IpAddress, port: '9000/tcp' }],
      who,
    );
    const summary = await workspace.assess(runs.at(-1)!);
    const hosts: unknown[] = [];
    for await (const host of workspace.listHosts()) hosts.push(host);
    const { rows } = await workspace.query(
      "SELECT service, uniqExact(address) AS hosts, count() FROM ports WHERE state = 'open' GROUP BY service ORDER BY hosts DESC, service",
    );
    const services: unknown[] = [];
    for await (const row of rows) services.push(row);
    const raw: Uint8Array[] = [];
    for await (const piece of workspace.rawRun(runs[0]!)) raw.push(piece);
    return {
      outcomes,
      runs: runs.map(({ info, hostsUp, hostsTotal, openPorts }) => ({
        info,
        hostsUp,
        hostsTotal,
        openPorts,
      })),
      scan: await workspace.loadRun(runs[8]!),
      baseline: [...baseline.hosts],
      stored: [...(await workspace.baselines.load(approved.version)).hosts],
      summary,
      hosts,
      history: await workspace.hostHistory('10.77.10.70' as IpAddress),
      services,
      raw: Buffer.concat(raw).toString('base64'),
    };
  } finally {
    await workspace.close();
  }
}

test('the main job says the same on the embedded engine, a server and a cluster of three shards', async () => {
  const embedded = await mainJob({});
  const server = await startServer();
  stops.push(() => server.stop());
  expect(await mainJob(storeConfig.parse({ url: server.url }))).toEqual(embedded);
  const cluster = await startCluster(3);
  stops.push(() => cluster.stop());
  const nodes = cluster.nodes.map((node) => node.url);
  expect(await mainJob(storeConfig.parse({ cluster: cluster.name, nodes }))).toEqual(embedded);
}, 180_000);
