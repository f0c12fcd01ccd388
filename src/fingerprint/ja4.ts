import { isGrease, type ClientHello } from './client-hello.ts';
import { rememberingDigest } from './digest.ts';

/*
 * JA4, the fingerprint of TLS clients alone: https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md (BSD 3-Clause,
 * FoxIO). Where its tables of expected values and the text differ (ALPN that is not ASCII), the text is followed.
 */

const VERSIONS: Readonly<Record<number, string>> = {
  0x0304: '13', 0x0303: '12', 0x0302: '11', 0x0301: '10', 0x0300: 's3', 0x0002: 's2', 0xfeff: 'd1', 0xfefd: 'd2', 0xfefc: 'd3',
}; // prettier-ignore
const SERVER_NAME = 0;
const ALPN = 16;
const MOST = 99;

/** How the hello came: over TCP, QUIC or DTLS. */
export type Ja4Transport = 't' | 'q' | 'd';

function hex4(value: number): string {
  return (HEX[value] ??= value.toString(16).padStart(4, '0'));
}

/** Filled as values come up; there are 65,536 of them. */
const HEX: string[] = [];

function twoDigits(count: number): string {
  return String(Math.min(count, MOST)).padStart(2, '0');
}

function isAlphanumeric(octet: number): boolean {
  return (octet >= 48 && octet <= 57) || (octet >= 65 && octet <= 90) || (octet >= 97 && octet <= 122);
}

/** First and last character of the first protocol, or of its hex digits where those are no letters or digits. */
function alpn(protocol: Uint8Array | undefined): string {
  const first = protocol?.[0];
  const last = protocol?.at(-1);
  if (first === undefined || last === undefined) return '00';
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCodePoint(first, last);
  return `${(first >> 4).toString(16)}${(last & 15).toString(16)}`;
}

const hashed = rememberingDigest('sha256', 12);

function listed(values: ArrayLike<number>): string {
  let text = '';
  for (let index = 0; index < values.length; index += 1)
    text += index === 0 ? hex4(values[index] ?? 0) : `,${hex4(values[index] ?? 0)}`;
  return text;
}

/** In order of size, which is that of their hex digits. */
function sorted(values: readonly number[]): Uint16Array {
  return Uint16Array.from(values).toSorted();
}

/** The parts before hashing: `a`, ciphers, extensions with signature algorithms. */
function parts(hello: ClientHello, transport: Ja4Transport): readonly [a: string, b: string, c: string] {
  const ciphers = hello.ciphers.filter((value) => !isGrease(value));
  const extensions = hello.extensions.filter((value) => !isGrease(value));
  const versions = hello.supportedVersions.filter((value) => !isGrease(value));
  const version = versions.length > 0 ? Math.max(...versions) : hello.version;
  const name = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const a = `${transport}${VERSIONS[version] ?? '00'}${name}${twoDigits(ciphers.length)}${twoDigits(extensions.length)}${alpn(hello.firstProtocol)}`;
  const kept = listed(sorted(extensions.filter((value) => value !== SERVER_NAME && value !== ALPN)));
  const algorithms = listed(hello.signatureAlgorithms);
  return [a, listed(sorted(ciphers)), algorithms === '' ? kept : `${kept}_${algorithms}`];
}

/** JA4 of a ClientHello. */
export function ja4(hello: ClientHello, transport: Ja4Transport = 't'): string {
  const [a, b, c] = parts(hello, transport);
  return `${a}_${b === '' ? NOTHING : hashed(b)}_${c === '' ? NOTHING : hashed(c)}`;
}

/** What a list without members hashes to. */
const NOTHING = '000000000000';

/** JA4_r: the same without hashing. */
export function ja4Raw(hello: ClientHello, transport: Ja4Transport = 't'): string {
  return parts(hello, transport).join('_');
}
