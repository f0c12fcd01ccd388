import { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { pathFault } from './expand.ts';

/** Bytes read from a file at a time. */
const CHUNK = 256 * 1024;

/** The bytes of an open file from a position on. Throws the Fault of a failed read. */
export async function* fileChunks(
  handle: FileHandle,
  path: string,
  seekable: boolean,
  from = 0,
): AsyncGenerator<Uint8Array> {
  for (let position = from; ;) {
    // A fresh buffer each time: whoever gets it may keep it.
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(buffer, 0, CHUNK, seekable ? position : null));
    } catch (error) {
      throw pathFault(path, error);
    }
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The bytes of a stream, such as standard input. Throws the Fault of a failed read. */
export async function* streamChunks(
  stream: AsyncIterable<unknown>,
  name: string,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw pathFault(name, error);
  }
}

/** What has been read already, and then the rest. */
export async function* chained(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}
