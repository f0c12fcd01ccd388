import { Fault } from '../../fault/fault.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import type { TelemetryRecord } from '../model/telemetry-record.ts';
import { openTelemetry, type TelemetrySource } from '../source/open-telemetry.ts';
import { readRecords, type ReadingOptions } from './read-records.ts';

/** One file of telemetry, whole in memory. */
export interface RecordedTelemetry {
  readonly format: TelemetryFormat;
  /** In order of their lines. */
  readonly records: readonly TelemetryRecord[];
  /** Lines that should have been records and were not. */
  readonly problems: number;
}

/** What reading needs besides the file. */
export interface RecordingOptions extends ReadingOptions {
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
  const records: TelemetryRecord[] = [];
  let problems = 0;
  const sink = {
    record: (record: TelemetryRecord) => void records.push(record),
    skip: () => undefined,
    problem: () => {
      problems += 1;
    },
  };
  await readRecords(source, options, sink);
  return { format: source.format, records, problems };
}
