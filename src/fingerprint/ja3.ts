import { isGrease, type ClientHello } from './client-hello.ts';
import { rememberingDigest } from './digest.ts';

/*
 * JA3: https://github.com/salesforce/ja3 (BSD 3-Clause, Salesforce). Version, ciphers, extensions, groups and point
 * formats as decimals in wire order, without GREASE.
 */

function decimals(values: readonly number[]): string {
  return values.filter((value) => !isGrease(value)).join('-');
}

/** The text that is hashed: `771,4866-4867,0-11-10,29-23,0`. */
export function ja3Text(hello: ClientHello): string {
  return [
    hello.version,
    decimals(hello.ciphers),
    decimals(hello.extensions),
    decimals(hello.groups),
    hello.pointFormats.join('-'),
  ].join(',');
}

/** JA3 of a ClientHello: an MD5 in hex, which is a name and protects nothing. */
export function ja3(hello: ClientHello): string {
  return digest(ja3Text(hello));
}

const digest = rememberingDigest('md5', 32);
