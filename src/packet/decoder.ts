import { i32, u16, u8 } from './bytes.ts';
import type { CapturedPacket } from './captured-packet.ts';
import { isRight, sumWords } from './checksum.ts';
import { FaultTally } from './fault-tally.ts';
import { Fragments } from './fragments.ts';
import {
  ETHER_ARP,
  ETHER_IPV4,
  ETHER_IPV6,
  PROTO_GRE,
  PROTO_ICMP,
  PROTO_ICMP6,
  PROTO_IPIP,
  PROTO_IPV6,
  PROTO_SCTP,
  PROTO_TCP,
  PROTO_UDP,
} from './ip-numbers.ts';
import { linkPayload, NOT_UNDERSTOOD, type LinkPayload } from './link.ts';
import { PacketView } from './packet-view.ts';

/** Packets in packets that are followed: deeper ones are there to tire the reader. */
const DEEPEST = 8;
/** Extension headers of one IPv6 packet (RFC 8200, 4.1 names seven). */
const MOST_EXTENSIONS = 16;
/** RFC 7348, 5. */
const VXLAN_PORT = 4_789;

/** Takes decoded packets: one for most captured packets, two where one carries another over UDP. */
export type ViewTaker = (view: PacketView) => void;

/**
 * Decodes packets from the link to the transport. Never throws: whatever is wrong is counted by reason in `tally`, and
 * the packet is used as far as its headers could be read. A wrong checksum is counted and the packet used, since a
 * capture of a machine's own packets has them before the network card filled them in.
 */
export class PacketDecoder {
  readonly tally = new FaultTally();
  readonly #view = new PacketView();
  readonly #link: LinkPayload = { protocol: 0, start: 0, reason: '' };
  readonly #fragments = new Fragments(this.tally);
  #depth = 0;

  /** Decodes one packet; `take` gets what is in it. */
  decode(packet: CapturedPacket, take: ViewTaker): void {
    const view = this.#view;
    view.number = packet.number;
    view.time = packet.time;
    view.data = packet.data;
    view.fragments = 1;
    view.tinyFragments = false;
    this.#depth = 0;
    this.#frame(packet.linkType, packet.start, packet.end, take);
  }

  /** The capture ended: counts fragments that wait in vain. */
  end(): void {
    this.#fragments.end(this.#view.number);
  }

  #bad(reason: string): void {
    this.tally.add(reason, this.#view.number);
  }

  #frame(linkType: number, start: number, end: number, take: ViewTaker): void {
    const link = this.#link;
    linkPayload(linkType, this.#view.data, start, end, link);
    if (link.reason !== '') this.#bad(link.reason);
    if (link.protocol !== NOT_UNDERSTOOD) this.#network(link.protocol, link.start, end, take);
  }

