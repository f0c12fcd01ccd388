import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startCluster } from '../../test/clickhouse/cluster.ts';
import { startServer } from '../../test/clickhouse/server.ts';
import { attacks, observation, questions, secret, views } from '../../test/store/questions.ts';
import { Fault } from '../fault/fault.ts';
import { all } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import { storeConfig } from './config.ts';
import { openStore } from './open.ts';
import type { Answer } from './read-only.ts';
import type { Store } from './store.ts';

const MARKER = 'TOP-SECRET-CONTENT';

const modes: readonly {
  name: string;
  open: (dir: string) => Promise<{ store: Store; stop: () => Promise<void> }>;
}[] = [
  {
    name: 'embedded',
    open: async (dir) => ({
      store: await openStore(storeConfig.parse({ dataDir: join(dir, 'data') })),
      stop: async () => undefined,
    }),
  },
  {
    name: 'a server',
    open: async () => {
      const server = await startServer();
      return { store: await openStore(storeConfig.parse({ url: server.url })), stop: () => server.stop() };
    },
  },
  {
    name: 'a cluster',
    open: async () => {
      const cluster = await startCluster(2);
      const nodes = cluster.nodes.map((node) => node.url);
      return {
        store: await openStore(storeConfig.parse({ cluster: cluster.name, nodes })),
        stop: () => cluster.stop(),
      };
    },
  },
];

async function read(answer: Answer): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of answer.rows) rows.push(row);
  return rows;
}

describe.each(modes)('questions to the store, $name', ({ open }) => {
  let dir = '';
  let listener: Server;
  let port = 0;
  let calls = 0;
  let store: Store;
  let stop: () => Promise<void>;
  const home = process.cwd();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-questions-'));
    await mkdir(join(dir, 'cwd'));
    // The engine takes names of files in the working directory for tables, where it is let.
    process.chdir(join(dir, 'cwd'));
    await writeFile('passwd', `${MARKER}\n`);
    listener = createServer((socket) => {
      calls += 1;
      socket.destroy();
    });
    port = await new Promise((resolve) => {
      listener.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    ({ store, stop } = await open(dir));
    await store.ensureTable(observation);
    await store.ensureTable(secret);
    for (const view of views) await store.ensureView(view);
    await store.insert(observation, [
      { host: '10.0.0.1', port: 22, service: 'ssh', at: '2026-11-20T04:00:00Z' },
      { host: '10.0.0.1', port: 443, service: 'https', at: '2026-11-20T04:00:00Z' },
      { host: '10.0.0.2', port: 22, service: 'ssh', at: '2026-11-20T04:00:00Z' },
      { host: '10.0.0.2', port: 3306, service: 'mysql', at: '2026-11-21T05:30:00Z' },
      { host: '2001:db8::1', port: 443, service: 'https', at: '2026-11-21T05:30:00Z' },
    ]);
    await store.insert(secret, [{ value: MARKER }]);
  }, 60_000);

  afterAll(async () => {
    process.chdir(home);
    await store.close();
    await stop();
    await new Promise((resolve) => listener.close(resolve));
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  test.each(questions)('answers %s', async (sql, rows) => {
    const answer = await read(await store.ask(sql, { views }));
    expect(answer).toEqual(rows);
  });

  test('names the columns and their types, also of an empty answer', async () => {
    const answer = await store.ask('SELECT host, port AS p, count() FROM ports WHERE port = 1 GROUP BY ALL', {
      views,
    });
    expect(answer.columns).toEqual([
      { name: 'host', type: 'String' },
      { name: 'p', type: 'UInt16' },
      { name: 'count()', type: 'UInt64' },
    ]);
    expect(await read(answer)).toEqual([]);
  });

  test('lists and describes the views, and explains a question', async () => {
    expect(await read(await store.ask('SHOW VIEWS', { views }))).toEqual([
      ['ports', 'Open ports, one row each'],
      ['hosts', 'Hosts, one row each'],
    ]);
    expect(await read(await store.ask('DESCRIBE TABLE hosts;', { views }))).toEqual([
      ['host', 'String', 'Host'],
      ['ports', 'UInt64', 'How many ports'],
    ]);
    const plan = await store.ask('EXPLAIN SELECT count() FROM ports', { views });
    expect(plan.columns[0]?.name).toBe('explain');
    const lines = await read(plan);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toEqual([expect.any(String)]);
  });

  test('refuses every attack, and none leaves a trace', async () => {
    const traps = {
      file: join(dir, 'cwd', 'passwd'),
      bare: 'passwd',
      target: join(dir, 'cwd', 'target'),
      port,
    };
    const list = attacks(traps);
    expect(list.length).toBeGreaterThan(60);
    for (const [why, sql] of list) {
      const outcome = await store.ask(sql, { views, maxSeconds: 5 }).then(
        async (answer) => `answered with ${JSON.stringify(await read(answer))}`,
        (error: unknown) => error,
      );
      if (!(outcome instanceof Fault)) throw new Error(`${why}: ${String(outcome)}`, { cause: outcome });
      expect([why, outcome.code]).toEqual([
        why,
        expect.stringMatching(
          /^(query\/refused|store\/bad-query|store\/unknown-table|store\/bad-parameter)$/,
        ),
      ]);
      expect(outcome.message).not.toContain(MARKER);
      expect(outcome.fix).not.toBe('');
    }
    expect(await readdir(join(dir, 'cwd'))).toEqual(['passwd']);
    expect(calls).toBe(0);
    const left = await all(
      store,
      query('test.secret', 'SELECT value FROM secret', z.object({ value: z.string() })),
      {},
    );
    expect(left).toEqual([{ value: MARKER }]);
    const names = await all(
      store,
      query(
        'test.names',
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND NOT endsWith(name, '_local') ORDER BY name",
        z.object({ name: z.string() }),
      ),
      {},
    );
    expect(names.map((row) => row.name)).toEqual(['hosts', 'observation', 'ports', 'secret']);
  }, 60_000);

  test('stops a question that takes too long, answers too much, or is called back', async () => {
    const codeOf = (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'answered',
        (error: unknown) => (error instanceof Fault ? error.code : String(error)),
      );
    const endless = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';
    expect(await codeOf(store.ask(endless, { views, maxSeconds: 1 }).then(read))).toBe('store/timeout');
    expect(await codeOf(store.ask('SELECT * FROM numbers(100000)', { views, maxRows: 10 }).then(read))).toBe(
      'store/too-many-rows',
    );
    const control = new AbortController();
    const work = codeOf(store.ask(endless, { views, signal: control.signal }).then(read));
    setTimeout(() => control.abort(), 100);
    expect(await work).toBe('store/cancelled');
    expect(
      await codeOf(
        store.ask("SELECT groupArray(repeat('x', 1000000)) FROM numbers(100000)", { views }).then(read),
      ),
    ).toMatch(/^store\/(out-of-memory|too-many-rows)$/);
  }, 30_000);

  test('leaves the store as it was: a write after a question works', async () => {
    await store.ask('SELECT 1', { views }).then(read);
    await store.insert(secret, [{ value: 'another' }]);
    const answer = await store.ask('SELECT number FROM numbers(1000000)', { views });
    for await (const row of answer.rows) {
      expect(row).toEqual(['0']);
      break;
    }
    expect(await read(await store.ask('SELECT 2', { views }))).toEqual([[2]]);
  });
});
