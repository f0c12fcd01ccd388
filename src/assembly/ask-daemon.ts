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
