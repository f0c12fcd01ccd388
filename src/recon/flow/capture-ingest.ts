import type { IpAddress } from '../../net/ip-address.ts';
import type { BytesReader } from '../model/reader.ts';
import { encodeTelemetryFile, type TelemetryFile } from '../queries/telemetry-files.ts';
import { telemetryFileTable } from '../queries/tables.ts';
import type { IngestContext } from './ingest.ts';
import { RecordWriter, type SourceCount } from './record-writer.ts';

/** Octets read between two looks at whether a batch is full. */
const BYTES_AT_ONCE = 256 * 1024;

/**
 * Brings a capture into the store: the counterpart of TelemetryIngest for what does not come in lines. A reader of
 * packets holds connections that are not over; a capture is read from its first octet or not at all.
 */
export class CaptureIngest {
  /** Where to begin again after a stop: nowhere but at the start, so there is nothing to hold back. */
  readonly heldFrom = undefined;
  readonly #context: IngestContext;
  readonly #file: string;
  readonly #reader: BytesReader;
  readonly #writer: RecordWriter;
  readonly #isLive: boolean;

  /** `file` as the user named it; `isLive`: it is being made now, so that the clock tells when a connection is over. */
  constructor(
    context: IngestContext,
    file: string,
    reader: BytesReader,
    options: { readonly countSources?: boolean; readonly isLive?: boolean } = {},
  ) {
    this.#context = context;
    this.#file = file;
    this.#reader = reader;
    this.#isLive = options.isLive === true;
    this.#writer = new RecordWriter(context, file, options);
  }

  /** What has become of the packets so far. */
  get tally(): ReturnType<RecordWriter['tally']> {
    return this.#writer.tally();
  }

  /** Captures have no lines. */
  async add(): Promise<void> {
    throw new TypeError('a capture is given in octets');
  }

  /** Takes octets, in their order; waits while two batches are full. */
  async addBytes(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += BYTES_AT_ONCE) {
      this.#reader.push(bytes.subarray(from, from + BYTES_AT_ONCE), this.#writer);
      const full = this.#writer.room();
      if (full !== undefined) await full;
    }
  }

  /** As TelemetryIngest.flush. */
  flush(): Promise<ReadonlyMap<IpAddress, SourceCount>> {
    if (this.#isLive) this.#reader.advance(this.#context.clock(), this.#writer);
    return this.#writer.flush();
  }

  /** Nothing more comes: takes what the reader still holds, and flushes. */
  end(): Promise<ReadonlyMap<IpAddress, SourceCount>> {
    this.#reader.end(this.#writer);
    return this.#writer.flush();
  }

  /** Ends a capture that was read whole, and writes that down. */
  async finish(content: { readonly sha256: string; readonly bytes: number }): Promise<TelemetryFile> {
    await this.end();
    const { clock, sensor, store } = this.#context;
    const file: TelemetryFile = {
      ...this.tally,
      ...content,
      at: clock(),
      file: this.#file,
      format: this.#reader.format,
      sensor,
      lines: this.#reader.packets,
    };
    await store.insert(telemetryFileTable, [encodeTelemetryFile(file)]);
    return file;
  }
}
