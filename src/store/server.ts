import { readFile } from 'node:fs/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Problem } from '../fault/fault.ts';
import { Fault } from '../fault/fault.ts';
import type { NdjsonLine, Row, RunOptions } from '../sql/ports.ts';
import { all, first } from '../sql/ports.ts';
import type { Command, Query } from '../sql/query.ts';
import { query as declare } from '../sql/query.ts';
import type { Table, View } from '../sql/table.ts';
import type { StoreConfig } from './config.ts';
import type { Placement } from './ddl.ts';
import { toFault } from './faults.ts';
import { HttpNode } from './http-node.ts';
import type { Answer, AskOptions } from './read-only.ts';
import { askLocked } from './read-only.ts';
import { quoteName } from './quote.ts';
import { CLUSTER_SETTINGS, HTTP_SETTINGS, SESSION_SETTINGS } from './settings.ts';
import type { Store, StoreHealth } from './store.ts';

/**
 * Oldest server that is accepted: the first long-term release with every setting in settings.ts
 * (`distributed_foreground_insert` came in 23.12, `session_timezone` in 23.6).
 */
export const OLDEST_SERVER = '24.3';

const version = declare(
  'store.node.version',
  'SELECT version() AS version',
  z.object({ version: z.string() }),
);

const clusterNodes = declare(
  'store.cluster.nodes',
  `
SELECT host_name AS host, port, shard_num AS shard
FROM system.clusters
WHERE cluster = {cluster:String}
ORDER BY shard, replica_num`,
  z.object({ host: z.string(), port: z.number(), shard: z.number() }),
);

const databaseExists = declare(
  'store.database.exists',
  'SELECT name FROM system.databases WHERE name = {database:String}',
  z.object({ name: z.string() }),
);

/**
 * Opens a ClickHouse server, or a cluster when the configuration names one; makes the database where
 * it is missing. Throws a Fault: `store/unreachable`, `store/wrong-password`, `store/engine-too-old`,
 * `store/unknown-cluster`, `store/cluster-nodes`, `store/tls`, `store/…`.
 */
export async function openServer(config: StoreConfig): Promise<Store> {
  const connect = await connector(config);
  const urls = config.cluster === undefined ? [config.url ?? ''] : config.nodes;
  const placement: Placement =
    config.cluster === undefined
      ? { kind: 'single' }
      : { kind: 'sharded', cluster: config.cluster, database: config.database };
  for (const url of urls) await prepare(url, config, connect);
  const nodes = urls.map((url) => new HttpNode(url, connect(url, config.database), placement));
  const [firstNode] = nodes;
  const main =
    config.url === undefined || nodes.some((node) => node.name === config.url)
      ? (nodes.find((node) => node.name === config.url) ?? firstNode)
      : new HttpNode(config.url, connect(config.url, config.database), placement);
  if (main === undefined) throw new TypeError('neither store.url nor store.nodes is set');
  const problems = (await Promise.all(nodes.map((node) => node.detached()))).flat();
  return new ServerStore(main, nodes, config.cluster === undefined ? 'server' : 'cluster', problems);
}

type Connect = (url: string, database: string | undefined) => ClickHouseClient;

async function connector(config: StoreConfig): Promise<Connect> {
  const { createClient, ClickHouseLogLevel } = await import('@clickhouse/client');
  const tls = await certificates(config);
  return (url, database) =>
    createClient({
      url,
      username: config.user,
      password: config.password,
      ...(database === undefined ? {} : { database }),
      ...(tls === undefined ? {} : { tls }),
      request_timeout: config.timeoutSeconds * 1000,
      max_open_connections: 16,
      compression: { request: false, response: false },
      // What went wrong comes back as an error, which we show once and in our own words.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: {
        ...SESSION_SETTINGS,
        ...HTTP_SETTINGS,
        ...(config.cluster === undefined ? {} : CLUSTER_SETTINGS),
        max_query_size: String(SESSION_SETTINGS.max_query_size),
      },
    });
}

async function certificates(
  config: StoreConfig,
): Promise<{ ca_cert: Buffer } | { ca_cert: Buffer; cert: Buffer; key: Buffer } | undefined> {
  const { ca, cert, key } = config.tls;
  if (ca === undefined) return undefined;
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (cause) {
      throw new Fault(
        'store/tls',
        `cannot read ${file}: ${(cause as Error).message}`,
        'Correct the path in store.tls, or make the file readable.',
        { file },
        { cause },
      );
    }
  };
  const authority = { ca_cert: await read(ca) };
  return cert === undefined || key === undefined
    ? authority
    : { ...authority, cert: await read(cert), key: await read(key) };
}

/** Looks at one node before anything is asked of it, so that what is wrong is said once and plainly. */
async function prepare(url: string, config: StoreConfig, connect: Connect): Promise<void> {
  const node = new HttpNode(url, connect(url, undefined), { kind: 'single' });
  try {
    const found = (await first(node, version, {}))?.version ?? '';
    if (!isNewEnough(found, OLDEST_SERVER))
      throw new Fault(
        'store/engine-too-old',
        `the ClickHouse server ${url} is version ${found}; Tidemark needs ${OLDEST_SERVER}`,
        `Upgrade the server to ${OLDEST_SERVER} or newer.`,
      );
    if (config.cluster !== undefined) await checkCluster(node, config.cluster, config.nodes);
    if ((await first(node, databaseExists, { database: config.database })) === undefined)
      await node.applyDdl(`CREATE DATABASE IF NOT EXISTS ${quoteName(config.database)}`);
  } catch (error) {
    throw atAddress(toFault(error, url), url);
  } finally {
    await node.close();
  }
}

