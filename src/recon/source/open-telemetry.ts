import { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Fault, type Problem } from '../../fault/fault.ts';
import {
  BrokenStream,
  compressionOf,
  decompress,
  DEFAULT_EXPANSION,
  type ExpansionLimits,
} from '../../files/decompress.ts';
import { expand, pathFault } from '../../files/expand.ts';
import { chained, fileChunks, streamChunks } from '../../files/read-chunks.ts';
import { fromMillis, type Instant } from '../../time/instant.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import { detectFormat, HEAD_BYTES, unknownFormat } from './detect-format.ts';
import { byAge, withoutUse } from './log-names.ts';
import { nfdumpLines } from './nfdump-process.ts';
import { LineSplitter } from './split-lines.ts';
import { asUtf8 } from './text-encoding.ts';

/** Bytes that lines are given out in at a time, about. Buffers of this size are decoded outside the heap, which is fastest. */
const BATCH_BYTES = 1024 * 1024;

/** What reading a source to its end has shown. */
export interface TelemetrySummary {
  /** Lower-case hex SHA-256 of the decompressed bytes; undefined unless it was asked for. */
  readonly sha256: string | undefined;
  /** Decompressed bytes. */
  readonly bytes: number;
  /** Lines given; 0 when the bytes were asked for. */
  readonly lines: number;
  /** Compressed data that breaks off; lines that were cut. What could be read was given all the same. */
  readonly problems: readonly Problem[];
}

/** One file of telemetry (or standard input), ready to be read once. */
export interface TelemetrySource {
  /** As the user gave it, or below what the user gave; `-` for standard input. */
  readonly name: string;
  /** By content. */
  readonly format: TelemetryFormat;
  /** Whose reader takes the lines: `nfdump-csv` for `nfcapd`, else the format itself. */
  readonly readAs: TelemetryFormat;
  /** Times without a zone are in UTC whatever the configuration says: we had the tool print them so. */
  readonly timesInUtc: boolean;
  /** When the file was last written: the latest year that a time without one can mean. Undefined for pipes. */
  readonly modified: Instant | undefined;
  /** Size on disk; undefined for pipes. */
  readonly totalBytes: number | undefined;
  /** Of these, read so far: for progress. */
  readonly bytesRead: number;
  /**
   * The lines without their breaks, in batches of about a megabyte. To be read before the next source is asked for.
   * Throws Fault `source/unreadable`, `source/expands-too-far`, `source/nfdump-missing`, `source/nfdump-failed`.
   */
  lines(): AsyncGenerator<readonly string[]>;
  /** The bytes instead, for a capture: decompressed, each chunk a buffer of its own. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** After either has ended; throws before. */
  summary(): TelemetrySummary;
}

/** What stands behind an argument. Neither a fault nor what was skipped stops the rest. */
export type OpenedTelemetry =
  | { readonly kind: 'source'; readonly source: TelemetrySource }
  | { readonly kind: 'fault'; readonly name: string; readonly fault: Fault }
  | { readonly kind: 'skipped'; readonly name: string; readonly why: string };

/** What `openTelemetry` may be given besides its arguments. */
export interface TelemetryOptions {
  /** Read for the argument `-`; the process's own by default. */
  readonly stdin?: AsyncIterable<unknown>;
  /** Ends the reading between two sources and two batches, by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The format of every source, for those whose content does not tell. */
  readonly format?: TelemetryFormat | undefined;
  /** Whether to take the SHA-256 of the content. */
  readonly digest?: boolean;
  readonly expansion?: ExpansionLimits;
}

/**
 * Opens files, directories (all files below them), patterns and `-`, one at a time. In a directory the oldest come
 * first (see byAge), and what holds no telemetry is skipped by name or, when it is in no known format, by content; a file
 * that was named itself is a fault then. gzip and zstd are known by their first bytes, formats by their text.
 */
