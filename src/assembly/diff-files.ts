import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import {
  diffInputs,
  readWhole,
  type DiffInput,
  type InputDiff,
  type InputDiffOptions,
  type WholeScan,
} from '../exposure/flow/diff-inputs.ts';
import { compressionOf, readInput } from '../exposure/flow/open-input.ts';

/** How to diff two files. */
export interface FileDiffOptions extends InputDiffOptions {
  /** Read for the argument `-`. */
  readonly stdin?: Readable;
}

/** Bytes read at a time: large enough that system calls do not show, small enough to stay in the cache. */
const CHUNK = 256 * 1024;

/**
 * Diffs two files (or standard input, `-`) of any format and compression that can be imported, without a store.
 * Throws Fault: `source/…` when one cannot be opened, `parse/…` when it is no scan, `diff/…` when the
 * two cannot be held against each other.
 */
export function diffFiles(pathA: string, pathB: string, options: FileDiffOptions = {}): Promise<InputDiff> {
  return diffInputs(inputOf(pathA, options), inputOf(pathB, options), options);
}

/** Reads the one scan of a file (or standard input, `-`) into memory, to be held against one of the history. */
export function readScanFile(path: string, stdin: Readable): Promise<WholeScan> {
  return readWhole(inputOf(path, { stdin }));
}

function inputOf(path: string, options: FileDiffOptions): DiffInput {
  if (path !== '-' && isPlainFile(path)) return { name: path, again: true, chunks: () => readPlain(path) };
  const sources = options.stdin === undefined ? {} : { stdin: options.stdin };
  return { name: path, again: path !== '-' && isRegular(path), chunks: () => readInput(path, sources) };
}

/** Whether this is a regular file that is not compressed: those are read straight into one buffer. */
function isPlainFile(path: string): boolean {
  if (!isRegular(path)) return false;
  try {
    const head = Buffer.alloc(4);
    const handle = openSync(path, 'r');
    try {
      readSync(handle, head, 0, 4, 0);
    } finally {
      closeSync(handle);
    }
    return compressionOf(head) === 'none';
  } catch {
    // Opening it as a source says what is wrong, with advice.
    return false;
  }
}

function isRegular(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

async function* readPlain(path: string): AsyncGenerator<Uint8Array> {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      const length = readSync(handle, buffer, 0, CHUNK, null);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(handle);
  }
}
