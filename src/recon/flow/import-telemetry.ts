import { Fault, type Problem } from '../../fault/fault.ts';
import type { Instant } from '../../time/instant.ts';
import type { BytesReader, LineReader, ReaderOptions } from '../model/reader.ts';
import { bytesReaderOf, readerOf } from '../normalise/readers.ts';
import type { TelemetryFile } from '../queries/telemetry-files.ts';
import { openTelemetry, type TelemetryOptions, type TelemetrySource } from '../source/open-telemetry.ts';
import { CaptureIngest } from './capture-ingest.ts';
import { knownFile, TelemetryIngest, type IngestContext } from './ingest.ts';

/** What became of one file. */
export type TelemetryImport =
  | {
      readonly name: string;
      readonly outcome: 'imported';
      readonly file: TelemetryFile;
      readonly problems: readonly Problem[];
    }
  | { readonly name: string; readonly outcome: 'known'; readonly file: TelemetryFile }
  | { readonly name: string; readonly outcome: 'skipped'; readonly why: string }
  | { readonly name: string; readonly outcome: 'refused'; readonly fault: Fault };

/** How files are read. */
export interface ImportTelemetryOptions extends Pick<TelemetryOptions, 'stdin' | 'signal' | 'format'> {
  readonly sampling: number;
  readonly utcOffsetMinutes: number;
  readonly onProgress?: (step: {
    readonly name: string;
    readonly read: number;
    readonly size: number | undefined;
  }) => void;
}

/**
 * Imports files, folders, patterns and `-`, one after the other. Content that was read to its end before, as the same
 * format of the same sensor, is called known: its records fall on themselves. A file that cannot be read does not stop
 * the rest. Throws what the store throws, and the signal's reason.
 */
export async function* importTelemetry(
  context: IngestContext,
  paths: readonly string[],
  options: ImportTelemetryOptions,
): AsyncGenerator<TelemetryImport> {
  const { stdin, signal, format } = options;
  const reading = {
    digest: true,
    ...(stdin === undefined ? {} : { stdin }),
    ...(signal === undefined ? {} : { signal }),
    ...(format === undefined ? {} : { format }),
  };
  for await (const opened of openTelemetry(paths, reading)) {
    if (opened.kind === 'skipped') yield { name: opened.name, outcome: 'skipped', why: opened.why };
    else if (opened.kind === 'fault') yield { name: opened.name, outcome: 'refused', fault: opened.fault };
    else {
      try {
        yield await importSource(context, opened.source, options);
      } catch (error) {
        if (!(error instanceof Fault) || error.code.startsWith('store/')) throw error;
        yield { name: opened.source.name, outcome: 'refused', fault: error };
      }
    }
  }
}

async function importSource(
  context: IngestContext,
  source: TelemetrySource,
  options: ImportTelemetryOptions,
): Promise<TelemetryImport> {
  const { name, readAs } = source;
  const ingest = await readInto(context, source, options);
  const { sha256, bytes, problems } = source.summary();
  if (sha256 === undefined) throw new TypeError('the content was read without its digest');
  const known = await knownFile(context.store, { sha256, sensor: context.sensor, format: readAs });
  if (known !== undefined) {
    await ingest.end();
    return { name, outcome: 'known', file: known };
  }
  const file = await ingest.finish({ sha256, bytes });
  return { name, outcome: 'imported', file, problems };
}

/** Reads a source to its end, by lines or by octets, and gives what took it. */
async function readInto(
  context: IngestContext,
  source: TelemetrySource,
  options: ImportTelemetryOptions,
): Promise<TelemetryIngest | CaptureIngest> {
  const { name } = source;
  const { onProgress, signal } = options;
  const told = (): void => {
    signal?.throwIfAborted();
    onProgress?.({ name, read: source.bytesRead, size: source.totalBytes });
  };
  const reading = { ...options, now: context.clock() };
  const ofBytes = bytesReaderFor(source, reading);
  if (ofBytes !== undefined) {
    const capture = new CaptureIngest(context, name, ofBytes);
    for await (const bytes of source.chunks()) {
      await capture.addBytes(bytes);
      told();
    }
    return capture;
  }
  const ingest = new TelemetryIngest(context, name, readerFor(source, reading));
  for await (const lines of source.lines()) {
    await ingest.add(lines);
    told();
  }
  return ingest;
}

type Opened = Pick<TelemetrySource, 'readAs' | 'timesInUtc' | 'modified'>;

interface Reading {
  readonly sampling: number;
  readonly utcOffsetMinutes: number;
  readonly now: Instant;
}

function readerOptions(file: Opened, { sampling, utcOffsetMinutes, now }: Reading): ReaderOptions {
  return {
    sampling,
    utcOffsetMinutes: file.timesInUtc ? 0 : utcOffsetMinutes,
    notAfter: file.modified ?? now,
  };
}

/** The reader of an opened capture; undefined for what comes in lines. */
export function bytesReaderFor(file: Opened, reading: Reading): BytesReader | undefined {
  return bytesReaderOf(file.readAs, readerOptions(file, reading));
}

/** The reader of an opened file, with what the file itself says of its times. Throws a Fault `recon/format-not-supported`. */
export function readerFor(file: Opened, reading: Reading): LineReader {
  return readerOf(file.readAs, readerOptions(file, reading));
}
