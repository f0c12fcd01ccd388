import { Buffer } from 'node:buffer';

/** Distinct values that are not empty. */
export function distinct(values: readonly string[]): string[] {
  const set = new Set(values);
  set.delete('');
  return [...set];
}

/** The smallest that is not empty, or the empty text. */
export function smallest(values: readonly string[]): string {
  let least = '';
  for (const value of values) {
    if (value !== '' && (least === '' || compareText(value, least) < 0)) least = value;
  }
  return least;
}

// Half of a surrogate pair, and what lies above them: there UTF-16 and UTF-8 order differently.
const ABOVE_SURROGATES = /[\u{D800}-\u{10FFFF}]/u;

/** Order of UTF-8 bytes, in which the store compares text. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (ABOVE_SURROGATES.test(a) || ABOVE_SURROGATES.test(b))
    return Buffer.compare(Buffer.from(a), Buffer.from(b)) || (a < b ? -1 : 1);
  return a < b ? -1 : 1;
}
