import { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { pathFault } from './expand.ts';

/** Where to begin in a file, and how much to read at a time. */
export interface ChunkReading {
  /** Offset of the first byte; 0 when left out. Only where one can seek. */
  readonly from?: number;
  /** Bytes of a chunk; 256 kB when left out. */
  readonly bytes?: number;
}

/**
 * The bytes of an open file. The next chunk is being read while one is worked on; each is a buffer of its own, and whoever
 * gets it may keep it. Throws the Fault of a failed read.
 */
export async function* fileChunks(
  handle: FileHandle,
  path: string,
  seekable: boolean,
  reading: ChunkReading = {},
): AsyncGenerator<Uint8Array> {
  const bytes = reading.bytes ?? 256 * 1024;
  const read = async (position: number): Promise<Uint8Array> => {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    try {
      const { bytesRead } = await handle.read(buffer, 0, bytes, seekable ? position : null);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw pathFault(path, error);
    }
  };
  let position = reading.from ?? 0;
  let ahead: Promise<Uint8Array> | undefined;
  try {
    for (;;) {
      const chunk = await (ahead ?? read(position));
      if (chunk.length === 0) return;
      position += chunk.length;
      // Not of a pipe: it may have no more for a long time, and perhaps nobody asks for it.
      if (seekable) {
        ahead = read(position);
        // A failure is thrown when it is waited for; until then nobody does.
        ahead.catch(() => undefined);
      }
      yield chunk;
    }
  } finally {
    // Nobody may close the file under a read; whether it failed no longer matters.
    await ahead?.catch(() => undefined);
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
