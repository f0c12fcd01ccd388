import { Fault } from '../../fault/fault.ts';
import type { Instant } from '../../time/instant.ts';
import type { ReaderOptions, TelemetryFormat } from '../model/reader.ts';
import type { TelemetryRecord } from '../model/telemetry-record.ts';
import { bytesReaderOf, readerOf } from '../normalise/readers.ts';
import { openTelemetry, type TelemetrySource } from '../source/open-telemetry.ts';

/** One file of telemetry, whole in memory. */
export interface RecordedTelemetry {
  readonly format: TelemetryFormat;
  /** In order of their lines. */
  readonly records: readonly TelemetryRecord[];
  /** Lines that should have been records and were not. */
  readonly problems: number;
}

/** What reading needs besides the file. */
export interface RecordingOptions extends Pick<ReaderOptions, 'sampling' | 'utcOffsetMinutes'> {
  /** The present: times without a year are not after it, nor after the file's age. */
  readonly now: Instant;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads one file of telemetry of any format and compression into memory. Throws what opening it throws, what readerOf
 * throws for a format without a reader, and Fault `evaluate/format` when there is nothing in it.
 */
export async function readRecording(path: string, options: RecordingOptions): Promise<RecordedTelemetry> {
  for await (const opened of openTelemetry([path], { signal: options.signal })) {
    if (opened.kind === 'fault') throw opened.fault;
    if (opened.kind === 'source') return await readSource(opened.source, options);
  }
  throw new Fault('evaluate/format', `${path} holds no telemetry`, 'Name a file that does.', { file: path });
}

async function readSource(source: TelemetrySource, options: RecordingOptions): Promise<RecordedTelemetry> {
  const reading: ReaderOptions = {
    sampling: options.sampling,
    utcOffsetMinutes: source.timesInUtc ? 0 : options.utcOffsetMinutes,
    notAfter: Math.min(options.now, source.modified ?? options.now) as Instant,
  };
  const records: TelemetryRecord[] = [];
  let problems = 0;
  const sink = {
    record: (record: TelemetryRecord) => void records.push(record),
    skip: () => undefined,
    problem: () => {
      problems += 1;
    },
  };
  const capture = bytesReaderOf(source.readAs, reading);
  if (capture !== undefined) {
    for await (const bytes of source.chunks()) capture.push(bytes, sink);
    capture.end(sink);
    return { format: source.format, records, problems };
  }
  const reader = readerOf(source.readAs, reading);
  let line = 0;
  for await (const lines of source.lines())
    for (const text of lines) {
      line += 1;
      reader.read(text, line, sink);
    }
  reader.end(sink);
  return { format: source.format, records, problems };
}
