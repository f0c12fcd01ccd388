import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../fault/fault.ts';
import { toFault } from './faults.ts';

/** Who has a data directory open. */
export interface Owner {
  /** Undefined when the lock is held but nobody wrote down by whom. */
  readonly pid?: number;
  /** As the owner wrote it down: `2026-11-22 04:02:00`, in its own time zone. */
  readonly since?: string;
  readonly alive: boolean;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What the engine wrote into its `status` file: the owner now, or the last one when it was killed. */
export async function readOwner(engineDir: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(join(engineDir, 'status'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const pid = /^PID: (\d+)$/m.exec(text)?.[1];
  const since = /^Started at: (.+)$/m.exec(text)?.[1];
  return {
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(since === undefined ? {} : { since }),
    alive: pid !== undefined && isAlive(Number(pid)),
  };
}

/**
 * Whether another process holds the engine's lock on the directory, as far as the kernel tells
 * (Linux: /proc/locks); undefined where it does not tell. Asked before the engine is loaded, since
 * the engine's own refusal costs half a second and writes to standard error.
 */
export async function isHeldByOther(engineDir: string): Promise<boolean | undefined> {
  try {
    const [locks, status] = await Promise.all([
      readFile('/proc/locks', 'utf8'),
      stat(join(engineDir, 'status')),
    ]);
    const held = locks
      .split('\n')
      .map((line) => /FLOCK\s+\S+\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line))
      .find((match) => match?.[2] === String(status.ino));
    return held !== undefined && held !== null && Number(held[1]) !== process.pid;
  } catch {
    // No /proc/locks (macOS), or no status file: the engine itself will say.
    return undefined;
  }
}

/** The answer to a second process: whose directory it is, and what to do. */
export function lockedFault(dataDir: string, owner: Owner | undefined): Fault {
  const who =
    owner?.pid === undefined
      ? 'another process'
      : owner.alive
        ? `process ${owner.pid}${owner.since === undefined ? '' : ` (since ${owner.since})`}`
        : `a process that is not visible from here (it wrote down PID ${owner.pid}, which does not run on this machine or in this container)`;
  const fix =
    owner?.alive === false
      ? 'Stop whatever else uses the directory, perhaps in another container or on another host, or name another directory in store.dataDir.'
      : 'Wait for it with --wait SECONDS, or name another directory with --data-dir.';
  return new Fault('store/locked', `the data directory ${dataDir} is in use by ${who}`, fix, {
    file: dataDir,
  });
}

/** Why the directory cannot be made or written to. */
export function directoryFault(error: unknown, dataDir: string): Fault {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || error instanceof Fault)
    return toFault(error, `opening ${dataDir}`);
  return new Fault(
    'store/directory',
    `cannot use the data directory ${dataDir}: ${(error as Error).message}`,
    'Give yourself the right to write there, or name another directory in store.dataDir.',
    { file: dataDir },
    { cause: error },
  );
}

/** The engine refuses with one bare sentence for every reason; the directory tells which it was. */
export async function openFault(cause: unknown, dataDir: string, engineDir: string): Promise<Fault> {
  const message = (cause as Error).message;
  if (/only one active data directory|Cannot open a session/.test(message))
    return new Fault(
      'store/one-directory',
      `this process already has another data directory open than ${dataDir}`,
      'Close the first store before opening the second.',
      { file: dataDir },
      { cause },
    );
  const owner = await readOwner(engineDir);
  const held = await isHeldByOther(engineDir);
  if (held === true || (held === undefined && owner?.alive === true && owner.pid !== process.pid))
    return lockedFault(dataDir, owner);
  return new Fault(
    'store/open-failed',
    `the engine cannot open the data directory ${dataDir}: ${message}`,
    'Read what the engine wrote to standard error; restore the directory from a copy, or set it aside and import the scans again.',
    { file: dataDir },
    { cause },
  );
}
