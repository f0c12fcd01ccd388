import type { Instant } from '../../time/instant.ts';
import type { ReaderOptions, RecordSink } from '../model/reader.ts';
import { bytesReaderOf, readerOf } from '../normalise/readers.ts';
import type { TelemetrySource } from '../source/open-telemetry.ts';

/** What reading needs besides the file. */
export interface ReadingOptions extends Pick<ReaderOptions, 'sampling' | 'utcOffsetMinutes'> {
  /** The present: times without a year are not after it, nor after the file's age. */
  readonly now: Instant;
}

/** Reads a whole file of lines or octets. Throws what the source throws, and what readerOf throws. */
export async function readRecords(
  source: TelemetrySource,
  options: ReadingOptions,
  sink: RecordSink,
): Promise<void> {
  const reading: ReaderOptions = {
    sampling: options.sampling,
    utcOffsetMinutes: source.timesInUtc ? 0 : options.utcOffsetMinutes,
    notAfter: Math.min(options.now, source.modified ?? options.now) as Instant,
  };
  const capture = bytesReaderOf(source.readAs, reading);
  if (capture !== undefined) {
    for await (const bytes of source.chunks()) capture.push(bytes, sink);
    capture.end(sink);
    return;
  }
  const reader = readerOf(source.readAs, reading);
  let line = 0;
  for await (const lines of source.lines())
    for (const text of lines) {
      line += 1;
      reader.read(text, line, sink);
    }
  reader.end(sink);
}
