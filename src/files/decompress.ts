import { createGunzip, type Gunzip } from 'node:zlib';
import { Fault } from '../fault/fault.ts';
import { isZstd, ZstdError, ZstdFrames } from './zstd-frames.ts';

/** How a file was compressed, by its first bytes; its name does not matter. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** How far a compressed file may expand. */
export interface ExpansionLimits {
  /** Decompressed bytes of one file. */
  readonly maxBytes: number;
  /** Decompressed per compressed byte, looked at once `ratioFrom` bytes have come out. */
  readonly maxRatio: number;
  readonly ratioFrom: number;
}

/**
 * Scanner output compresses 10 to 60 times (a list of hosts that are down: 100), logs 5 to 30; gzip can reach 1,030
 * and zstd 30,000. Memory is bounded anyway; this bounds time and what is kept on disk.
 */
export const DEFAULT_EXPANSION: ExpansionLimits = {
  maxBytes: 64 * 1024 ** 3,
  maxRatio: 400,
  ratioFrom: 64 * 1024 ** 2,
};

/** Compressed bytes given to gunzip at a time: at gzip's best ratio they become 16 MB in memory. */
const GZIP_SLICE = 16 * 1024;

/** Bytes that gunzip hands out at a time. What it was working on when it met damage is lost: at most this. */
const GZIP_BLOCK = 64 * 1024;

/** The compression that these first bytes (four are enough) speak of. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  return isZstd(head) ? 'zstd' : 'none';
}

/** A compressed stream that breaks off or is damaged; everything before the break has been yielded. */
export class BrokenStream extends Error {}

/**
 * Decompressed chunks. Throws BrokenStream where the data ends early or is damaged, after yielding what
 * came before (all of it, but for the last 64 kB before damaged gzip), and Fault `source/expands-too-far` at the limits.
 */
export async function* decompress(
  compression: Compression,
  raw: AsyncIterable<Uint8Array>,
  limits: ExpansionLimits,
  file: string,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') {
    yield* raw;
    return;
  }
  let consumed = 0;
  let produced = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw) {
      consumed += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of compression === 'gzip' ? gunzip(counted()) : unzstd(counted())) {
    produced += chunk.length;
    const tooFar = produced > limits.ratioFrom && produced > limits.maxRatio * consumed;
    if (tooFar || produced > limits.maxBytes) {
      throw new Fault(
        'source/expands-too-far',
        `${file} has expanded to ${produced} bytes from ${consumed}, which scans and logs do not do`,
        'If you trust the file, decompress it yourself and give the result.',
        { file },
      );
    }
    yield chunk;
  }
}

/**
 * Several members in a row are one stream, as gzip says (RFC 1952, 2.2). Slices are written one by one
 * and their output collected at once: read as a stream, what was buffered before an error would be lost.
 */
async function* gunzip(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: GZIP_BLOCK });
  const ready: Uint8Array[] = [];
  const outcome: { failure?: Error } = {};
  stream.on('data', (chunk: Uint8Array) => ready.push(chunk));
  const ended = new Promise<void>((resolve) => {
    stream.on('end', resolve);
    stream.on('error', (error: Error) => {
      outcome.failure = error;
      resolve();
    });
  });
  try {
    for await (const chunk of raw) {
      for (let from = 0; from < chunk.length && outcome.failure === undefined; from += GZIP_SLICE) {
        await Promise.race([written(stream, chunk.subarray(from, from + GZIP_SLICE)), ended]);
        yield* ready.splice(0);
      }
      if (outcome.failure !== undefined) break;
    }
    if (outcome.failure === undefined) {
      stream.end();
      await ended;
    }
    yield* ready.splice(0);
    const { failure } = outcome;
    if (failure !== undefined) throw new BrokenStream(`gzip: ${failure.message}`, { cause: failure });
  } finally {
    stream.destroy();
  }
}

/** Resolves when a slice has been taken in whole and its output handed out, or has failed. */
function written(stream: Gunzip, slice: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    // The error itself arrives with the stream's `error` event.
    stream.write(slice, () => resolve());
  });
}

async function* unzstd(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames();
  try {
    for await (const chunk of raw) {
      frames.push(chunk);
      for (let block = frames.next(); block !== undefined; block = frames.next()) yield block;
    }
    if (!frames.betweenFrames) throw new ZstdError('the data ends inside a frame');
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    throw new BrokenStream(`zstd: ${error.message}`, { cause: error });
  }
}
