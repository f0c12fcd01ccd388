import { u16, u32, u8 } from './bytes.ts';
import { ETHER_ARP, ETHER_IPV4, ETHER_IPV6 } from './ip-numbers.ts';

/*
 * What lies below IP. Link types: https://www.tcpdump.org/linktypes.html
 */

/** In place of an EtherType: nothing in it that could be read further. */
export const NOT_UNDERSTOOD = -1;

/** Where the network's packet begins, and its EtherType. Filled in by linkPayload. */
export interface LinkPayload {
  protocol: number;
  start: number;
  /** What is to be counted; empty when all is well. */
  reason: string;
}

const NULL = 0;
const ETHERNET = 1;
const PPP = 9;
const RAW_BSD = 12;
const RAW_OPENBSD = 14;
const PPP_HDLC = 50;
const RAW = 101;
const LOOP = 108;
const LINUX_SLL = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_SLL2 = 276;

/** 802.1Q, 802.1ad, and the numbers in use before it. */
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
const PPPOE_SESSION = 0x8864;
const MPLS: ReadonlySet<number> = new Set([0x8847, 0x8848]);
/** Below this, the field is a length (IEEE 802.3). */
const FIRST_ETHERTYPE = 0x0600;
/** Tags and labels that one frame may have. */
const MOST_TAGS = 16;

/** Finds the network's packet in a frame. */
export function linkPayload(
  linkType: number,
  data: Uint8Array,
  start: number,
  end: number,
  into: LinkPayload,
): void {
  into.reason = '';
  into.protocol = NOT_UNDERSTOOD;
  const { length } = HEADERS[linkType] ?? NO_HEADER;
  if (length < 0) {
    into.reason = 'link-type-unknown';
    return;
  }
  if (end - start < length) {
    into.reason = 'link-cut';
    return;
  }
  into.start = start + length;
  switch (linkType) {
    case ETHERNET:
      return byEtherType(u16(data, start + 12), data, end, into);
    case LINUX_SLL:
      return byEtherType(u16(data, start + 14), data, end, into);
    case LINUX_SLL2:
      return byEtherType(u16(data, start), data, end, into);
    case NULL:
    case LOOP:
      return byFamily(u32(data, start), into);
    case PPP:
    case PPP_HDLC:
      return ppp(data, start, end, into);
    default:
      return byVersion(data, into.start, end, into);
  }
}

const NO_HEADER = { length: -1 };
/** Octets before the network's packet. */
const HEADERS: Readonly<Record<number, { readonly length: number }>> = {
  [NULL]: { length: 4 },
  [ETHERNET]: { length: 14 },
  [PPP]: { length: 0 },
  [PPP_HDLC]: { length: 0 },
  [RAW_BSD]: { length: 0 },
  [RAW_OPENBSD]: { length: 0 },
  [RAW]: { length: 0 },
  [LOOP]: { length: 4 },
  [LINUX_SLL]: { length: 16 },
  [IPV4]: { length: 0 },
  [IPV6]: { length: 0 },
  [LINUX_SLL2]: { length: 20 },
};

/** Follows tags and labels from an EtherType on; `into.start` is where what it names begins. */
function byEtherType(first: number, data: Uint8Array, end: number, into: LinkPayload): void {
  let type = first;
  for (let tags = 0; ; tags += 1) {
    if (type === ETHER_IPV4 || type === ETHER_IPV6 || type === ETHER_ARP) {
      into.protocol = type;
      return;
    }
    if (tags >= MOST_TAGS) {
      into.reason = 'tags-too-many';
      return;
    }
    const at = into.start;
    if (VLAN_TAGS.has(type)) {
      if (end - at < 4) break;
      type = u16(data, at + 2);
      into.start = at + 4;
    } else if (type === PPPOE_SESSION) {
      // RFC 2516: six octets, then the protocol field of PPP.
      if (end - at < 8) break;
      return ppp(data, at + 6, end, into);
    } else if (MPLS.has(type)) {
      // RFC 3032: the lowest label of the stack has the S bit, and nothing tells what it carries but the packet itself.
      if (end - at < 4) break;
      into.start = at + 4;
      if ((u8(data, at + 2) & 1) !== 0) return byVersion(data, into.start, end, into);
    } else if (type < FIRST_ETHERTYPE && isSnap(data, at, end)) {
      type = u16(data, at + 6);
      into.start = at + 8;
    } else {
      into.reason = 'no-ip';
      return;
    }
  }
  into.reason = 'link-cut';
}

/** LLC with SNAP and no organisation: RFC 1042. */
function isSnap(data: Uint8Array, at: number, end: number): boolean {
  return end - at >= 8 && u16(data, at) === 0xaaaa && u32(data, at + 2) === 0x0300_0000;
}

/** PPP in any framing: RFC 1661, RFC 1662; the protocol field may be compressed to one octet. */
function ppp(data: Uint8Array, start: number, end: number, into: LinkPayload): void {
  let at = start;
  if (end - at >= 2 && u16(data, at) === 0xff03) at += 2;
  if (end - at < 2) {
    into.reason = 'link-cut';
    return;
  }
  const short = (u8(data, at) & 1) !== 0;
  const protocol = short ? u8(data, at) : u16(data, at);
  into.start = at + (short ? 1 : 2);
  if (protocol === 0x21) into.protocol = ETHER_IPV4;
  else if (protocol === 0x57) into.protocol = ETHER_IPV6;
  else into.reason = 'no-ip';
}

/** BSD loopback: the address family in the byte order of the machine that captured; AF_INET6 differs between systems. */
function byFamily(value: number, into: LinkPayload): void {
  const family = value > 0xffff ? ((value >>> 24) | ((value >>> 8) & 0xff00)) & 0xffff : value;
  if (family === 2) into.protocol = ETHER_IPV4;
  else if (family === 10 || family === 24 || family === 28 || family === 30) into.protocol = ETHER_IPV6;
  else into.reason = 'no-ip';
}

/** By the first four bits of the packet. */
function byVersion(data: Uint8Array, at: number, end: number, into: LinkPayload): void {
  if (at >= end) {
    into.reason = 'link-cut';
    return;
  }
  const version = u8(data, at) >> 4;
  if (version === 4) into.protocol = ETHER_IPV4;
  else if (version === 6) into.protocol = ETHER_IPV6;
  else into.reason = 'no-ip';
}
