import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startCluster, type TestCluster } from '../../test/clickhouse/cluster.ts';
import { freePorts, startServer, type TestServer } from '../../test/clickhouse/server.ts';
import { answering, cutting, encrypting, type Front } from '../../test/store/proxy.ts';
import { seen, texts } from '../../test/store/sample.ts';
import { Fault } from '../fault/fault.ts';
import { all, first } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import { storeConfig, type StoreConfig } from './config.ts';
import { openStore } from './open.ts';

const config = (section: z.input<typeof storeConfig>): StoreConfig => storeConfig.parse(section);
const tlsFile = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/tls/${name}`, import.meta.url));
const counted = query('test.count', 'SELECT count() AS n FROM texts', z.object({ n: z.coerce.number() }));
const many = query(
  'test.many',
  "SELECT number AS n, repeat('x', 100) AS pad FROM numbers(500000)",
  z.object({ n: z.string() }),
);

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const outcome: unknown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (outcome instanceof Fault) return outcome;
  throw outcome;
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-open-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('opening a data directory', () => {
  test('keeps it to its owner', async () => {
    const dataDir = join(dir, 'private');
    const store = await openStore(config({ dataDir }));
    await store.close();
    expect(((await stat(dataDir)).mode & 0o077).toString(8)).toBe('0');
  });

  test('refuses what is not a directory, with a fix', async () => {
    const dataDir = join(dir, 'file');
    await writeFile(dataDir, '');
    const fault = await faultOf(openStore(config({ dataDir })));
    expect(fault.code).toBe('store/directory');
    expect(fault.message).toContain(dataDir);
  });

  test.each(['truncated', 'overwritten'])(
    'says that a part was %s, and answers with the rest',
    async (how) => {
      const dataDir = join(dir, how);
      const store = await openStore(config({ dataDir }));
      await store.ensureTable(texts);
      for (const id of [1, 2, 3]) await store.insert(texts, [{ id, text: `${id}`.repeat(1000) }]);
      const path = await first(
        store,
        query(
          'test.part',
          "SELECT path FROM system.parts WHERE table = 'texts' AND active ORDER BY name LIMIT 1",
          z.object({ path: z.string() }),
        ),
        {},
      );
      expect(store.problems).toEqual([]);
      await store.close();

      const folder = path?.path ?? '';
      expect(await readdir(folder)).toContain('data.bin');
      const file = await open(join(folder, how === 'truncated' ? 'data.bin' : 'columns.txt'), 'r+');
      if (how === 'truncated') await file.truncate(10);
      else await file.write('no columns at all');
      await file.close();

      const again = await openStore(config({ dataDir }));
      expect(again.problems).toHaveLength(1);
      expect(again.problems[0]).toMatchObject({
        code: 'store/detached-part',
        where: { field: 'tidemark.texts' },
      });
      expect((await again.health()).problems).toEqual(again.problems);
      expect(await first(again, counted, {})).toEqual({ n: 2 });
      await again.close();
    },
    60_000,
  );

  test('says that a query needed more memory than there is, and lives on', async () => {
    const store = await openStore(config({ dataDir: join(dir, 'memory'), memory: '600MB' }));
    const fault = await faultOf(
      all(
        store,
        query(
          'test.memory',
          'SELECT length(groupArray(randomString(1000))) AS n FROM numbers(5000000)',
          z.unknown(),
        ),
        {},
      ),
    );
    expect(fault.code).toBe('store/out-of-memory');
    expect(fault.fix).toContain('store.memory');
    expect(await first(store, query('test.one', 'SELECT 1 AS x', z.unknown()), {})).toEqual({ x: 1 });
    await store.close();
  }, 60_000);

  const canMount = ((): boolean => {
    try {
      const point = join(tmpdir(), `tidemark-mount-${process.pid}`);
      execFileSync('mkdir', ['-p', point]);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', point], { stdio: 'ignore' });
      execFileSync('umount', [point]);
      execFileSync('rmdir', [point]);
      return true;
    } catch {
      return false;
    }
  })();

  // Needs the right to mount a small file system.
  test.runIf(canMount)(
    'says that the disk is full, keeps what it acknowledged, and lives on',
    async () => {
      const dataDir = join(dir, 'small');
      await mkdir(dataDir);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', dataDir]);
      try {
        const store = await openStore(config({ dataDir }));
        await store.ensureTable({ ...texts, durable: true });
        let acknowledged = 0;
        const fault = await faultOf(
          (async () => {
            for (;;) {
              const rows = Array.from({ length: 200 }, (_, id) => ({
                id,
                text: Buffer.from(crypto.getRandomValues(new Uint8Array(3000))).toString('base64'),
              }));
              await store.insert(texts, rows);
              acknowledged += rows.length;
            }
          })(),
        );
        expect(fault.code).toBe('store/disk-full');
        expect(await first(store, counted, {})).toEqual({ n: acknowledged });
        await store.close();
        const again = await openStore(config({ dataDir }));
        expect(again.problems).toEqual([]);
        expect(await first(again, counted, {})).toEqual({ n: acknowledged });
        await again.close();
      } finally {
        execFileSync('umount', ['-l', dataDir]);
      }
    },
    60_000,
  );
});

describe('opening a server', () => {
  let server: TestServer;
  const fronts: Front[] = [];
  const front = async (making: Promise<Front>): Promise<string> => {
    const made = await making;
    fronts.push(made);
    return made.url;
  };
  beforeAll(async () => {
    server = await startServer();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(fronts.map((one) => one.close()));
    await server.stop();
  });

  test('that is not there', async () => {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port?.http}`;
    const fault = await faultOf(openStore(config({ url })));
    expect(fault.code).toBe('store/unreachable');
    expect(fault.message).toContain(url);
  });

  test('whose name is unknown', async () => {
    const fault = await faultOf(openStore(config({ url: 'http://no-such-host.invalid:8123' })));
    expect(fault.code).toBe('store/unreachable');
  });

  test('with a wrong password or user', async () => {
    for (const wrong of [{ password: 'wrong' }, { user: 'nobody', password: 'x' }]) {
      const fault = await faultOf(openStore(config({ url: server.url, ...wrong })));
      expect(fault.code).toBe('store/wrong-password');
      expect(fault.message).not.toContain('wrong version');
    }
  });

  test('that is no ClickHouse', async () => {
    const url = await front(
      answering((_, response) => response.writeHead(404).end('<html>nothing here</html>')),
    );
    expect((await faultOf(openStore(config({ url })))).code).toMatch('store/not-clickhouse');
  });

  test('that is too old', async () => {
    const url = await front(answering((_, response) => response.end('{"version":"22.8.5.29"}\n')));
    const fault = await faultOf(openStore(config({ url })));
    expect(fault.code).toBe('store/engine-too-old');
    expect(fault.message).toContain('22.8.5.29');
  });

  test('that hangs', async () => {
    const url = await front(answering(() => undefined));
    expect((await faultOf(openStore(config({ url, timeoutSeconds: 1 })))).code).toMatch(
      /^store\/(timeout|unreachable)$/,
    );
  }, 15_000);

  test('that has no cluster of that name, or not as many nodes', async () => {
    const fault = await faultOf(openStore(config({ cluster: 'nowhere', nodes: [server.url] })));
    expect(fault.code).toBe('store/unknown-cluster');
    expect(fault.message).toContain('nowhere');
  });

  test('over TLS: with its authority, without, and with plain HTTP', async () => {
    const tls = { cert: await readFile(tlsFile('cert.pem')), key: await readFile(tlsFile('key.pem')) };
    const url = await front(encrypting(server.url, tls));
    const store = await openStore(config({ url, tls: { ca: tlsFile('cert.pem') } }));
    await store.ensureTable(texts);
    expect(await first(store, counted, {})).toEqual({ n: 0 });
    await store.close();
    expect((await faultOf(openStore(config({ url })))).code).toBe('store/tls');
    expect((await faultOf(openStore(config({ url, tls: { ca: '/no/such/file.pem' } })))).code).toBe(
      'store/tls',
    );
    expect((await faultOf(openStore(config({ url: server.url.replace('http:', 'https:') })))).code).toBe(
      'store/tls',
    );
    expect((await faultOf(openStore(config({ url: url.replace('https:', 'http:') })))).code).toBe(
      'store/unreachable',
    );
  });

  test('whose connection is cut in the middle of an answer: an error, never a short answer', async () => {
    let limit = Number.POSITIVE_INFINITY;
    const url = await front(cutting(server.url, () => limit));
    const store = await openStore(config({ url }));
    for (limit of [100, 5000, 100_000, 3_000_000]) {
      let rows = 0;
      const fault = await faultOf(
        (async () => {
          for await (const row of store.run(many, {})) rows += row.n === String(rows) ? 1 : 0;
        })(),
      );
      expect(fault.code).toBe('store/unreachable');
      expect(rows).toBeLessThan(500_000);
      await server.ready();
    }
    limit = Number.POSITIVE_INFINITY;
    expect(await all(store, many, {})).toHaveLength(500_000);
    await store.close();
  }, 60_000);
});

