import { ndjsonLine, type NdjsonLine, type Row, type RowWriter } from '../../sql/ports.ts';
import type { Table } from '../../sql/table.ts';

/** Rows are sent in bodies of about this size: large enough for the engine's insert block, small enough for bounded memory. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Raw bytes per row of scan_raw: a row is read whole, so it must stay small. */
const RAW_PIECE_BYTES = 1024 * 1024;

/**
 * Rows of one table on their way in. One body is in flight while the next is filled;
 * `add` gives a promise to wait for only when both are full, so memory stays at two bodies.
 */
export class RowBatch {
  readonly #writer: RowWriter;
  readonly #table: Table;
  readonly #onSend: (() => void) | undefined;
  #lines: NdjsonLine[] = [];
  #size = 0;
  #inFlight: Promise<void> = Promise.resolve();

  /** `onSend` is called before rows are sent: from then on the store may hold some. */
  constructor(writer: RowWriter, table: Table, onSend?: () => void) {
    this.#writer = writer;
    this.#table = table;
    this.#onSend = onSend;
  }

  add(row: Row): Promise<void> | undefined {
    const line = ndjsonLine(row);
    this.#lines.push(line);
    this.#size += line.length;
    return this.#size < BATCH_BYTES ? undefined : this.#send();
  }

  /** Sends what is left and waits until the store has all of it. Throws what any insert threw. */
  async flush(): Promise<void> {
    await this.#send();
    await this.#inFlight;
  }

  async #send(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    this.#size = 0;
    await this.#inFlight;
    if (lines.length === 0) return;
    this.#onSend?.();
    this.#inFlight = this.#writer.insertLines(this.#table, lines);
    // Whoever waits next sees the error; until then it must not count as unhandled.
    this.#inFlight.catch(() => undefined);
  }
}

/** Cuts the raw bytes of an import into rows of scan_raw. */
export class RawPieces {
  readonly #batch: RowBatch;
  readonly #load: string;
  readonly #piece = Buffer.allocUnsafe(RAW_PIECE_BYTES);
  #filled = 0;
  #seq = 0;

  constructor(batch: RowBatch, load: string) {
    this.#batch = batch;
    this.#load = load;
  }

  async add(chunk: Uint8Array): Promise<void> {
    let from = 0;
    while (from < chunk.length) {
      const taken = Math.min(chunk.length - from, RAW_PIECE_BYTES - this.#filled);
      this.#piece.set(chunk.subarray(from, from + taken), this.#filled);
      this.#filled += taken;
      from += taken;
      if (this.#filled === RAW_PIECE_BYTES) await this.#cut();
    }
  }

  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#cut();
    await this.#batch.flush();
  }

  async #cut(): Promise<void> {
    const row = { load: this.#load, seq: this.#seq, base64: this.#piece.toString('base64', 0, this.#filled) };
    this.#seq += 1;
    this.#filled = 0;
    await this.#batch.add(row);
  }
}
