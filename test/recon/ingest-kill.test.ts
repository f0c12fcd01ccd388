import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { TelemetryIngest } from '../../src/recon/flow/ingest.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { first } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { everything } from './contents.ts';
import { BEGIN, distinctRecords, jsonReader, toLine } from './records.ts';

/** Kills in this run. A hundred take some minutes: TIDEMARK_KILLS=100 npx vitest run test/recon/ingest-kill.test.ts */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 10);

const CHILD = fileURLToPath(new URL('ingest-process.ts', import.meta.url));

const linesUpTo = query(
  'test.lines',
  ['flow', 'app_event', 'ids_alert', 'process_event']
    .map((table) => `SELECT line FROM ${table} WHERE line <= {line:UInt64}`)
    .join(' UNION ALL ')
    .replace(/^.*$/s, (all) => `SELECT uniqExact(line) AS n FROM (${all})`),
  z.object({ n: z.coerce.number() }),
);

let dir = '';
const children: ChildProcess[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-ingest-kill-'));
});
afterAll(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function opened<T>(dataDir: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeConfig.parse({ dataDir }));
  try {
    await migrate(store, migrations, { program: 'test' });
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Lets a process ingest until it has said so many lines, and a moment more; gives the last line that it said. */
async function killedAfter(dataDir: string, life: number, said: number, moment: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir, `life-${life}.log`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let acknowledged = 0;
  let heard = 0;
  const lines = createInterface({ input: child.stdout });
  const closed = new Promise((resolve) => lines.once('close', resolve));
  lines.on('line', (line) => {
    if (/^\d+$/.test(line)) acknowledged = Number(line);
    heard += 1;
    if (heard === said) setTimeout(() => child.kill('SIGKILL'), moment);
  });
  await closed;
  return acknowledged;
}

async function bring(store: Store): Promise<void> {
  const ingest = new TelemetryIngest(
    { store, clock: () => BEGIN, sensor: 'default' },
    'whole.log',
    jsonReader(),
  );
  await ingest.add(distinctRecords(20_000).map(toLine));
  await ingest.flush();
}

test(
  `${KILLS} kills in the middle of an ingest lose nothing that was acknowledged, and leave nothing double`,
  async () => {
    const killed = join(dir, 'killed');
    let most = 0;
    for (let life = 0; life < KILLS; life += 1) {
      const acknowledged = await killedAfter(killed, life, 1 + (life % 5), (life * 37) % 120);
      most = Math.max(most, acknowledged);
      await opened(killed, async (store) => {
        expect(await first(store, linesUpTo, { line: BigInt(most) })).toEqual({ n: most });
        expect(await readdir(join(killed, 'incoming')).catch(() => [])).toEqual([]);
      });
    }
    const again = await opened(killed, async (store) => {
      await bring(store);
      return everything(store);
    });
    const once = await opened(join(dir, 'once'), async (store) => {
      await bring(store);
      return everything(store);
    });
    expect(again).toEqual(once);
  },
  KILLS * 30_000 + 60_000,
);
