import type { Problem } from '../../fault/fault.ts';
import type { Content } from './checkpoint.ts';

/** The file was truncated or written anew, and nothing that rotation leaves holds the rest. */
export function truncated(content: Content): Problem {
  const message =
    'the file was truncated or replaced in place and no copy of it was found: what was written to it after this line is lost, and it is read from its start again';
  return { code: 'source/truncated', message, where: { file: content.path, line: content.line } };
}

/** A file that was being followed is nowhere. */
export function gone(content: Content): Problem {
  const message =
    'the file has gone since it was last followed, and is not found under another name: what was written to it after this line is not seen';
  return { code: 'source/gone', message, where: { file: content.path, line: content.line } };
}

/** Of a log that was followed by its name there are files, and none of them was known before. */
export function generationMissing(path: string): Problem {
  const message =
    'nothing that was followed of this log is there any more: if it was rotated more often than rotation keeps files, what was deleted was never seen';
  return { code: 'source/generation-missing', message, where: { file: path } };
}
