import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from '../../test/clickhouse/cluster.ts';
import { startCluster } from '../../test/clickhouse/cluster.ts';
import type { TestServer } from '../../test/clickhouse/server.ts';
import { startServer } from '../../test/clickhouse/server.ts';
import { contract } from '../../test/store/contract.ts';
import { storeConfig } from './config.ts';
import { engineOf } from './embedded.ts';
import { openStore } from './open.ts';
import { offerStore, type Offer } from './socket/offer.ts';
import type { Store } from './store.ts';

const ONE_ENGINE = 'there is one engine and nothing to spread over';

let dataDir = '';
contract({
  name: 'embedded',
  mode: 'embedded',
  unsupported: { 'spreads rows over the shards': ONE_ENGINE },
  open: async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tidemark-contract-'));
    return openStore(storeConfig.parse({ dataDir }));
  },
  stop: () => rm(dataDir, { recursive: true, force: true }),
});

let owner: Store | undefined;
let offer: Offer | undefined;
contract({
  name: 'through a daemon',
  mode: 'daemon',
  unsupported: {
    'spreads rows over the shards': ONE_ENGINE,
    'makes tables, columns and views that are there already':
      'the schema is brought forward by the daemon, not through it: see socket/socket.test.ts',
  },
  open: async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tidemark-contract-'));
    owner = await openStore(storeConfig.parse({ dataDir }), { own: true });
    offer = await offerStore({
      dataDir,
      socket: undefined,
      program: 'test',
      engine: engineOf(owner),
      facts: {},
    });
    return openStore(storeConfig.parse({ dataDir }));
  },
  stop: async () => {
    await offer?.stop(1_000);
    await owner?.close();
    await rm(dataDir, { recursive: true, force: true });
  },
});

let server: TestServer | undefined;
contract({
  name: 'a server',
  mode: 'server',
  unsupported: { 'spreads rows over the shards': ONE_ENGINE },
  open: async () => {
    server = await startServer();
    return openStore(storeConfig.parse({ url: server.url }));
  },
  stop: async () => server?.stop(),
});

let cluster: TestCluster | undefined;
contract({
  name: 'a cluster of three shards',
  mode: 'cluster',
  unsupported: {
    'deletes rows on request':
      'a Distributed table takes no DELETE; the history is appended to, and nothing of ours deletes from it',
  },
  open: async () => {
    cluster = await startCluster(3);
    return openStore(
      storeConfig.parse({ cluster: cluster.name, nodes: cluster.nodes.map((node) => node.url) }),
    );
  },
  stop: async () => cluster?.stop(),
});
