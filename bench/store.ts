// What the embedded store costs: npx tsx bench/store.ts
// Opens a fresh store in a process of its own several times, then writes and reads two million rows.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { first } from '../src/sql/ports.ts';
import { query } from '../src/sql/query.ts';
import type { Table } from '../src/sql/table.ts';
import { storeConfig } from '../src/store/config.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/store.ts';

const ROWS = 2_000_000;
const BATCH = 20_000;

const column = (name: string, type: string): Table['columns'][number] => ({ name, type, comment: name });
const observation: Table = {
  name: 'observation',
  comment: 'Ports of hosts, as a scan sees them',
  columns: [
    column('run', 'UInt32'),
    column('host', 'IPv6'),
    column('port', 'UInt16'),
    column('state', 'LowCardinality(String)'),
    column('service', 'LowCardinality(String)'),
    column('product', 'String'),
    column('at', 'DateTime64(6)'),
  ],
  engine: 'MergeTree',
  orderBy: ['run', 'host', 'port'],
  shardBy: 'cityHash64(host)',
  durable: true,
};
const count = query(
  'bench.count',
  'SELECT count() AS n FROM observation',
  z.object({ n: z.coerce.number() }),
);
const everything = query('bench.all', 'SELECT * FROM observation', z.record(z.string(), z.unknown()));
const unchecked = { ...everything, decode: (row: unknown) => row };

const seconds = (since: number): number => (performance.now() - since) / 1000;
const resident = async (): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
const peak = async (): Promise<number> =>
  Number(/VmHWM:\s+(\d+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;

async function openOnce(dataDir: string): Promise<void> {
  const started = performance.now();
  const store = await openStore(storeConfig.parse({ dataDir }));
  await first(store, query('bench.one', 'SELECT 1 AS x', z.unknown()), {});
  const answered = seconds(started);
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  console.log(JSON.stringify({ answered, resident: await resident() }));
  await store.close();
}

function rowsOf(batch: number): Record<string, unknown>[] {
  return Array.from({ length: BATCH }, (_, index) => {
    const n = batch * BATCH + index;
    return {
      run: Math.floor(n / 200_000),
      host: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
      port: (n * 7919) % 65_536,
      state: n % 5 === 0 ? 'filtered' : 'open',
      service: ['http', 'ssh', 'https', 'mysql'][n % 4],
      product: `product ${n % 1000}`,
      at: '2026-11-22T04:02:00.123456Z',
    };
  });
}

async function timed(what: string, bytes: number, rows: number, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = seconds(started);
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  console.log(
    `${what.padEnd(42)} ${Math.round(rows / wall).toLocaleString('en')} rows/s, ${Math.round(bytes / wall / 1e6)} MB/s; per CPU-second ${Math.round(rows / cpuSeconds).toLocaleString('en')} rows, ${Math.round(bytes / cpuSeconds / 1e6)} MB; ${wall.toFixed(2)} s, peak ${Math.round((await peak()) / 1e6)} MB`,
  );
}

async function writeAndRead(store: Store): Promise<void> {
  await store.ensureTable(observation);
  const batches = ROWS / BATCH;
  const bodies = Array.from({ length: batches }, (_, batch) =>
    Buffer.from(
      `${rowsOf(batch)
        .map((row) => JSON.stringify(row))
        .join('\n')}\n`,
    ),
  );
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  await timed('insert serialised rows, 20,000 at a time', bytes, ROWS, async () => {
    for (const body of bodies) await store.insertNdjson(observation, body);
  });
  await timed('the same, 200,000 at a time', bytes, ROWS, async () => {
    for (let at = 0; at < batches; at += 10)
      await store.insertNdjson(observation, Buffer.concat(bodies.slice(at, at + 10)));
  });
  await timed('insert objects, 20,000 at a time', bytes / 4, ROWS / 4, async () => {
    for (let batch = 0; batch < batches / 4; batch += 1) await store.insert(observation, rowsOf(batch));
  });
  const total = (await first(store, count, {}))?.n ?? 0;
  await timed('stream rows, checked by zod', (bytes / ROWS) * total, total, async () => {
    for await (const row of store.run(everything, {})) if (row['run'] === -1) throw new Error('impossible');
  });
  await timed('stream rows, unchecked', (bytes / ROWS) * total, total, async () => {
    for await (const row of store.run(unchecked, {})) if (row === undefined) throw new Error('impossible');
  });
}

const [, , mode, dir] = process.argv;
if (mode === 'open' && dir !== undefined) await openOnce(dir);
else {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    const opened = Array.from({ length: 5 }, () => {
      const started = performance.now();
      const said = execFileSync(process.execPath, [
        '--import',
        'tsx',
        fileURLToPath(import.meta.url),
        'open',
        dataDir,
      ]);
      return {
        whole: seconds(started),
        ...(JSON.parse(said.toString()) as { answered: number; resident: number }),
      };
    });
    const median = opened.toSorted((a, b) => a.answered - b.answered)[2];
    console.log(
      `open and answer: ${median?.answered.toFixed(2)} s (median of 5, engine included); resident when idle: ${Math.round((median?.resident ?? 0) / 1e6)} MB`,
    );
    const store = await openStore(storeConfig.parse({ dataDir: join(dataDir, 'rows') }));
    await writeAndRead(store);
    await store.close();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