/** The fault of a first look, with the address in its message instead of the name of our question. */
function atAddress(fault: Fault, url: string): Fault {
  if (fault.message.includes(url)) return fault;
  const message = `${url}: ${fault.message.replace(/^store\.[\w.-]+: /, '')}`;
  // A question this simple fails on anything that speaks HTTP and is no ClickHouse.
  if (fault.code === 'store/query-failed' || fault.code === 'store/unexpected-row')
    return new Fault(
      'store/not-clickhouse',
      message,
      'Check that store.url names the HTTP(S) port of a ClickHouse server (8123 or 8443 by default).',
      fault.where,
      { cause: fault },
    );
  return new Fault(fault.code, message, fault.fix, fault.where, { cause: fault });
}

async function checkCluster(node: HttpNode, cluster: string, urls: readonly string[]): Promise<void> {
  const members = await all(node, clusterNodes, { cluster });
  if (members.length === 0)
    throw new Fault(
      'store/unknown-cluster',
      `the ClickHouse server ${node.name} knows no cluster named ${cluster}`,
      'Set store.cluster to a name from system.clusters of the server.',
    );
  if (members.length !== urls.length)
    throw new Fault(
      'store/cluster-nodes',
      `cluster ${cluster} has ${members.length} nodes (${members.map((member) => member.host).join(', ')}), but store.nodes lists ${urls.length}`,
      'List the HTTP(S) address of every node in store.nodes: a node without the tables fails every query.',
    );
}

/** Whether a version like `26.7.2.1` is at least `24.3`. */
export function isNewEnough(found: string, oldest: string): boolean {
  const [have, need] = [found, oldest].map((text) => text.split('.').map(Number));
  for (const [index, part] of (need ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (Number.isNaN(own)) return false;
    if (own !== part) return own > part;
  }
  return true;
}

class ServerStore implements Store {
  readonly mode: 'server' | 'cluster';
  readonly nodes: readonly HttpNode[];
  readonly problems: readonly Problem[];
  readonly ownedSince = undefined;
  /** The node that is asked; on a cluster its Distributed tables reach the others. */
  readonly #main: HttpNode;

  constructor(
    main: HttpNode,
    nodes: readonly HttpNode[],
    mode: 'server' | 'cluster',
    problems: readonly Problem[],
  ) {
    this.#main = main;
    this.nodes = nodes;
    this.mode = mode;
    this.problems = problems;
  }

  /** Anybody may write there. */
  written(): undefined {
    return undefined;
  }

  run<P, R>(query: Query<P, R>, params: P, options?: RunOptions): AsyncIterable<R> {
    return this.#main.run(query, params, options);
  }

  async execute<P>(command: Command<P>, params: P, options?: RunOptions): Promise<void> {
    await this.#main.execute(command, params, options);
  }

  async insert(table: Table, rows: readonly Row[], options?: RunOptions): Promise<void> {
    await this.#main.insert(table, rows, options);
  }

  async insertLines(table: Table, lines: readonly NdjsonLine[], options?: RunOptions): Promise<void> {
    await this.#main.insertLines(table, lines, options);
  }

  async insertNdjson(table: Table, body: Uint8Array, options?: RunOptions): Promise<void> {
    await this.#main.insertNdjson(table, body, options);
  }

  async insertBinary(
    table: Table,
    columns: readonly string[],
    body: Uint8Array,
    options?: RunOptions,
  ): Promise<void> {
    await this.#main.insertBinary(table, columns, body, options);
  }

  ask(sql: string, options: AskOptions): Promise<Answer> {
    return askLocked(this.#main, sql, options);
  }

  async ensureTable(table: Table): Promise<void> {
    for (const node of this.nodes) await node.ensureTable(table);
  }

  async ensureView(view: View): Promise<void> {
    for (const node of this.nodes) await node.ensureView(view);
  }

  async removeRows(table: Table, column: string, values: readonly string[]): Promise<void> {
    for (const node of this.nodes) await node.removeRows(table, column, values);
  }

  async applyDdl(statement: string): Promise<void> {
    for (const node of this.nodes) await node.applyDdl(statement);
  }

  async cancel(): Promise<void> {
    for (const node of new Set<HttpNode>([this.#main, ...this.nodes])) node.stopAll();
  }

  async health(): Promise<StoreHealth> {
    const nodes = await Promise.all(this.nodes.map((node) => node.health()));
    const reachable = this.nodes.filter((_, index) => nodes[index]?.problem === undefined);
    const problems = (await Promise.all(reachable.map((node) => node.detached()))).flat();
    return { mode: this.mode, nodes, problems };
  }

  async close(): Promise<void> {
    const nodes = new Set<HttpNode>([this.#main, ...this.nodes]);
    await Promise.all([...nodes].map((node) => node.close()));
  }
}
