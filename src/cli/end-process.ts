import type { Writable } from 'node:stream';

/**
 * Calls `exit` once the stream has taken everything that was written to it. 'drain' would not do: it comes only
 * after a write that found the buffer full, so that a last small piece would end the process with status 0.
 */
export function endProcess(stdout: Writable, exit: () => void): void {
  stdout.write('', exit);
}