export async function* openTelemetry(
  args: readonly string[],
  options: TelemetryOptions = {},
): AsyncGenerator<OpenedTelemetry> {
  for (const arg of args) {
    for await (const found of expand([arg], { leftOut: withoutUse, order: byAge })) {
      options.signal?.throwIfAborted();
      switch (found.kind) {
        case 'file':
          yield* openFile(found.path, found.path === arg, options);
          break;
        case 'stdin':
          yield await openStream(options);
          break;
        case 'skipped':
          yield { kind: 'skipped', name: found.path, why: found.why };
          break;
        case 'fault':
          yield { kind: 'fault', name: found.path, fault: found.fault };
          break;
        default:
          found satisfies never;
      }
    }
  }
}

async function* openFile(
  path: string,
  named: boolean,
  options: TelemetryOptions,
): AsyncGenerator<OpenedTelemetry> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    yield { kind: 'fault', name: path, fault: pathFault(path, error) };
    return;
  }
  try {
    const status = await handle.stat();
    const size = status.isFile() ? status.size : undefined;
    const chunks = fileChunks(handle, path, size !== undefined, { bytes: BATCH_BYTES });
    const modified = size === undefined ? undefined : fromMillis(Math.floor(status.mtimeMs));
    yield await prepare(new OpenTelemetry(path, chunks, size, modified, options), named);
  } finally {
    await handle.close();
  }
}

function openStream(options: TelemetryOptions): Promise<OpenedTelemetry> {
  const chunks = streamChunks(options.stdin ?? process.stdin, '-');
  return prepare(new OpenTelemetry('-', chunks, undefined, undefined, options), true);
}

async function prepare(source: OpenTelemetry, named: boolean): Promise<OpenedTelemetry> {
  const { name } = source;
  try {
    const why = await source.begin();
    if (why === undefined) return { kind: 'source', source };
    if (why instanceof Fault && named) return { kind: 'fault', name, fault: why };
    return {
      kind: 'skipped',
      name,
      why: why instanceof Fault ? why.message.replace(`${name} is `, '') : why,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: 'fault', name, fault: error };
  }
}

class OpenTelemetry implements TelemetrySource {
  readonly name: string;
  readonly totalBytes: number | undefined;
  readonly modified: Instant | undefined;
  format: TelemetryFormat = 'zeek-tsv';
  bytesRead = 0;
  readonly #raw: AsyncIterable<Uint8Array>;
  readonly #options: TelemetryOptions;
  readonly #hash: Hash | undefined;
  readonly #problems: Problem[] = [];
  #plain = false;
  #content: AsyncGenerator<Uint8Array> | undefined;
  #bytes = 0;
  #lines = 0;
  #summary: TelemetrySummary | undefined;

  constructor(
    name: string,
    raw: AsyncIterable<Uint8Array>,
    totalBytes: number | undefined,
    modified: Instant | undefined,
    options: TelemetryOptions,
  ) {
    this.name = name;
    this.totalBytes = totalBytes;
    this.modified = modified;
    this.#raw = raw;
    this.#options = options;
    this.#hash = options.digest === true ? createHash('sha256') : undefined;
  }

  get readAs(): TelemetryFormat {
    return this.format === 'nfcapd' ? 'nfdump-csv' : this.format;
  }

  get timesInUtc(): boolean {
    return this.format === 'nfcapd';
  }

