import type { IpAddress } from '../../net/ip-address.ts';
import { first, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import type { LineReader, TelemetryFormat } from '../model/reader.ts';
import {
  encodeTelemetryFile,
  telemetryFileBySha256,
  type TelemetryFile,
} from '../queries/telemetry-files.ts';
import { telemetryFileTable } from '../queries/tables.ts';
import { RecordWriter, type RecordWriterContext, type SourceCount } from './record-writer.ts';

/** What an ingest needs from outside. */
export interface IngestContext extends RecordWriterContext {
  readonly store: QueryRunner & RowWriter;
}

/** Lines read between two looks at whether a batch is full: bounds how far a batch can grow past its size. */
const LINES_AT_ONCE = 4096;

/**
 * Brings the lines of one file of telemetry into the store. Memory stays at two batches, whatever the size of the
 * file. Records are known by their content, so a file may be read twice, in part, or again after a kill: nothing
 * counts double. Everything throws what the store throws.
 */
export class TelemetryIngest {
  readonly #context: IngestContext;
  readonly #file: string;
  readonly #reader: LineReader;
  readonly #writer: RecordWriter;
  #line: number;

  /** `file` as the user named it; `line`: how many lines lie before the first that is given. */
  constructor(
    context: IngestContext,
    file: string,
    reader: LineReader,
    options: { readonly line?: number; readonly countSources?: boolean } = {},
  ) {
    this.#context = context;
    this.#file = file;
    this.#reader = reader;
    this.#line = options.line ?? 0;
    this.#writer = new RecordWriter(context, file, options);
  }

  /** Lines so far, those before the first included. */
  get line(): number {
    return this.#line;
  }

  /** The lowest line whose record is still held by the reader: a checkpoint never lies behind it. */
  get heldFrom(): number | undefined {
    return this.#reader.heldFrom;
  }

  /** What has become of the lines so far. */
  get tally(): ReturnType<RecordWriter['tally']> {
    return this.#writer.tally();
  }

  /** Takes lines, in their order; waits while two batches are full. */
  async add(lines: readonly string[]): Promise<void> {
    const reader = this.#reader;
    const writer = this.#writer;
    for (let index = 0; index < lines.length;) {
      const end = Math.min(lines.length, index + LINES_AT_ONCE);
      for (; index < end; index += 1) {
        const text = lines[index] ?? '';
        this.#line += 1;
        writer.reading(text, this.#line);
        reader.read(text, this.#line, writer);
      }
      const full = writer.room();
      if (full !== undefined) await full;
    }
  }

  /** When it resolves, the store has every record that the reader has given. Gives what came of each source since the last flush, when sources are counted. */
  flush(): Promise<ReadonlyMap<IpAddress, SourceCount>> {
    return this.#writer.flush();
  }

  /** The file was rotated away or ended: takes what the reader still holds, and flushes. */
  end(): Promise<ReadonlyMap<IpAddress, SourceCount>> {
    this.#reader.end(this.#writer);
    return this.flush();
  }

  /** Ends a file that was read from its first line to its last, and writes that down: the same content is known from then on. */
  async finish(content: TelemetryContent): Promise<TelemetryFile> {
    await this.end();
    const { clock, sensor, store } = this.#context;
    const file: TelemetryFile = {
      ...this.tally,
      sha256: content.sha256 ?? '',
      bytes: content.bytes,
      at: clock(),
      file: this.#file,
      format: this.#reader.format,
      sensor,
      lines: this.#line,
    };
    await store.insert(telemetryFileTable, [encodeTelemetryFile(file)]);
    return file;
  }
}

/** Lines of a file, and what is known of its content once they have been read. */
export interface TelemetryLines {
  readonly lines: AsyncIterable<readonly string[]>;
  /** After the last line. */
  readonly summary: () => TelemetryContent;
}

/** What is known of a file that was read to its end. */
export interface TelemetryContent {
  /** SHA-256 of the content, uncompressed, in hex; undefined: not taken, and the file will not be known again. */
  readonly sha256: string | undefined;
  /** Its size. */
  readonly bytes: number;
}

/** Brings a whole file in. Throws what the store or the lines throw; what was read until then is in the store. */
export async function ingestFile(
  context: IngestContext,
  file: string,
  reader: LineReader,
  source: TelemetryLines,
): Promise<TelemetryFile> {
  const ingest = new TelemetryIngest(context, file, reader);
  for await (const lines of source.lines) await ingest.add(lines);
  return ingest.finish(source.summary());
}

/** The ledger's row on content that was read to its end before as the same format of the same sensor, or undefined. */
export function knownFile(
  store: QueryRunner,
  content: { readonly sha256: string; readonly sensor: string; readonly format: TelemetryFormat },
): Promise<TelemetryFile | undefined> {
  return first(store, telemetryFileBySha256, content);
}
