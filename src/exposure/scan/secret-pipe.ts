import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../../fault/fault.ts';

/** A named pipe that one reader gets a text through. */
export interface SecretPipe {
  readonly path: string;
  /** Removes the pipe, whether it was read or not. */
  readonly close: () => Promise<void>;
}

/**
 * Offers a text through a named pipe (mkfifo) in a folder that only this user may enter: it is nowhere on the disk, in no
 * argument and no environment. A pipe that Node makes for a child is a socket, which Linux does not open by /dev/fd/N.
 */
export async function offerSecret(text: string): Promise<SecretPipe> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-args-'));
  const path = join(folder, 'args');
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Fault(
      'scan/secret',
      'no pipe could be made for the secrets of scripts',
      'Install mkfifo (coreutils), or scan without exposure.secrets.',
      {},
      { cause: error },
    );
  }
  // Who read a part and went away is told otherwise.
  const offered = give(path, text).catch(() => undefined);
  return {
    path,
    close: async () => {
      // A reader of our own ends the waiting where nobody else ever read.
      const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
      await reader?.close();
      await offered;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Opening waits for the reader. */
async function give(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
