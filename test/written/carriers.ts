import { ethernet, ipv4, udp } from './packets.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** An IPv4 packet, or an IPv6 packet, over every link that is read: name, LINKTYPE_ value, frame. */
export function overLinks(packet: Buffer, packet6: Buffer): readonly (readonly [string, number, Buffer])[] {
  return [
    ['Ethernet', 1, ethernet(packet)],
    ['Ethernet with padding', 1, join(ethernet(packet), Buffer.alloc(20))],
    ['Ethernet, IPv6', 1, ethernet(packet6)],
    ['802.1Q', 1, ethernet(join(hex('00640800'), packet), 0x8100)],
    ['802.1ad with 802.1Q', 1, ethernet(join(hex('0064810000650800'), packet), 0x88a8)],
    ['QinQ before 802.1ad', 1, ethernet(join(hex('0064810000650800'), packet), 0x9100)],
    ['LLC with SNAP', 1, ethernet(join(hex('aaaa030000000800'), packet), packet.length + 8)],
    ['PPPoE', 1, ethernet(join(hex('110000010000'), hex('0021'), packet), 0x8864)],
    ['PPPoE, IPv6', 1, ethernet(join(hex('110000010000'), hex('0057'), packet6), 0x8864)],
    ['MPLS with two labels', 1, ethernet(join(hex('0001003f'), hex('0001013f'), packet), 0x8847)],
    ['MPLS multicast, IPv6', 1, ethernet(join(hex('0001013f'), packet6), 0x8848)],
    ['Linux cooked', 113, join(Buffer.alloc(14), hex('0800'), packet)],
    ['Linux cooked with a tag', 113, join(Buffer.alloc(14), hex('8100'), hex('00010800'), packet)],
    ['Linux cooked, version 2', 276, join(hex('86dd'), Buffer.alloc(18), packet6)],
    ['raw IP', 101, packet],
    ['raw IP of BSD', 12, packet6],
    ['raw IP of OpenBSD', 14, packet],
    ['IPv4 alone', 228, packet],
    ['IPv6 alone', 229, packet6],
    ['loopback, little-endian', 0, join(hex('02000000'), packet)],
    ['loopback, big-endian', 0, join(hex('0000001e'), packet6)],
    ['loopback of OpenBSD', 108, join(hex('00000002'), packet)],
    ['PPP', 9, join(hex('ff030021'), packet)],
    ['PPP with a short protocol', 9, join(hex('21'), packet)],
    ['PPP in HDLC framing, IPv6', 50, join(hex('ff030057'), packet6)],
  ];
}

/** An IPv4 packet, or an IPv6 packet, inside of every other that is opened; VXLAN by a datagram from port 9999. */
export function inTunnels(packet: Buffer, packet6: Buffer): readonly (readonly [string, Buffer])[] {
  return [
    ['GRE', ipv4(47, join(hex('00000800'), packet))],
    ['GRE with a key and a sequence number', ipv4(47, join(hex('3000080000000001'), hex('00000002'), packet))],
    ['GRE with a checksum', ipv4(47, join(hex('8000080000000000'), packet))],
    ['GRE with Ethernet', ipv4(47, join(hex('20006558'), hex('00000100'), ethernet(packet6)))],
    ['IP in IP', ipv4(4, packet)],
    ['IPv6 in IPv4', ipv4(41, packet6)],
    ['VXLAN', ipv4(17, udp(9_999, 4_789, join(hex('0800000000000100'), ethernet(packet))))],
  ]; // prettier-ignore
}
