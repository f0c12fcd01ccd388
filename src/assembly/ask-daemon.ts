import { join } from 'node:path';
import { isHeldByOther, readOwner } from '../store/directory-lock.ts';
import { DaemonClient } from '../store/socket/daemon-client.ts';
import { findSocket, isListening } from '../store/socket/place.ts';

/** Milliseconds that a daemon has to answer: it may be at the end of its memory, or stopped. */
const PATIENCE = 30_000;

/** A fact that the daemon of a data directory tells, by its name; undefined when none runs. Throws a Fault `store/daemon-…`. */
export async function askDaemon(dataDir: string, fact: string): Promise<unknown> {
  const socket = await findSocket(dataDir);
  if (socket === undefined || !(await isListening(socket))) return undefined;
  const client = new DaemonClient(socket);
  try {
    return await client.fact(fact, AbortSignal.timeout(PATIENCE));
  } finally {
    client.close();
  }
}

/** What can be seen of a data directory whose daemon does not answer. */
export interface Unanswered {
  /** The process that has it open all the same: a daemon that starts or stops just now, or another command. */
  readonly pid: number | undefined;
  /** Whether there is the socket of a daemon that was killed. */
  readonly isSocketLeft: boolean;
}

/** Why nobody answers for a data directory, as far as the kernel and the directory tell. Opens nothing. */
export async function whyUnanswered(dataDir: string): Promise<Unanswered> {
  const engineDir = join(dataDir, 'clickhouse');
  const isHeld = await isHeldByOther(engineDir);
  const owner = isHeld === true ? await readOwner(engineDir) : undefined;
  return { pid: owner?.pid, isSocketLeft: (await findSocket(dataDir)) !== undefined };
}
