import { Fault } from '../../fault/fault.ts';
import { openSources, type SourceOptions } from '../source/open-sources.ts';

export { compressionOf } from '../../files/decompress.ts';

/**
 * The decompressed bytes of the one file that a path stands for, or of standard input for `-`. Throws the
 * fault of a file that cannot be opened, and `diff/not-one-file` when the path stands for more than one.
 */
export async function* readInput(path: string, options: SourceOptions): AsyncGenerator<Uint8Array> {
  let found = false;
  for await (const opened of openSources([path], options)) {
    if (opened.kind === 'fault') throw opened.fault;
    if (opened.kind === 'skipped') continue;
    if (found) throw notOneFile(path, 'more than one file');
    found = true;
    yield* opened.source.chunks();
  }
  if (!found) throw notOneFile(path, 'no file');
}

function notOneFile(path: string, what: string): Fault {
  return new Fault('diff/not-one-file', `${path} stands for ${what}`, 'Name the two files to diff.', {
    file: path,
  });
}
