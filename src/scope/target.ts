import { AddressSet, rangeOf, type AddressRange } from '../net/address-set.ts';
import { parseIpAddress, parseIpv4, isIpv6 } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import type { Refusal } from './grant.ts';

/** A target as it was typed, read. */
export type Target =
  | { readonly kind: 'addresses'; readonly text: string; readonly addresses: AddressSet }
  /** A host name; with a mask, the block around each address that it resolves to. */
  | { readonly kind: 'name'; readonly text: string; readonly name: string; readonly mask: number | undefined }
  | { readonly kind: 'refused'; readonly text: string; readonly rule: Refusal; readonly why: string };

/** Ranges that one octet pattern may come to before they are joined: `1-254.*.1.1` is 65,024. */
const MOST_RANGES = 65_536;

/** RFC 1123, 2.1, and underscores, which many internal names have; the last label is not all digits. */
const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+\.?$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/;

/**
 * Reads one target in Nmap's syntax (reference guide of 7.9x, "Target Specification"): addresses, CIDR blocks, octet
 * ranges `10.0-3.*.1,5`, IPv6 addresses and blocks, host names with or without a mask. What Nmap, or a resolver behind
 * it, might read in another way than we do is refused, never guessed at: leading zeros, numbers for addresses, IPv4 inside IPv6, zones.
 */
export function parseTarget(text: string): Target {
  const refuse = (rule: Refusal, why: string): Target => ({ kind: 'refused', text, rule, why });
  if (text.startsWith('-')) return refuse('looks-like-option', 'it begins with "-"');
  if (text === '') return refuse('target-syntax', 'it is empty');
  if (/[^\u0021-\u007e]/.test(text)) {
    return refuse('target-syntax', 'it holds white space, a control character or a letter outside ASCII');
  }
  const [head = '', maskText, ...more] = text.split('/');
  if (more.length > 0 || maskText?.match(/^\d{1,3}$/) === null) {
    return refuse('target-syntax', 'after "/" belongs the length of the prefix');
  }
  if (head.includes(':')) return parseV6(text, head, refuse);
  if (/^[\d.,*-]+$/.test(head)) return parseV4(text, head, maskText, refuse);
  const name = head.toLowerCase();
  if (/^0x[0-9a-f]+(?:\.|$)/.test(name))
    return refuse('ambiguous-address', 'a resolver reads it as an address in hexadecimal');
  if (!NAME.test(name)) return refuse('target-syntax', 'it is no host name either');
  const mask = maskText === undefined ? undefined : Number(maskText);
  if (mask !== undefined && mask > 32) return refuse('target-syntax', 'the mask of a name is at most 32');
  return { kind: 'name', text, name: name.replace(/\.$/, ''), mask };
}

function parseV6(text: string, head: string, refuse: (rule: Refusal, why: string) => Target): Target {
  if (head.includes('%')) return refuse('target-syntax', 'zones are not taken: scan the global address');
  const address = parseIpAddress(head);
  if (address === undefined) return refuse('target-syntax', 'it is no IPv6 address');
  // Our own reader takes a mapped address for the IPv4 one; Nmap does not.
  if (!isIpv6(address)) return refuse('ambiguous-address', INSIDE_V6);
  const prefix = parsePrefix(text);
  if (prefix === undefined) return refuse('target-syntax', 'the prefix of IPv6 is at most 128 long');
  const range = rangeOf(prefix);
  if (EMBEDDED_V4.some((block) => overlaps(range, block))) {
    return refuse('ambiguous-address', INSIDE_V6);
  }
  return { kind: 'addresses', text, addresses: AddressSet.of([range]) };
}

const INSIDE_V6 = 'it holds an IPv4 address inside an IPv6 one; write the IPv4 address';

/** IPv4-mapped and -compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380). */
const EMBEDDED_V4: readonly AddressRange[] = [
  { family: 6, from: 0xffff_0000_0000n, to: 0xffff_ffff_ffffn },
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'].map((block) =>
    rangeOf(parsePrefix(block)!),
  ),
];

