import type { Ports, TestServer } from './server.ts';
import { freePorts, startServer } from './server.ts';

/** A real sharded cluster on loopback. */
export interface TestCluster {
  /** As `remote_servers` names it. */
  readonly name: string;
  readonly nodes: readonly TestServer[];
  stop(): Promise<void>;
}

const NAME = 'three_shards';

/** Starts the nodes, each of which knows all of them as shards of one replica each. */
export async function startCluster(shards = 3): Promise<TestCluster> {
  const ports = await freePorts(shards);
  const configuration = remoteServers(ports);
  const started = await Promise.allSettled(ports.map((own) => startServer({ configuration, ports: own })));
  const nodes = started.filter((result) => result.status === 'fulfilled').map((result) => result.value);
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { name: NAME, nodes, stop };
}

function remoteServers(ports: readonly Ports[]): string {
  const shards = ports.map(
    ({ tcp }) =>
      `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${tcp}</port></replica></shard>`,
  );
  return `<remote_servers><${NAME}>${shards.join('')}</${NAME}></remote_servers>`;
}
