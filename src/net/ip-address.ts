/**
 * IP addresses as canonical text: dotted quad without leading zeros for IPv4, RFC 5952 for IPv6.
 * IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is the IPv4 address it maps: one host has one key.
 */
export type IpAddress = string & { readonly __brand: 'IpAddress' };

/**
 * Strict parser. Refuses what resolvers guess at (`010.0.0.1`, `127.1`, `0x7f.0.0.1`), because a
 * scope check that reads an address otherwise than Nmap does can be walked around.
 * An IPv6 zone (`%eth0`) is dropped: it names an interface of the scanner, not the host.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : (text as IpAddress);
  }
  const words = parseIpv6(text.split('%', 1)[0] ?? '');
  return words === undefined ? undefined : formatWords(words);
}

/** The address as an unsigned 32-bit number, or undefined when it is not plain dotted quad. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octets = 0;
  let digits = 0;
  let octet = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index === text.length ? 46 : text.charCodeAt(index);
    if (code === 46) {
      if (digits === 0 || octet > 255) return undefined;
      value = value * 256 + octet;
      octets += 1;
      octet = 0;
      digits = 0;
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && octet === 0) return undefined;
      octet = octet * 10 + (code - 48);
      digits += 1;
      if (digits > 3) return undefined;
    } else {
      return undefined;
    }
  }
  return octets === 4 ? value : undefined;
}

/** Eight 16-bit words, or undefined. Accepts `::` once and a trailing dotted quad (RFC 4291, 2.2). */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseWords(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseWords(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function parseWords(text: string, quadAllowed: boolean): number[] | undefined {
  if (text === '') return [];
  const words: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (quadAllowed && index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      words.push(Math.floor(quad / 65_536), quad % 65_536);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      words.push(Number.parseInt(part, 16));
    }
  }
  return words.length > 8 ? undefined : words;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero words as `::`. */
function formatWords(words: readonly number[]): IpAddress {
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return formatIpv4((words[6] ?? 0) * 65_536 + (words[7] ?? 0));
  }
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length += 1;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = words.map((word) => word.toString(16));
  if (bestStart < 0) return hex.join(':') as IpAddress;
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}` as IpAddress;
}

/** Dotted quad of an unsigned 32-bit number. */
export function formatIpv4(value: number): IpAddress {
  return `${Math.floor(value / 16_777_216)}.${Math.floor(value / 65_536) % 256}.${Math.floor(value / 256) % 256}.${value % 256}` as IpAddress;
}

/** Whether a canonical address is IPv6. */
export function isIpv6(address: IpAddress): boolean {
  return address.includes(':');
}

/** Numeric order, IPv4 before IPv6: 10.0.0.9 before 10.0.0.10. */
export function compareIpAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const av4 = parseIpv4(a);
  const bv4 = parseIpv4(b);
  if (av4 !== undefined && bv4 !== undefined) return av4 - bv4;
  if (av4 !== undefined) return -1;
  if (bv4 !== undefined) return 1;
  const aw = parseIpv6(a) ?? [];
  const bw = parseIpv6(b) ?? [];
  for (let index = 0; index < 8; index += 1) {
    const difference = (aw[index] ?? 0) - (bw[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** An address as one unsigned number of 32 or 128 bits. */
export function addressValue(address: IpAddress): bigint {
  const v4 = parseIpv4(address);
  if (v4 !== undefined) return BigInt(v4);
  return (parseIpv6(address) ?? []).reduce((value, word) => (value << 16n) | BigInt(word), 0n);
}

/** The inverse of addressValue; throws a RangeError for a number that has too many bits. */
export function addressOf(family: 4 | 6, value: bigint): IpAddress {
  if (value < 0n || value >= 1n << (family === 4 ? 32n : 128n))
    throw new RangeError(`${value} is no IPv${family} address`);
  if (family === 4) return formatIpv4(Number(value));
  const words = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  return parseIpAddress(words.join(':'))!;
}
