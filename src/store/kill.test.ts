import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { batches } from '../../test/store/kill.ts';
import { Fault } from '../fault/fault.ts';
import { all } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import { storeConfig } from './config.ts';
import { openStore } from './open.ts';

/** A hundred for a thorough run: TIDEMARK_KILLS=100. */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 20);

const CHILD = fileURLToPath(new URL('../../test/store/kill-child.ts', import.meta.url));

const written = query(
  'test.batches',
  `SELECT life, batch, count() AS rows, uniqExact(row) AS distinct, max(row) AS last, countIf(startsWith(pad, concat(toString(life), '-', toString(batch), '-', toString(row)))) AS whole
   FROM batches GROUP BY life, batch`,
  z.object({
    life: z.number(),
    batch: z.number(),
    rows: z.coerce.number(),
    distinct: z.coerce.number(),
    last: z.number(),
    whole: z.coerce.number(),
  }),
);

/** Starts the writer and collects what it says. */
function startWriter(
  dataDir: string,
  life: number,
): { child: ChildProcess; ready: Promise<void>; acknowledged: Map<number, number>; gone: Promise<void> } {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir, String(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged = new Map<number, number>();
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended before it was ready')));
    lines.on('line', (line) => {
      if (line === 'ready') resolve();
      const [batch, size] = line.split(' ').map(Number);
      if (batch !== undefined && size !== undefined) acknowledged.set(batch, size);
    });
  });
  const gone = Promise.all([
    new Promise((resolve) => child.once('exit', resolve)),
    new Promise((resolve) => lines.once('close', resolve)),
  ]).then(() => undefined);
  return { child, ready, acknowledged, gone };
}

describe('the embedded store and its process', () => {
  let dir = '';
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-kill-'));
  });
  afterAll(async () => {
    for (const child of children)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  test(
    `has every acknowledged batch whole after ${KILLS} kills`,
    async () => {
      const dataDir = join(dir, 'killed');
      const acknowledged = new Map<string, number>();
      for (let life = 0; life < KILLS; life += 1) {
        const writer = startWriter(dataDir, life);
        children.push(writer.child);
        await writer.ready;
        // Some die at once, some in the middle of many inserts and merges.
        await new Promise((resolve) => {
          setTimeout(resolve, Math.random() ** 2 * 1200);
        });
        writer.child.kill('SIGKILL');
        await writer.gone;
        for (const [batch, size] of writer.acknowledged) acknowledged.set(`${life}/${batch}`, size);

        if (life % 5 !== 4 && life !== KILLS - 1) continue;
        const store = await openStore(storeConfig.parse({ dataDir }));
        try {
          expect(store.problems).toEqual([]);
          const rows = await all(store, written, {});
          const found = new Map(rows.map((row) => [`${row.life}/${row.batch}`, row]));
          for (const [key, size] of acknowledged)
            expect([key, found.get(key)]).toMatchObject([
              key,
              { rows: size, distinct: size, last: size - 1, whole: size },
            ]);
          // A batch that was not acknowledged is there as a whole, or not at all.
          for (const [key, row] of found) expect([key, row.rows]).toEqual([key, row.last + 1]);
          expect(found.size).toBeLessThanOrEqual(acknowledged.size + life + 1);
          await store.insert(batches, [{ life: 4_000_000, batch: life, row: 0, pad: `4000000-${life}-0` }]);
          acknowledged.set(`4000000/${life}`, 1);
        } finally {
          await store.close();
        }
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS);
    },
    30_000 + KILLS * 5000,
  );

  test('tells a second process who has the directory, lets it wait, and opens what a killed one left', async () => {
    const dataDir = join(dir, 'shared');
    const config = storeConfig.parse({ dataDir });
    const writer = startWriter(dataDir, 1);
    children.push(writer.child);
    await writer.ready;

    const refused = await openStore(config).catch((error: unknown) => error);
    if (!(refused instanceof Fault)) throw new Error('a second process got in', { cause: refused });
    expect(refused.code).toBe('store/locked');
    expect(refused.message).toContain(`process ${writer.child.pid}`);
    expect(refused.fix).toContain('--wait');

    const impatient = await openStore(config, { waitSeconds: 0.5 }).catch((error: unknown) => error);
    expect(impatient).toMatchObject({ code: 'store/locked' });

    const told: string[] = [];
    const waiting = openStore(config, { waitSeconds: 60, onWait: (fault) => told.push(fault.code) });
    setTimeout(() => writer.child.kill('SIGKILL'), 500);
    const store = await waiting;
    expect(told).toEqual(['store/locked']);
    expect(store.problems).toEqual([]);
    expect((await all(store, written, {})).length).toBeGreaterThanOrEqual(writer.acknowledged.size);
    await store.close();
  }, 60_000);

  test('stops waiting when told to', async () => {
    const dataDir = join(dir, 'shared-too');
    const writer = startWriter(dataDir, 1);
    children.push(writer.child);
    await writer.ready;
    const control = new AbortController();
    setTimeout(() => control.abort(), 300);
    const refused = await openStore(storeConfig.parse({ dataDir }), {
      waitSeconds: 60,
      signal: control.signal,
    }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'store/locked' });
    writer.child.kill('SIGKILL');
    await writer.gone;
  }, 60_000);

  test('refuses a second directory in one process', async () => {
    const store = await openStore(storeConfig.parse({ dataDir: join(dir, 'one') }));
    const refused = await openStore(storeConfig.parse({ dataDir: join(dir, 'two') })).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'store/one-directory' });
    await store.close();
    const second = await openStore(storeConfig.parse({ dataDir: join(dir, 'two') }));
    await second.close();
  }, 60_000);
});
