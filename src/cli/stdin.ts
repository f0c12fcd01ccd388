import { closeSync, createReadStream, createWriteStream, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Standard input, put by in a temporary file. */
export interface PutBy {
  readonly stream: Readable;
  readonly discard: () => Promise<void>;
}

/**
 * Reads standard input to its end before the store is opened: a scan that is piped in while it runs
 * would keep the history locked for hours, and the engine must not see this stream (see closeStdin).
 */
export async function putByStdin(stdin: Readable, signal: AbortSignal): Promise<PutBy> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-stdin-'));
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'stdin');
  try {
    // Scans are confidential: nobody else on the machine may read this.
    await pipeline(stdin, createWriteStream(file, { mode: 0o600 }), { signal });
  } catch (error) {
    await discard();
    throw error;
  }
  return { stream: createReadStream(file), discard };
}

let closed = false;

/**
 * Puts /dev/null in the place of standard input. The embedded engine takes whatever is readable there
 * for rows that belong to an INSERT: in `while read host; do tidemark …; done < hosts.txt` it would
 * eat the list, and the insert fails. To be called before the engine is loaded.
 */
export function closeStdin(): void {
  if (closed || process.platform === 'win32') return;
  closed = true;
  closeSync(0);
  // The lowest free descriptor is the one just closed.
  openSync('/dev/null', 'r');
}
