import { Buffer } from 'node:buffer';
import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  BrokenStream,
  compressionOf,
  decompress,
  DEFAULT_EXPANSION,
  type Compression,
} from '../../files/decompress.ts';
import { Fault } from '../../fault/fault.ts';
import { fileChunks } from '../../files/read-chunks.ts';
import { IDENTITY_BYTES } from './checkpoint.ts';

/** How a file begins. */
export interface FileHead {
  /** Of the very file that the head was read from. */
  readonly status: BigIntStats;
  readonly compression: Compression;
  /** Up to IDENTITY_BYTES of its decompressed content. */
  readonly head: Uint8Array;
  /** Made by nfcapd: read as a whole, like what is compressed. */
  readonly nfcapd: boolean;
}

/** The beginning of a file; undefined when it cannot be read (now). */
export async function fileHead(path: string): Promise<FileHead | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const status = await handle.stat({ bigint: true });
      if (!status.isFile()) return undefined;
      const magic = Buffer.alloc(4);
      await handle.read(magic, 0, 4, 0);
      const compression = compressionOf(magic);
      const parts: Uint8Array[] = [];
      let bytes = 0;
      const raw = fileChunks(handle, path, true, { bytes: 64 * 1024 });
      try {
        for await (const chunk of decompress(compression, raw, DEFAULT_EXPANSION, path)) {
          parts.push(chunk);
          bytes += chunk.length;
          if (bytes >= IDENTITY_BYTES) break;
        }
      } catch (error) {
        if (!(error instanceof BrokenStream || error instanceof Fault)) throw error;
      }
      const head = Buffer.concat(parts).subarray(0, IDENTITY_BYTES);
      const nfcapd = ['0ca5', 'a50c'].includes(magic.toString('hex', 0, 2));
      return { status, compression, head: Buffer.from(head), nfcapd };
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Whether a file is read as a whole, because it does not grow: compressed, or of nfcapd. */
export function isWhole({ compression, nfcapd }: FileHead): boolean {
  return compression !== 'none' || nfcapd;
}