describe('a cluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(3);
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
  });

  test('wants every node listed', async () => {
    const nodes = cluster.nodes.slice(0, 2).map((node) => node.url);
    const fault = await faultOf(openStore(config({ cluster: cluster.name, nodes })));
    expect(fault.code).toBe('store/cluster-nodes');
    expect(fault.message).toContain('3 nodes');
  });

  test('without one of its nodes answers with an error, never with a part of the truth', async () => {
    const nodes = cluster.nodes.map((node) => node.url);
    const store = await openStore(config({ cluster: cluster.name, nodes }));
    await store.ensureTable(seen);
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      host: `10.0.0.${index % 250}`,
      port: index,
      size: 1,
    }));
    await store.insert(seen, rows);
    const total = query('test.total', 'SELECT count() AS n FROM seen', z.object({ n: z.coerce.number() }));
    expect(await first(store, total, {})).toEqual({ n: 1000 });

    await cluster.nodes[2]?.kill();
    // libchdb's server may give up when a connection is reset, which a real one does not, and is then started again.
    const others = cluster.nodes.slice(0, 2);
    const onceReady = (check: () => Promise<void>): Promise<void> =>
      vi.waitFor(
        async () => {
          await Promise.all(others.map((node) => node.ready()));
          await check();
        },
        { timeout: 30_000, interval: 200 },
      );
    /** However often it has to be asked, an answer is an error: never a part of the truth. */
    const failing = async (work: () => Promise<unknown>, code: string): Promise<void> => {
      const codes: string[] = [];
      await onceReady(async () => {
        codes.push(
          await work().then(
            () => 'an answer',
            (error: unknown) => (error instanceof Fault ? error.code : String(error)),
          ),
        );
        expect(codes.at(-1)).toBe(code);
      });
      // Before that, at most: that the node asked had given up, or was being started again.
      const passing = new Set([code, 'store/engine-died', 'store/unreachable']);
      expect(codes.filter((each) => !passing.has(each))).toEqual([]);
    };
    await failing(() => first(store, total, {}), 'store/shard-unreachable');
    await failing(() => store.insert(seen, rows), 'store/shard-unreachable');
    await onceReady(async () => {
      const health = await store.health();
      expect(health.nodes.map((node) => node.problem?.code)).toEqual([
        undefined,
        undefined,
        'store/unreachable',
      ]);
    });
    await failing(() => store.ensureTable(texts), 'store/unreachable');
    await store.close();
    await failing(() => openStore(config({ cluster: cluster.name, nodes })), 'store/unreachable');
  }, 120_000);
});
