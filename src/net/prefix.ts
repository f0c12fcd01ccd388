import {
  addressOf,
  addressValue,
  formatIpv4,
  isIpv6,
  parseIpAddress,
  parseIpv4,
  type IpAddress,
} from './ip-address.ts';

/** An address block in CIDR notation (RFC 4632, RFC 4291), with its host bits cleared. */
export interface Prefix {
  readonly family: 4 | 6;
  /** The prefix as one unsigned number of 32 or 128 bits. */
  readonly network: bigint;
  /** 0–32 or 0–128. */
  readonly length: number;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a bare address as its own /32 or /128; undefined when neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [head = '', tail, ...rest] = text.split('/');
  if (rest.length > 0) return undefined;
  const address = parseIpAddress(head);
  if (address === undefined) return undefined;
  const family = isIpv6(address) ? 6 : 4;
  const bits = family === 4 ? 32 : 128;
  if (tail !== undefined && !/^\d{1,3}$/.test(tail)) return undefined;
  const length = tail === undefined ? bits : Number(tail);
  if (length > bits) return undefined;
  const shift = BigInt(bits - length);
  return { family, network: (addressValue(address) >> shift) << shift, length };
}

/** Whether the address lies in the block; never across families. */
export function contains(prefix: Prefix, address: IpAddress): boolean {
  if ((prefix.family === 6) !== isIpv6(address)) return false;
  const shift = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
  return addressValue(address) >> shift === prefix.network >> shift;
}

/** CIDR text with canonical address. */
export function formatPrefix(prefix: Prefix): string {
  return `${addressOf(prefix.family, prefix.network)}/${prefix.length}`;
}

/** The /24 (IPv4) or /64 (IPv6) an address lies in: the unit in which networks are usually dealt out. */
export function segmentOf(address: IpAddress): string {
  const v4 = parseIpv4(address);
  if (v4 !== undefined) return `${formatIpv4((v4 & 0xffff_ff00) >>> 0)}/24`;
  const prefix = parsePrefix(`${address}/64`);
  return prefix === undefined ? address : formatPrefix(prefix);
}
