import { Buffer } from 'node:buffer';
import { u32, u8 } from '../packet/bytes.ts';
import { rememberingDigest } from './digest.ts';

/*
 * HASSH: https://github.com/salesforce/hassh (BSD 3-Clause, Salesforce): what an SSH client offers for key exchange and
 * for its own direction.
 */

const KEXINIT = 20;
/** Length, padding length, message number, cookie: RFC 4253, 6 and 7.1. */
const LISTS_AT = 22;
/** RFC 4253, 6.1: packets up to 35,000 octets. */
const LONGEST = 35_000;

/** HASSH of what a client sent first: its identification, then SSH_MSG_KEXINIT. Empty when that is not all there. */
export function hassh(stream: Uint8Array): string {
  const text = hasshText(stream);
  return text === undefined ? '' : digest(text);
}

const digest = rememberingDigest('md5', 32);

/** The text that is hashed: key exchange, ciphers, MACs and compressions of the client, separated by `;`. */
export function hasshText(stream: Uint8Array): string | undefined {
  const end = stream.indexOf(10);
  if (end < 0) return undefined;
  const start = end + 1;
  const length = u32(stream, start);
  if (length > LONGEST || stream.length < start + 4 + length || u8(stream, start + 5) !== KEXINIT)
    return undefined;
  const lists: string[] = [];
  let at = start + LISTS_AT;
  // Key exchange, host keys, ciphers, MACs and compressions, of these three each way.
  for (let index = 0; index < 8; index += 1) {
    const size = u32(stream, at);
    if (at + 4 + size > start + 4 + length) return undefined;
    lists.push(Buffer.from(stream.buffer, stream.byteOffset + at + 4, size).toString('latin1'));
    at += 4 + size;
  }
  return [lists[0], lists[2], lists[4], lists[6]].join(';');
}