  /** Reads the head and sees what it is. A text: why there is nothing to read; a Fault: what it is not. */
  async begin(): Promise<Fault | string | undefined> {
    const raw = this.#counted();
    const magic = await headOf(raw, 4);
    const compression = compressionOf(Buffer.concat(magic).subarray(0, 4));
    const expansion = this.#options.expansion ?? DEFAULT_EXPANSION;
    const content = this.#whole(decompress(compression, chained(magic, raw), expansion, this.name));
    const head = await headOf(content, HEAD_BYTES);
    this.#plain = compression === 'none' && this.totalBytes !== undefined;
    this.#content = this.#observed(chained(head, content));
    const bytes = Buffer.concat(head).subarray(0, HEAD_BYTES);
    const detected = detectFormat(bytes, this.name, bytes.length < HEAD_BYTES);
    if (detected.kind === 'empty') return 'it is empty';
    if (this.#options.format !== undefined) this.format = this.#options.format;
    else if (detected.kind === 'unknown') return unknownFormat(this.name, detected.seen);
    else this.format = detected.format;
    if (this.format !== 'nfcapd' || this.#plain) return undefined;
    return new Fault(
      'source/nfcapd-not-a-file',
      `${this.name} was written by nfcapd, and nfdump reads such data from plain files only`,
      'Decompress it to a file, and give that.',
      { file: this.name },
    );
  }

  async *lines(): AsyncGenerator<readonly string[]> {
    if (this.format === 'nfcapd') {
      yield* this.#nfdump();
      return;
    }
    const splitter = new LineSplitter();
    for await (const chunk of gathered(asUtf8(this.#take()))) {
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield lines;
    }
    const last = splitter.end();
    if (last.length > 0) yield last;
    this.#lines = splitter.lines;
    if (splitter.cutLines > 0) this.#problems.push(cutLines(this.name, splitter.cutLines));
    this.#finish();
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield* this.#take();
    this.#finish();
  }

  summary(): TelemetrySummary {
    if (this.#summary === undefined) throw new TypeError(`${this.name} has not been read to its end`);
    return this.#summary;
  }

  #take(): AsyncGenerator<Uint8Array> {
    const content = this.#content;
    if (content === undefined) throw new TypeError(`${this.name} is read a second time`);
    this.#content = undefined;
    return content;
  }

  async *#nfdump(): AsyncGenerator<readonly string[]> {
    if (this.#hash === undefined) await this.#take().return(undefined);
    else for await (const chunk of this.#take()) void chunk;
    for await (const lines of nfdumpLines(this.name, { signal: this.#options.signal })) {
      this.#lines += lines.length;
      yield lines;
    }
    this.bytesRead = this.totalBytes ?? this.bytesRead;
    this.#finish();
  }

  #finish(): void {
    const sha256 = this.#hash?.digest('hex');
    this.#summary = { sha256, bytes: this.#bytes, lines: this.#lines, problems: this.#problems };
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#raw) {
      this.#options.signal?.throwIfAborted();
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  /** Ends where compressed data breaks off, with a problem; a Fault when that is before its first byte. */
  async *#whole(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of content) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error;
      const where = { file: this.name, offset: bytes };
      if (bytes === 0) {
        const fix = 'Get the file again from where it came from.';
        throw new Fault('source/damaged', `${this.name}: ${error.message}`, fix, where, { cause: error });
      }
      const message = `the compressed data breaks off (${error.message})`;
      this.#problems.push({ code: 'source/damaged', message, where });
    }
  }

  async *#observed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.#hash?.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
  }
}

/** What is said of lines that were too long. */
export function cutLines(file: string, count: number): Problem {
  const message = `${count} line${count === 1 ? ' is' : 's are'} longer than a megabyte; the rest of each was left out`;
  return { code: 'source/line-too-long', message, where: { file } };
}

/** Chunks from the beginning until so many bytes are there, even when a pipe hands out single ones. */
async function headOf(chunks: AsyncIterator<Uint8Array>, bytes: number): Promise<Uint8Array[]> {
  const head: Uint8Array[] = [];
  for (let have = 0; have < bytes;) {
    const next = await chunks.next();
    if (next.done === true) break;
    head.push(next.value);
    have += next.value.length;
  }
  return head;
}

/** Small chunks put together, so that decoding and handing on is done by the megabyte. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (parts.length === 0 && chunk.length >= BATCH_BYTES / 2) {
      yield chunk;
      continue;
    }
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
