import { i32 } from './bytes.ts';

/**
 * A decoded packet: where things lie and what the headers say. One object is used for all packets; take out what must
 * stay. Addresses are four 32-bit words, an IPv4 address as the IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), so that
 * one host has one key; words and sequence numbers are signed, since the engine keeps those unboxed.
 */
export class PacketView {
  /** Number in the capture, from 1. */
  number = 0;
  /** Microseconds since 1970. */
  time = 0;
  /** IP protocol; ARP's EtherType for ARP. */
  protocol = 0;
  ipv6 = false;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  /** Ports; 0 where the protocol has none. */
  sourcePort = 0;
  destinationPort = 0;
  /** Time to live, or hop limit. */
  ttl = 0;
  /** IP identification; 0 in IPv6. */
  ipId = 0;
  dontFragment = false;
  /** The bit that must be zero, before Don't Fragment. */
  reservedBit = false;
  /** Type of service, or traffic class. */
  tos = 0;
  /** Octets of IPv4 options. */
  ipOptions = 0;
  /** Flow label of IPv6. */
  flowLabel = 0;
  /** Octets of the IP packet, by its header. */
  ipLength = 0;
  /** Into how many fragments it had been cut; 1 when it was whole. */
  fragments = 1;
  /** Whether one of them was too short to hold a TCP header. */
  tinyFragments = false;
  /** Where the octets lie. */
  data: Uint8Array = new Uint8Array(0);
  /** Payload of the transport: from, and to where it was captured. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Octets of payload by the headers, captured or not. */
  payloadLength = 0;
  /** TCP. */
  flags = 0;
  sequence = 0;
  acknowledgement = 0;
  window = 0;
  optionsStart = 0;
  optionsEnd = 0;
  /** ICMP type and code; ARP's operation in `type`; type of the first chunk of SCTP. */
  type = 0;
  code = 0;

  /** Takes addresses of IPv4 from where they lie. */
  takeIpv4(data: Uint8Array, source: number, destination: number): void {
    this.src0 = 0;
    this.src1 = 0;
    this.src2 = 0xffff;
    this.src3 = i32(data, source);
    this.dst0 = 0;
    this.dst1 = 0;
    this.dst2 = 0xffff;
    this.dst3 = i32(data, destination);
  }

  /** Takes addresses of IPv6: source and destination lie one behind the other (RFC 8200, 3). */
  takeIpv6(data: Uint8Array, at: number): void {
    this.src0 = i32(data, at);
    this.src1 = i32(data, at + 4);
    this.src2 = i32(data, at + 8);
    this.src3 = i32(data, at + 12);
    this.dst0 = i32(data, at + 16);
    this.dst1 = i32(data, at + 20);
    this.dst2 = i32(data, at + 24);
    this.dst3 = i32(data, at + 28);
  }
}
