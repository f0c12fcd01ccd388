import type { Buffer } from 'node:buffer';
import { Fault } from '../../fault/fault.ts';
import { INCOMPLETE } from './xml-handler.ts';
import type { XmlEncoding } from './xml-text.ts';

/** Whether the bytes from `start` are this ASCII text. */
export function startsWith(buffer: Buffer, start: number, ascii: string): boolean {
  if (start + ascii.length > buffer.length) return false;
  for (let index = 0; index < ascii.length; index += 1) {
    if (buffer[start + index] !== ascii.charCodeAt(index)) return false;
  }
  return true;
}

/** The index past the next occurrence of this ASCII text, or INCOMPLETE. */
export function endOf(buffer: Buffer, from: number, ascii: string): number {
  // Searching from beyond the end would count as searching from the end of an empty match.
  const found = from >= buffer.length ? -1 : buffer.indexOf(ascii, from, 'latin1');
  return found < 0 ? INCOMPLETE : found + ascii.length;
}

/**
 * The index past a document type declaration that begins at `start`, or INCOMPLETE. The identifiers in
 * it are skipped: nothing is ever fetched. A declaration that declares anything itself is a Fault
 * `parse/dtd-declarations`: no scanner writes one, and entity bombs need one.
 */
export function endOfDoctype(buffer: Buffer, start: number, base: number, maxBytes: number): number {
  let quote = 0;
  const end = Math.min(buffer.length, start + maxBytes + 1);
  for (let at = start + '<!DOCTYPE'.length; at < end; at += 1) {
    const byte = buffer[at]!;
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === 34 || byte === 39) quote = byte;
    else if (byte === 62) return at + 1;
    else if (byte === 91) {
      throw new Fault(
        'parse/dtd-declarations',
        'the document declares entities or markup of its own, which no scanner does',
        'Do not trust this file; export the scan again with nmap -oX.',
        { offset: base + at },
      );
    }
  }
  return INCOMPLETE;
}

const SINGLE_BYTE = new Set(['iso-8859-1', 'iso8859-1', 'iso_8859-1', 'latin1', 'latin-1', 'windows-1252']);
const UNICODE = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** How to read a document whose XML declaration is this text; the declared name where we cannot. */
export function declaredEncoding(declaration: string): XmlEncoding | (string & Record<never, never>) {
  const name = /encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']/.exec(declaration)?.[1]?.toLowerCase();
  if (name === undefined || UNICODE.has(name)) return 'utf8';
  return SINGLE_BYTE.has(name) ? 'latin1' : name;
}

/** Where the next XML declaration begins, or, when there is none yet, from where to look again. */
export function findDeclaration(
  buffer: Buffer,
  from: number,
  final: boolean,
): { readonly found: boolean; readonly resume: number } {
  const at = buffer.indexOf('<?xml', from, 'latin1');
  if (at >= 0) return { found: true, resume: at };
  // The last four bytes may be the beginning of one.
  return { found: false, resume: final ? buffer.length : Math.max(from, buffer.length - 4) };
}
