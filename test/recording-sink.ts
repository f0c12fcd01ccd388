import type { LineReader, RecordSink } from '../src/recon/model/reader.ts';
import type { TelemetryRecord } from '../src/recon/model/telemetry-record.ts';

/** A sink that keeps everything, in order. */
export class RecordingSink implements RecordSink {
  readonly records: TelemetryRecord[] = [];
  /** Line of each record. */
  readonly lines: number[] = [];
  readonly skips: Record<string, number> = {};
  readonly problems: string[] = [];

  record(record: TelemetryRecord, line: number): void {
    this.records.push(record);
    this.lines.push(line);
  }

  skip(what: string): void {
    this.skips[what] = (this.skips[what] ?? 0) + 1;
  }

  problem(message: string, line: number): void {
    this.problems.push(`${line}: ${message}`);
  }

  /** How many lines were set aside by name. */
  get skipped(): number {
    return Object.values(this.skips).reduce((sum, times) => sum + times, 0);
  }
}

/** Lines of a text, as a source gives them: without line breaks, and without an empty one behind the last. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Reads a whole text. */
export function readAll(reader: LineReader, text: string): RecordingSink {
  const sink = new RecordingSink();
  for (const [index, line] of linesOf(text).entries()) reader.read(line, index + 1, sink);
  reader.end(sink);
  return sink;
}
