import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Call } from '../call.ts';

/**
 * Standard input as a stream that goes on while the store is open. The embedded engine takes whatever is readable on
 * descriptor 0 (closeStdin in stdin.ts), so the pipe or file is opened a second time, under a descriptor that the
 * engine does not know. Where the system cannot do that, the stream itself is handed on.
 */
export function liveStdin(process: Call['process']): Readable {
  if (globalThis.process.platform === 'win32') return process.stdin;
  let descriptor: number;
  try {
    descriptor = openSync('/dev/stdin', 'r');
  } catch {
    // A socket cannot be opened by name.
    return process.stdin;
  }
  const kind = fstatSync(descriptor);
  // A pipe that is read as a file holds one of the few threads of the pool for as long as nobody writes.
  if (kind.isFIFO()) return new Socket({ fd: descriptor, readable: true, writable: false });
  if (kind.isFile()) return createReadStream('', { fd: descriptor });
  closeSync(descriptor);
  return process.stdin;
}