  /** By EtherType. */
  #network(protocol: number, start: number, end: number, take: ViewTaker): void {
    if (this.#depth >= DEEPEST) {
      this.#bad('packets-in-packets');
      return;
    }
    this.#depth += 1;
    if (protocol === ETHER_IPV4) this.#ipv4(start, end, take);
    else if (protocol === ETHER_IPV6) this.#ipv6(start, end, take);
    else if (protocol === ETHER_ARP) this.#arp(start, end, take);
    else this.#bad('no-ip');
  }

  /** RFC 791. */
  #ipv4(start: number, end: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 20) return this.#bad('ipv4-cut');
    const first = u8(data, start);
    if (first >> 4 !== 4) return this.#bad('ipv4-version');
    const header = (first & 0x0f) * 4;
    if (header < 20) return this.#bad('ipv4-header-length');
    if (end - start < header) return this.#bad('ipv4-cut');
    let length = u16(data, start + 2);
    // A packet that the network card will cut up has no length yet (TCP segmentation offload).
    if (length === 0) length = end - start;
    if (length < header) return this.#bad('ipv4-total-length');
    if (!isRight(sumWords(data, start, start + header))) this.#bad('ipv4-checksum');
    const fragment = u16(data, start + 6);
    view.ipv6 = false;
    view.protocol = u8(data, start + 9);
    view.ttl = u8(data, start + 8);
    view.ipId = u16(data, start + 4);
    view.dontFragment = (fragment & 0x4000) !== 0;
    view.reservedBit = (fragment & 0x8000) !== 0;
    view.tos = u8(data, start + 1);
    view.ipOptions = header - 20;
    view.flowLabel = 0;
    view.ipLength = length;
    view.takeIpv4(data, start + 12, start + 16);
    const body = start + header;
    const captured = Math.min(end, start + length);
    if ((fragment & 0x3fff) !== 0) {
      if (captured < start + length) return this.#bad('fragment-cut');
      this.#fragment((fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0, view.ipId, body, captured, take);
      return;
    }
    this.#transport(body, captured, length - header, take);
  }

  /** RFC 8200. */
  #ipv6(start: number, end: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 40) return this.#bad('ipv6-cut');
    if (u8(data, start) >> 4 !== 6) return this.#bad('ipv6-version');
    let length = u16(data, start + 4);
    if (length === 0) length = end - start - 40;
    view.ipv6 = true;
    view.ttl = u8(data, start + 7);
    view.ipId = 0;
    view.dontFragment = false;
    view.reservedBit = false;
    view.tos = (u16(data, start) >> 4) & 0xff;
    view.ipOptions = 0;
    view.flowLabel = i32(data, start) & 0xf_ffff;
    view.ipLength = length + 40;
    view.takeIpv6(data, start + 8);
    this.#extensions(
      u8(data, start + 6),
      start + 40,
      Math.min(end, start + 40 + length),
      start + 40 + length,
      take,
    );
  }

  /** Walks the extension headers: RFC 8200, 4; authentication RFC 4302; mobility RFC 6275; HIP RFC 7401; Shim6 RFC 5533. */
  #extensions(first: number, start: number, end: number, wireEnd: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    let next = first;
    let at = start;
    for (let count = 0; ; count += 1) {
      const known =
        next === 0 ||
        next === 43 ||
        next === 44 ||
        next === 51 ||
        next === 60 ||
        next === 135 ||
        next === 139 ||
        next === 140;
      if (!known) break;
      if (count >= MOST_EXTENSIONS) return this.#bad('ipv6-extensions-too-many');
      if (end - at < 8) return this.#bad('ipv6-extension-cut');
      if (next === 44) {
        const offset = u16(data, at + 2);
        view.protocol = u8(data, at);
        if ((offset & 0xfff9) !== 0) {
          if (end < wireEnd) return this.#bad('fragment-cut');
          this.#fragment(offset & 0xfff8, (offset & 1) !== 0, i32(data, at + 4), at + 8, end, take);
          return;
        }
        // An atomic fragment: RFC 6946.
        next = view.protocol;
        at += 8;
        continue;
      }
      const size = next === 51 ? (u8(data, at + 1) + 2) * 4 : (u8(data, at + 1) + 1) * 8;
      next = u8(data, at);
      at += size;
      if (at > end) return this.#bad('ipv6-extension-cut');
    }
    view.protocol = next;
    this.#transport(at, end, wireEnd - at, take);
  }

  #fragment(offset: number, more: boolean, id: number, start: number, end: number, take: ViewTaker): void {
    const view = this.#view;
    const key = `${view.src0},${view.src1},${view.src2},${view.src3},${view.dst0},${view.dst1},${view.dst2},${view.dst3},${view.protocol},${id}`;
    const { data, time, number } = view;
    const whole = this.#fragments.take({ key, offset, more, data, start, end, time, number });
    if (whole === undefined) return;
    view.fragments = whole.fragments;
    view.tinyFragments = whole.tiny;
    view.data = whole.payload;
    view.ipLength = whole.payload.length + (view.ipv6 ? 40 : 20);
    const { length } = whole.payload;
    // What follows the fragment header of IPv6 may be further extension headers.
    if (view.ipv6) this.#extensions(view.protocol, 0, length, length, take);
    else this.#transport(0, length, length, take);
  }

  /** `length` is what the IP header says, `end - start` what was captured of it. */
  #transport(start: number, end: number, length: number, take: ViewTaker): void {
    const view = this.#view;
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.type = 0;
    view.code = 0;
    view.flags = 0;
    view.payloadStart = start;
    view.payloadEnd = end;
    view.payloadLength = length;
    switch (view.protocol) {
      case PROTO_TCP:
        return this.#tcp(start, end, length, take);
      case PROTO_UDP:
        return this.#udp(start, end, length, take);
      case PROTO_ICMP:
      case PROTO_ICMP6:
        return this.#icmp(start, end, length, take);
      case PROTO_SCTP:
        return this.#sctp(start, end, length, take);
      case PROTO_GRE:
        return this.#gre(start, end, take);
      case PROTO_IPIP:
        return this.#network(ETHER_IPV4, start, end, take);
      case PROTO_IPV6:
        return this.#network(ETHER_IPV6, start, end, take);
      default:
        take(view);
    }
  }

  /** RFC 9293, 3.1. */
  #tcp(start: number, end: number, length: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 20) return this.#bad('tcp-cut');
    const header = (u8(data, start + 12) >> 4) * 4;
    if (header < 20 || header > length) return this.#bad('tcp-header-length');
    view.sourcePort = u16(data, start);
    view.destinationPort = u16(data, start + 2);
    view.sequence = i32(data, start + 4);
    view.acknowledgement = i32(data, start + 8);
    view.flags = u8(data, start + 13);
    view.window = u16(data, start + 14);
    view.optionsStart = start + 20;
    view.optionsEnd = Math.min(start + header, end);
    view.payloadStart = Math.min(start + header, end);
    view.payloadLength = length - header;
    this.#verify(start, end, length, 'tcp-checksum');
    take(view);
  }

  /** RFC 768. */
  #udp(start: number, end: number, length: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 8) return this.#bad('udp-cut');
    const stated = u16(data, start + 4);
    // 0 is a jumbogram (RFC 2675) or a packet not yet cut up.
    if (stated !== 0 && (stated < 8 || stated > length)) return this.#bad('udp-length');
    const size = stated === 0 ? length : stated;
    view.sourcePort = u16(data, start);
    view.destinationPort = u16(data, start + 2);
    view.payloadStart = start + 8;
    view.payloadEnd = Math.min(end, start + size);
    view.payloadLength = size - 8;
    // Without a checksum there is nothing to verify.
    if (u16(data, start + 6) !== 0) this.#verify(start, view.payloadEnd, size, 'udp-checksum');
    const vxlan = view.destinationPort === VXLAN_PORT && isVxlan(data, view.payloadStart, view.payloadEnd);
    const inner = view.payloadStart + 8;
    const until = view.payloadEnd;
    take(view);
    // Afterwards, since the inner packet is decoded into the same view.
    if (vxlan) this.#frame(1, inner, until, take);
  }

  /** RFC 792, RFC 4443. */
  #icmp(start: number, end: number, length: number, take: ViewTaker): void {
    const view = this.#view;
    if (end - start < 4) return this.#bad('icmp-cut');
    view.type = u8(view.data, start);
    view.code = u8(view.data, start + 1);
    view.payloadStart = Math.min(start + 8, end);
    view.payloadLength = Math.max(0, length - 8);
    if (view.protocol === PROTO_ICMP6) this.#verify(start, end, length, 'icmp-checksum');
    else if (end - start === length && !isRight(sumWords(view.data, start, end))) this.#bad('icmp-checksum');
    take(view);
  }

  /** RFC 9260, 3. */
  #sctp(start: number, end: number, length: number, take: ViewTaker): void {
    const view = this.#view;
    if (end - start < 12) return this.#bad('sctp-cut');
    view.sourcePort = u16(view.data, start);
    view.destinationPort = u16(view.data, start + 2);
    view.type = end - start >= 13 ? u8(view.data, start + 12) : 0;
    view.payloadStart = start + 12;
    view.payloadLength = length - 12;
    take(view);
  }

  /** RFC 2784, RFC 2890; the enhanced form of PPTP (RFC 2637) carries PPP, and is left alone. */
  #gre(start: number, end: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 4) return this.#bad('gre-cut');
    const flags = u16(data, start);
    const protocol = u16(data, start + 2);
    if ((flags & 0x4007) !== 0) {
      take(view);
      return;
    }
    const header =
      4 +
      ((flags & 0x8000) === 0 ? 0 : 4) +
      ((flags & 0x2000) === 0 ? 0 : 4) +
      ((flags & 0x1000) === 0 ? 0 : 4);
    if (end - start < header) return this.#bad('gre-cut');
    const inner = start + header;
    // Transparent Ethernet bridging: NVGRE (RFC 7637).
    if (protocol === 0x6558) {
      this.#depth += 1;
      if (this.#depth > DEEPEST) this.#bad('packets-in-packets');
      else this.#frame(1, inner, end, take);
    } else if (protocol === ETHER_IPV4 || protocol === ETHER_IPV6) this.#network(protocol, inner, end, take);
    else take(view);
  }

  /** RFC 826, for Ethernet and IPv4. */
  #arp(start: number, end: number, take: ViewTaker): void {
    const view = this.#view;
    const { data } = view;
    if (end - start < 28) return this.#bad('arp-cut');
    if (u16(data, start + 2) !== ETHER_IPV4 || u8(data, start + 4) !== 6 || u8(data, start + 5) !== 4)
      return this.#bad('arp-of-other-addresses');
    view.ipv6 = false;
    view.protocol = ETHER_ARP;
    view.ttl = 0;
    view.ipId = 0;
    view.ipLength = 0;
    view.takeIpv4(data, start + 14, start + 24);
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.flags = 0;
    view.type = u16(data, start + 6);
    view.code = 0;
    view.payloadStart = end;
    view.payloadEnd = end;
    view.payloadLength = 0;
    take(view);
  }

  /** Transport checksum with its pseudo header (RFC 9293, RFC 8200 8.1); only of what was captured whole. */
  #verify(start: number, end: number, length: number, reason: string): void {
    if (end - start !== length) return;
    const view = this.#view;
    const words =
      wordSum(view.src0) +
      wordSum(view.src1) +
      wordSum(view.src3) +
      wordSum(view.dst0) +
      wordSum(view.dst1) +
      wordSum(view.dst3);
    // The prefix of a mapped address is not part of the packet.
    const third = view.ipv6 ? wordSum(view.src2) + wordSum(view.dst2) : 0;
    const sum = words + third + view.protocol + length + sumWords(view.data, start, end);
    if (!isRight(sum)) this.#bad(reason);
  }
}

function wordSum(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** RFC 7348, 5: the I flag is set and all else that is reserved is zero. */
function isVxlan(data: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 8 + 14 &&
    u8(data, start) === 0x08 &&
    (i32(data, start) & 0x00ff_ffff) === 0 &&
    u8(data, start + 7) === 0
  );
}
