import type { LineReader, ReaderOptions } from '../../src/recon/model/reader.ts';
import type { TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { fromSeconds } from '../../src/time/instant.ts';

/** What a reader made of some lines. */
export interface ReadLines {
  readonly records: readonly TelemetryRecord[];
  readonly skipped: readonly string[];
  readonly problems: readonly { readonly message: string; readonly line: number }[];
}

/** Options of tests: all packets seen, UTC, and a clock that stands at the end of 2026-11-22. */
export const READER_OPTIONS: ReaderOptions = {
  sampling: 1,
  utcOffsetMinutes: 0,
  notAfter: fromSeconds(Date.UTC(2026, 10, 22, 23, 59, 59) / 1000),
};

/** Reads lines to their end, as of one file. */
export function readLines(reader: LineReader, lines: readonly string[]): ReadLines {
  const records: TelemetryRecord[] = [];
  const skipped: string[] = [];
  const problems: { message: string; line: number }[] = [];
  const sink = {
    record: (record: TelemetryRecord) => void records.push(record),
    skip: (what: string) => void skipped.push(what),
    problem: (message: string, line: number) => void problems.push({ message, line }),
  };
  for (const [index, line] of lines.entries()) reader.read(line, index + 1, sink);
  reader.end(sink);
  return { records, skipped, problems };
}