function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.from <= b.to && b.from <= a.to && !(a.from === 1n && a.to === 1n);
}

function parseV4(
  text: string,
  head: string,
  maskText: string | undefined,
  refuse: (rule: Refusal, why: string) => Target,
): Target {
  const parts = head.split('.');
  if (parts.length !== 4) {
    return refuse(
      'ambiguous-address',
      'an IPv4 address has four numbers; a resolver reads fewer in its own way',
    );
  }
  if (parts.some((part) => /(?:^|[,-])0\d/.test(part))) {
    return refuse('ambiguous-address', 'a number with a leading zero is octal to some and decimal to others');
  }
  if (parseIpv4(head) !== undefined) {
    const prefix = parsePrefix(text);
    if (prefix === undefined) return refuse('target-syntax', 'the prefix of IPv4 is at most 32 long');
    return { kind: 'addresses', text, addresses: AddressSet.of([rangeOf(prefix)]) };
  }
  if (maskText !== undefined) return refuse('target-syntax', 'a range of octets has no prefix length');
  const octets = parts.map(parseOctets);
  if (octets.some((ranges) => ranges === undefined)) {
    return refuse('target-syntax', 'octets are numbers up to 255, ranges of them, or "*"');
  }
  const ranges = productOf(octets as readonly Octets[]);
  if (ranges === undefined)
    return refuse('too-many-addresses', `it comes to more than ${MOST_RANGES} ranges`);
  return { kind: 'addresses', text, addresses: AddressSet.of(ranges) };
}

type Octets = readonly (readonly [from: number, to: number])[];

function parseOctets(part: string): Octets | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const piece of part.split(',')) {
    const match = /^(?:(\*)|(\d{1,3})?(-)?(\d{1,3})?)$/.exec(piece);
    if (match === null || piece === '') return undefined;
    const single = match[3] === undefined;
    const from = match[1] === undefined ? Number(match[2] ?? 0) : 0;
    const to = match[1] === undefined ? (single ? from : Number(match[4] ?? 255)) : 255;
    if (single && match[1] === undefined && match[4] !== undefined) return undefined;
    if (from > to || to > 255) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

/** All addresses of a pattern: octets that stand for everything join what follows them into one range. */
function productOf(octets: readonly Octets[]): readonly AddressRange[] | undefined {
  let ranges: readonly (readonly [from: number, to: number])[] = [[0, 0]];
  for (const choices of octets) {
    const next: (readonly [number, number])[] = [];
    for (const [from, to] of ranges) {
      for (let value = from; value <= to; value += 1) {
        for (const [low, high] of choices) {
          const last = next.at(-1);
          if (last?.[1] === value * 256 + low - 1) next[next.length - 1] = [last[0], value * 256 + high];
          else next.push([value * 256 + low, value * 256 + high]);
        }
        if (next.length > MOST_RANGES) return undefined;
        // A whole octet after a range of octets is a range again: no need to walk it.
        if (choices.length === 1 && choices[0]![0] === 0 && choices[0]![1] === 255) {
          next[next.length - 1] = [next.at(-1)![0], to * 256 + 255];
          break;
        }
      }
    }
    ranges = next;
  }
  return ranges.map(([from, to]) => ({ family: 4, from: BigInt(from), to: BigInt(to) }));
}

/** Blocks whose addresses are no hosts of anybody (RFC 6890, RFC 4291): never scanned, whatever is granted. */
export const SPECIAL_ADDRESSES = AddressSet.ofPrefixes(
  ['0.0.0.0/8', '224.0.0.0/4', '255.255.255.255', '::', 'ff00::/8'].map((block) => parsePrefix(block)!),
);

/** Blocks that only a granted network may lead to, never a name (RFC 1918, RFC 6598, RFC 3927, RFC 4193, loopback). */
export const INSIDE_ADDRESSES = AddressSet.ofPrefixes(
  [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '::1',
    'fc00::/7',
    'fe80::/10',
  ].map((block) => parsePrefix(block)!),
);
