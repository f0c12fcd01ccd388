import type { Problem } from '../../fault/fault.ts';
import type { Compression } from '../../files/decompress.ts';

/** What reading a source to its end has shown. */
export interface SourceSummary {
  /** Lower-case hex SHA-256 of the decompressed bytes: the identity of their content. */
  readonly sha256: string;
  /** Decompressed bytes. */
  readonly bytes: number;
  readonly compression: Compression;
  /** A compressed stream that broke off: what came before it was yielded all the same. */
  readonly problems: readonly Problem[];
}

/** One file (or standard input), ready to be read. */
export interface Source {
  /** As the user gave it, or below what the user gave; `-` for standard input. */
  readonly name: string;
  /** Size on disk; undefined for pipes. */
  readonly bytesOnDisk: number | undefined;
  /** Bytes of `bytesOnDisk` read so far: for progress. */
  readonly bytesRead: number;
  /** True for regular files: `chunks()` may be called again, and begins at the first byte again. */
  readonly rereadable: boolean;
  /**
   * The decompressed bytes. To be iterated before the next source is asked for: after that the file
   * is closed. Throws Fault `source/unreadable`, `source/expands-too-far`, or `source/damaged`
   * when compressed data is broken before its first byte.
   */
  chunks(): AsyncGenerator<Uint8Array>;
  /** After `chunks()` has ended; throws before. */
  summary(): SourceSummary;
}
