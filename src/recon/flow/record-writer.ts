import type { IpAddress } from '../../net/ip-address.ts';
import type { Row, RowWriter } from '../../sql/ports.ts';
import { RowEncoder } from '../../sql/row-encoder.ts';
import { toSeconds, type Clock, type Instant } from '../../time/instant.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RecordSink } from '../model/reader.ts';
import type { TelemetryRecord } from '../model/telemetry-record.ts';
import { appEventRow, flowRow, idsAlertRow, processEventRow, type RecordRow } from '../queries/record-row.ts';
import { telemetryProblemTable } from '../queries/tables.ts';

/** What a writer of records needs from outside. */
export interface RecordWriterContext {
  readonly store: RowWriter;
  readonly clock: Clock;
  /** Name of the sensor; rows of different sensors are never the same record. */
  readonly sensor: string;
  /** Rows per insert; 100,000 when not given. */
  readonly batchRows?: number;
}

/** How many records of each kind there were. */
export interface RecordCounts {
  readonly flow: number;
  readonly app: number;
  readonly alert: number;
  readonly process: number;
}

/** What came of one source: a live round looks at sources with something to look at. */
export interface SourceCount {
  records: number;
  /** Flows that were refused, silent, unreachable or half-open. */
  failed: number;
  alerts: number;
}

/** What has become of the input so far. */
export interface RecordTally {
  readonly records: RecordCounts;
  /** Lines that say nothing for us, by what they were. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Lines that should have been a record and were not, all of them. */
  readonly problems: number;
  /** Time of the earliest and the latest record. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
}

/** Rows per insert: each makes a few files in the engine, and costs about 20 MB while it is on its way. */
const BATCH_ROWS = 100_000;
/** The same by size, for rows with long texts. */
const BATCH_BYTES = 32 * 1024 * 1024;
/** Problems kept of a file; further ones are counted only. */
const PROBLEMS_KEPT = 1000;
/** Characters kept of a line that was set aside, and of what was wrong with it. */
const TEXT_KEPT = 500;
/** Names of skipped things that are told apart: they may come from the file. */
const SKIPPED_KINDS = 200;

const FAILED: ReadonlySet<Outcome> = new Set<Outcome>(['refused', 'silent', 'unreachable', 'half-open']);

/** A time in a batch may be any day; a batch of a damaged clock touches many partitions. */
const INSERT = { settings: { max_partitions_per_insert_block: 0 } } as const;

/**
 * Takes records and brings them into the store in batches: one is on its way while the next fills, so memory stays
 * at two. What a column cannot hold is set aside as a problem, alone.
 */
export class RecordWriter implements RecordSink {
  readonly #context: RecordWriterContext;
  readonly #file: string;
  readonly #batchRows: number;
  readonly #flow = new Batch(flowRow);
  readonly #app = new Batch(appEventRow);
  readonly #alert = new Batch(idsAlertRow);
  readonly #process = new Batch(processEventRow);
  readonly #batches = [this.#flow, this.#app, this.#alert, this.#process] as const;
  readonly #pointer: { readonly sensor: string; readonly file: string; line: number };
  readonly #skipped = new Map<string, number>();
  #sources: Map<IpAddress, SourceCount> | undefined;
  #loaded: number;
  #problemRows: Row[] = [];
  #problems = 0;
  #first: Instant | undefined;
  #last: Instant | undefined;
  #text = '';
  #textLine = 0;
  #inFlight: Promise<void> = Promise.resolve();

  /** `file` as the user named it. */
  constructor(context: RecordWriterContext, file: string, options: { readonly countSources?: boolean } = {}) {
    this.#context = context;
    this.#file = file;
    this.#batchRows = context.batchRows ?? BATCH_ROWS;
    this.#pointer = { sensor: context.sensor, file, line: 0 };
    this.#loaded = this.#now();
    if (options.countSources === true) this.#sources = new Map();
  }

  /** Says which line is read now, so that a problem with it can show it. */
  reading(text: string, line: number): void {
    this.#text = text;
    this.#textLine = line;
  }

