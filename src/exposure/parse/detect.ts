import { Buffer } from 'node:buffer';
import { Fault } from '../../fault/fault.ts';

/** The forms of scanner output there is a reader for. XML and grepable are read for Nmap and masscan alike. */
export type ScanFormat = 'nmap-xml' | 'nmap-grepable' | 'masscan-json' | 'masscan-list';

/** How many bytes of a file `detectFormat` wants to see; fewer only when the file is shorter. */
export const DETECT_BYTES = 8 * 1024;

/** Things that are handed in by mistake, by their first bytes (hexadecimal) and name. */
const SIGNATURES: readonly (readonly [hex: string, name: string])[] = [
  ['1f8b', 'gzip-compressed data'],
  ['28b52ffd', 'zstd-compressed data'],
  ['504b0304', 'a ZIP archive'],
  ['425a68', 'bzip2-compressed data'],
  ['fd377a585a00', 'xz-compressed data'],
  ['25504446', 'a PDF document'],
  ['7f454c46', 'a program'],
  ['d4c3b2a1', 'a packet capture'],
  ['a1b2c3d4', 'a packet capture'],
  ['0a0d0d0a', 'a packet capture'],
  ['89504e47', 'a picture'],
  ['53514c69746520', 'an SQLite database'],
  ['6d61737363616e2f', "masscan's binary output (convert it with masscan --readscan FILE -oX OUT)"],
];

/** Words that begin other text, and what it is. */
const TEXTS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [
    /^(# nmap .*\n)?(starting nmap|nmap scan report|interesting ports|host is up|stats:)/i,
    "Nmap's normal output (-oN)",
  ],
  [/^# nmap /i, "Nmap's normal output (-oN)"],
  [/^discovered open port /i, "masscan's screen output"],
  [/^\{/, 'JSON, but not that of masscan'],
  [/^[^\n]*,[^\n]*,[^\n]*\n/, 'comma-separated values'],
  [/^[^\n]*\t[^\n]*\t[^\n]*\n/, 'tab-separated values'],
];

function refuse(name: string): Fault {
  return new Fault(
    'parse/unknown-format',
    `this is no scanner output that can be read; it looks like ${name}`,
    'Give what nmap -oX or -oG, or masscan -oX, -oJ, -oL or -oG wrote; -oX says most.',
    { offset: 0 },
  );
}

/**
 * Which reader the content asks for, by its first bytes (DETECT_BYTES, or all of a shorter file). The
 * name of the file does not matter. Throws Fault `parse/empty` for nothing and `parse/unknown-format`,
 * naming what the content looks like, for anything else. XML of another kind is refused by the reader.
 */
export function detectFormat(head: Uint8Array): ScanFormat {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, DETECT_BYTES));
  if (bytes.length === 0) {
    throw new Fault('parse/empty', 'the file is empty', 'Give the output of nmap -oX.', { offset: 0 });
  }
  const hex = bytes.toString('hex', 0, 16);
  const known = SIGNATURES.find(([signature]) => hex.startsWith(signature));
  if (known !== undefined) throw refuse(known[1]);
  if (/^(fffe3c00|feff003c|3c00..00|003c00..)/.test(hex)) return 'nmap-xml';
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text === '')
    throw new Fault('parse/empty', 'the file holds no text', 'Give the output of nmap -oX.', { offset: 0 });
  if (text.startsWith('<')) return 'nmap-xml';
  if (text.startsWith('[') || text.startsWith('{')) {
    if (isMasscanJson(text)) return 'masscan-json';
    throw refuse('JSON, but not that of masscan');
  }
  if (/^#masscan\b/.test(text) || /^(open|closed|banner) (tcp|udp|sctp|icmp|arp|ip) \d/.test(text))
    return 'masscan-list';
  if (isGrepable(text)) return 'nmap-grepable';
  throw refuse(looksLike(text, bytes));
}

/** An empty list, or a first record with an address and ports, or masscan's mark of the end. */
function isMasscanJson(text: string): boolean {
  const record = text.replace(/^\[\s*,?\s*/, '');
  return (
    /^\]?\s*$/.test(record) ||
    /^\{\s*"ip"\s*:/.test(record) ||
    /^\{\s*"?finished"?\s*:/.test(record) ||
    /^\{[^{}]{0,200}"ports"\s*:\s*\[/.test(record)
  );
}

/** Nmap's normal output begins with the same comment: the first line that is no comment decides. */
function isGrepable(text: string): boolean {
  const body = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  if (body !== undefined) return body.startsWith('Host: ') || body.startsWith('Timestamp: ');
  return /^# (nmap|masscan) \S+ scan initiated /i.test(text);
}

function looksLike(text: string, bytes: Buffer): string {
  if (bytes.includes(0)) return 'binary data';
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'plain text';
}
