import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tryLock, underLock } from './file-lock.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
  lock = join(folder, 'some.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('is held once, in this process too, until it is let go of', async () => {
  const release = await tryLock(lock);
  expect(release).toBeDefined();
  expect(await tryLock(lock)).toBeUndefined();
  await release!();
  expect(existsSync(lock)).toBe(false);
  await (await tryLock(lock))!();
});

test.each([
  { why: 'of a process that ended', owner: () => String(spawnSync(process.execPath, ['-e', '']).pid) },
  // In a container every process is number 1: the one that was killed, and the one that finds its lock.
  { why: 'of an earlier process with our own number', owner: () => String(process.pid) },
])('a lock $why is taken over', async ({ owner }) => {
  writeFileSync(lock, owner());
  const release = await tryLock(lock);
  expect(release).toBeDefined();
  expect(await tryLock(lock)).toBeUndefined();
  await release!();
});

test('a lock of a process that runs is respected', async () => {
  writeFileSync(lock, String(process.ppid));
  expect(await tryLock(lock)).toBeUndefined();
  expect(existsSync(lock)).toBe(true);
});

test('many at a time go one after the other', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      underLock(lock, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
});