  record(record: TelemetryRecord, line: number): void {
    this.#pointer.line = line;
    try {
      switch (record.kind) {
        case 'flow':
          this.#flow.add(record, this.#pointer, this.#loaded);
          break;
        case 'app':
          this.#app.add(record, this.#pointer, this.#loaded);
          break;
        case 'alert':
          this.#alert.add(record, this.#pointer, this.#loaded);
          break;
        case 'process':
          this.#process.add(record, this.#pointer, this.#loaded);
          break;
        default:
          record satisfies never;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.problem(error.message, line);
      return;
    }
    const { time } = record;
    if (this.#first === undefined || time < this.#first) this.#first = time;
    if (this.#last === undefined || time > this.#last) this.#last = time;
    if (this.#sources !== undefined) countSource(this.#sources, record);
  }

  skip(what: string): void {
    const known = this.#skipped.get(what);
    if (known !== undefined || this.#skipped.size < SKIPPED_KINDS) this.#skipped.set(what, (known ?? 0) + 1);
    else this.#skipped.set('other', (this.#skipped.get('other') ?? 0) + 1);
  }

  problem(message: string, line: number): void {
    this.#problems += 1;
    if (this.#problems > PROBLEMS_KEPT) return;
    this.#problemRows.push({
      sensor: this.#context.sensor,
      file: this.#file,
      line,
      message: message.slice(0, TEXT_KEPT),
      text: line === this.#textLine ? this.#text.slice(0, TEXT_KEPT) : '',
      loaded: this.#loaded,
    });
  }

  /** A promise to wait for when enough rows are there to be sent; undefined while there is room. */
  room(): Promise<void> | undefined {
    let rows = 0;
    let bytes = 0;
    for (const batch of this.#batches) {
      rows += batch.rows;
      bytes += batch.bytes;
    }
    return rows >= this.#batchRows || bytes >= BATCH_BYTES ? this.#send() : undefined;
  }

  /** Sends what is left; when it resolves the store has everything. Gives the sources since the last flush, if they are counted. */
  async flush(): Promise<ReadonlyMap<IpAddress, SourceCount>> {
    await this.#send();
    await this.#inFlight;
    const sources = this.#sources;
    if (sources === undefined) return new Map();
    this.#sources = new Map();
    return sources;
  }

  tally(): RecordTally {
    return {
      records: {
        flow: this.#flow.total,
        app: this.#app.total,
        alert: this.#alert.total,
        process: this.#process.total,
      },
      skipped: this.#skipped,
      problems: this.#problems,
      first: this.#first,
      last: this.#last,
    };
  }

  async #send(): Promise<void> {
    await this.#inFlight;
    const { store } = this.#context;
    const problems = this.#problemRows;
    this.#problemRows = [];
    const sends = this.#batches.filter((batch) => batch.rows > 0).map((batch) => batch.send(store));
    this.#inFlight = (async () => {
      for (const send of sends) await send();
      await store.insert(telemetryProblemTable, problems);
    })();
    this.#loaded = this.#now();
    // Whoever waits next sees the error; until then it must not count as unhandled.
    this.#inFlight.catch(() => undefined);
  }

  #now(): number {
    return Math.floor(toSeconds(this.#context.clock()));
  }
}

/** Rows of one kind. */
class Batch<R extends TelemetryRecord> {
  readonly #row: RecordRow<R>;
  #encoder: RowEncoder | undefined;
  #total = 0;

  constructor(row: RecordRow<R>) {
    this.#row = row;
  }

  get rows(): number {
    return this.#encoder?.rows ?? 0;
  }

  get bytes(): number {
    return this.#encoder?.size ?? 0;
  }

  /** Rows that were ever added. */
  get total(): number {
    return this.#total;
  }

  add(
    record: R,
    pointer: { readonly sensor: string; readonly file: string; line: number },
    loaded: number,
  ): void {
    const encoder = (this.#encoder ??= new RowEncoder());
    try {
      this.#row.encode(encoder, record, pointer, loaded);
    } catch (error) {
      encoder.dropRow();
      throw error;
    }
    this.#total += 1;
  }

  /** Takes the rows at once; the answer sends them. */
  send(store: RowWriter): () => Promise<void> {
    const encoder = this.#encoder;
    if (encoder === undefined) return () => Promise.resolve();
    const { table, columns } = this.#row;
    const body = encoder.take();
    return async () => {
      await store.insertBinary(table, columns, body, INSERT);
      encoder.recycle(body);
    };
  }
}

function countSource(sources: Map<IpAddress, SourceCount>, record: TelemetryRecord): void {
  let count = sources.get(record.source);
  if (count === undefined) {
    count = { records: 0, failed: 0, alerts: 0 };
    sources.set(record.source, count);
  }
  count.records += 1;
  if (record.kind === 'flow' && FAILED.has(record.outcome)) count.failed += 1;
  if (record.kind === 'alert') count.alerts += 1;
}
