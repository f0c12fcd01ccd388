// Keeps the schema that this program makes as the state of its release:
//   npx tsx scripts/dump-schema.ts
// Run before a release, and commit what it wrote. From then on it is a fixture: every later program
// has to bring a store in that state forward (test/schema/states.test.ts).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../src/schema/migrations.ts';
import { migrate } from '../src/schema/migrator.ts';
import { storeConfig } from '../src/store/config.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/store.ts';
import { startCluster } from '../test/clickhouse/cluster.ts';
import { dumpState, writeState, type StateKind } from '../test/store/schema-state.ts';

const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const release = (manifest as { version: string }).version;

async function keep(store: Store, kind: StateKind): Promise<void> {
  try {
    await migrate(store, migrations, { program: release });
    const [node] = store.nodes;
    if (node === undefined) throw new Error('a store without a node');
    console.log(await writeState(release, kind, await dumpState(node)));
  } finally {
    await store.close();
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-schema-'));
try {
  await keep(await openStore(storeConfig.parse({ dataDir })), 'embedded');
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
const cluster = await startCluster(3);
try {
  const nodes = cluster.nodes.map((node) => node.url);
  await keep(await openStore(storeConfig.parse({ cluster: cluster.name, nodes })), 'cluster');
} finally {
  await cluster.stop();
}
