import { Fault } from '../../fault/fault.ts';
import { openSources, type SourceOptions } from '../source/open-sources.ts';
import { importScan, type ImportContext, type ImportOutcome } from './import-scan.ts';

/** What became of one file, directory entry or standard input. None of the others stops the rest. */
export type ImportedSource =
  | { readonly name: string; readonly outcome: ImportOutcome }
  | { readonly name: string; readonly fault: Fault }
  | { readonly name: string; readonly skipped: string };

/** What an import of several sources needs. */
export interface ImportsContext extends Omit<ImportContext, 'onProgress'> {
  /** Read for the argument `-`. */
  readonly stdin: NonNullable<SourceOptions['stdin']>;
  /** Bytes read from disk of the source at hand, and its size where known. */
  readonly onProgress?: (step: {
    readonly name: string;
    readonly read: number;
    readonly size: number | undefined;
  }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Imports files, directories, patterns and `-`, in order, one outcome each. A file that is no scan
 * is a fault of its own; a store that fails ends the whole import.
 */
export async function* importScans(
  paths: readonly string[],
  context: ImportsContext,
): AsyncGenerator<ImportedSource> {
  for await (const opened of openSources(paths, { stdin: context.stdin })) {
    context.signal?.throwIfAborted();
    if (opened.kind === 'skipped') {
      yield { name: opened.name, skipped: opened.why };
      continue;
    }
    if (opened.kind === 'fault') {
      yield { name: opened.name, fault: opened.fault };
      continue;
    }
    const { source } = opened;
    try {
      const outcome = await importScan(source, {
        ...context,
        onProgress: () => {
          context.signal?.throwIfAborted();
          context.onProgress?.({ name: source.name, read: source.bytesRead, size: source.bytesOnDisk });
        },
      });
      yield { name: source.name, outcome };
    } catch (error) {
      if (!(error instanceof Fault) || error.code.startsWith('store/')) throw error;
      // A folder or a pattern may hold anything; only what was named is expected to be a scan.
      if (error.code === 'parse/unknown-format' && !paths.includes(source.name)) {
        yield { name: source.name, skipped: 'no scanner output' };
        continue;
      }
      yield { name: source.name, fault: error };
    }
  }
}
