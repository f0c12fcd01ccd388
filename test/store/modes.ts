import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeConfig, type StoreConfig } from '../../src/store/config.ts';
import { startCluster } from '../clickhouse/cluster.ts';
import { startServer } from '../clickhouse/server.ts';

/** A place to open stores at, for a while. */
export interface Place {
  /** Configuration of an empty store; each call another one. */
  fresh(): StoreConfig;
  stop(): Promise<void>;
}

/** Every way of running the store. */
export const modes: readonly {
  readonly name: 'embedded' | 'server' | 'cluster';
  readonly start: () => Promise<Place>;
}[] = [
  {
    name: 'embedded',
    start: async () => {
      const dir = await mkdtemp(join(tmpdir(), 'tidemark-store-'));
      let count = 0;
      return {
        fresh: () => storeConfig.parse({ dataDir: join(dir, String((count += 1))) }),
        stop: () => rm(dir, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'server',
    start: async () => {
      const server = await startServer();
      let count = 0;
      return {
        fresh: () => storeConfig.parse({ url: server.url, database: `store_${(count += 1)}` }),
        stop: () => server.stop(),
      };
    },
  },
  {
    name: 'cluster',
    start: async () => {
      const cluster = await startCluster(3);
      const nodes = cluster.nodes.map((node) => node.url);
      let count = 0;
      return {
        fresh: () => storeConfig.parse({ cluster: cluster.name, nodes, database: `store_${(count += 1)}` }),
        stop: () => cluster.stop(),
      };
    },
  },
];
