import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../fault/fault.ts';

/** How long to wait for another writer: an append takes milliseconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/**
 * Runs `work` while no other process does so for the same lock file. A lock whose owner no longer runs is taken over.
 * Throws a Fault `audit/locked` after ten seconds.
 */
export async function underLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let release: (() => Promise<void>) | undefined;
  while ((release = await tryLock(path)) === undefined) {
    if (performance.now() > deadline) {
      const owner = await readFile(path, 'utf8').catch(() => '');
      throw new Fault(
        'audit/locked',
        `another process${owner === '' ? '' : ` (${owner})`} has held the audit log for ${PATIENCE_MS / 1000} seconds`,
        'See what that process does; when it does not run any more, remove the lock file.',
        { file: path },
      );
    }
    await sleep(PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Locks of this process. One with our own number that is not among them is of an earlier process: in a container each is the first. */
const held = new Set<string>();

/** Takes the lock, or undefined when a process that runs holds it. What it gives lets go of it again. */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  for (;;) {
    if (held.has(path)) return undefined;
    if (await take(path))
      return async () => {
        await rm(path, { force: true });
        held.delete(path);
      };
    const owner = await readFile(path, 'utf8').catch(() => '');
    const isOurs = owner === String(process.pid);
    if (isOurs ? held.has(path) : owner === '' || isAlive(Number(owner))) return undefined;
    await breakLock(path, owner);
  }
}

async function take(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  held.add(path);
  try {
    await file.writeFile(String(process.pid));
    return true;
  } catch (error) {
    held.delete(path);
    // A lock without an owner would hold for ever: the disk is full.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Moves the dead owner's lock aside. Who moved a living one instead, because it was quicker to be taken anew, puts it back. */
async function breakLock(path: string, owner: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved === owner) await rm(aside, { force: true });
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
