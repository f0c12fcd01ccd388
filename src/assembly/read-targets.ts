import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Fault } from '../fault/fault.ts';
import { refusal } from './refusal.ts';

/** Longest list of targets, in bytes: a megabyte holds 65,536 addresses. */
const LONGEST_LIST = 1 << 20;

/**
 * Targets of a file, one a line, `#` begins a remark. The file itself, never what a link leads to: a list that somebody else
 * may replace is not what was checked. Throws a Fault `scan/list-unreadable` that repeats nothing of the content.
 */
export async function readTargets(file: string): Promise<readonly string[]> {
  const refuse = (why: string): Fault =>
    refusal('list-unreadable', `the list of targets ${why}`, 'Name a plain text file of your own.', { file });
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(
      code === 'ELOOP' ? 'is a symbolic link' : code === 'ENOENT' ? 'is not there' : 'cannot be read',
    );
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw refuse('is no regular file');
    // What is read counts, not what the file says of its size: it may grow, and those of /proc say 0.
    const bytes = Buffer.alloc(LONGEST_LIST + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
      if (length > LONGEST_LIST) throw refuse(`is longer than ${LONGEST_LIST} bytes`);
    }
    return bytes
      .toString('utf8', 0, length)
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*$/, '').trim())
      .filter((line) => line !== '');
  } finally {
    await handle.close();
  }
}
