import { Buffer } from 'node:buffer';

/*
 * Numbers in network byte order out of bytes. The caller has checked that they are there: reading past the end gives
 * zeros, never an exception.
 */

/** One octet. */
export function u8(data: Uint8Array, at: number): number {
  return data[at] ?? 0;
}

/** Two octets. */
export function u16(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

/** Four octets as a signed number, which the engine keeps without boxing; addresses and sequence numbers are handled so. */
export function i32(data: Uint8Array, at: number): number {
  return (
    ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)
  );
}

/** Four octets, unsigned. */
export function u32(data: Uint8Array, at: number): number {
  return i32(data, at) >>> 0;
}

/** Octets as text, one character for each. */
export function latin1(data: Uint8Array, start: number, end: number): string {
  // A Buffer of its own for each piece would cost more than the text.
  const buffer = data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return buffer.toString('latin1', start, end);
}
