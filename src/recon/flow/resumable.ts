import type { LineReader, RecordSink, TelemetryFormat } from '../model/reader.ts';

/** Formats in which a record may be made of several lines with others between them. */
const JOINING: ReadonlySet<TelemetryFormat> = new Set<TelemetryFormat>([
  'suricata-eve',
  'nfdump-csv',
  'nfdump-json',
  'aws-vpc-flow',
  'auditd-log',
]);

/**
 * Lines that are read once more before the first that counts. Exporters write the two directions of a flow next to each
 * other or within a minute or two: at 400 lines a second these are the 120 s that a flow waits for its other direction
 * (stitch.ts). Checkpoints are made for this number: a larger one would pass over lines that were never stored.
 */
const OVERLAP = 50_000;

/**
 * A reader that may stop anywhere and go on in another process. Going on at the lowest line that is held would not do:
 * of a pair whose first line lies before it, the second would come again, alone, and look like a flow of its own, from a
 * server to a client. So checkpoints stay behind by some lines, and these are read again for what they leave in the
 * reader; what they give was stored before, and is dropped.
 * @param from lines before the first that is read; 0 at the beginning of a file.
 * @param overlap for tests.
 */
export function resumable(reader: LineReader, from: number, overlap = OVERLAP): LineReader {
  return JOINING.has(reader.format) ? new ResumableReader(reader, from, overlap) : reader;
}

class ResumableReader implements LineReader {
  readonly format: TelemetryFormat;
  readonly #reader: LineReader;
  readonly #overlap: number;
  /** What comes of lines up to this one was stored before. */
  readonly #known: number;
  #line: number;
  #sink: RecordSink | undefined;
  #filtered: RecordSink | undefined;

  constructor(reader: LineReader, from: number, overlap: number) {
    this.format = reader.format;
    this.#reader = reader;
    this.#overlap = overlap;
    this.#known = from === 0 ? 0 : from + overlap;
    this.#line = from;
  }

  get heldFrom(): number {
    return Math.max(1, (this.#reader.heldFrom ?? this.#line + 1) - this.#overlap);
  }

  prime(line: string): void {
    this.#reader.prime(line);
  }

  read(text: string, line: number, sink: RecordSink): void {
    this.#line = line;
    this.#reader.read(text, line, this.#behind(sink));
  }

  end(sink: RecordSink): void {
    this.#reader.end(this.#behind(sink));
  }

  /** Lets through what comes of lines that count. */
  #behind(sink: RecordSink): RecordSink {
    const known = this.#known;
    if (known === 0) return sink;
    if (this.#sink === sink && this.#filtered !== undefined) return this.#filtered;
    this.#sink = sink;
    this.#filtered = {
      record(record, line) {
        if (line > known) sink.record(record, line);
      },
      skip(what, line) {
        if (line > known) sink.skip(what, line);
      },
      problem(message, line) {
        if (line > known) sink.problem(message, line);
      },
    };
    return this.#filtered;
  }
}
