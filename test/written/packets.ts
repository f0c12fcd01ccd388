import { parseIpv4 } from '../../src/net/ip-address.ts';

/*
 * Packets and captures written by hand, with right checksums, for tests of the decoder.
 */

const SUM_FIELD: Readonly<Record<number, number>> = { 6: 16, 17: 6, 1: 2, 58: 2 };

function sum(octets: Buffer): number {
  let total = 0;
  for (let at = 0; at + 1 < octets.length; at += 2) total += octets.readUInt16BE(at);
  if (octets.length % 2 === 1) total += (octets.at(-1) ?? 0) << 8;
  return total;
}

function complement(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

function v4(address: string): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(parseIpv4(address) ?? 0);
  return octets;
}

function v6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const before = words(head);
  const after = words(tail);
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

/** Sets the checksum of a transport whose addresses are known. */
function summed(protocol: number, from: Buffer, to: Buffer, segment: Buffer): Buffer {
  const field = SUM_FIELD[protocol];
  if (field === undefined || segment.length < field + 2) return segment;
  const pseudo = protocol === 1 ? 0 : sum(from) + sum(to) + protocol + segment.length;
  segment.writeUInt16BE(complement(pseudo + sum(segment)), field);
  return segment;
}

export interface IpFields {
  readonly from?: string;
  readonly to?: string;
  readonly ttl?: number;
  readonly id?: number;
  /** The field with flags and offset. */
  readonly fragment?: number;
  readonly options?: Buffer;
}

/** An IPv4 packet. */
export function ipv4(protocol: number, body: Buffer, fields: IpFields = {}): Buffer {
  const {
    from = '10.0.0.1',
    to = '10.0.0.2',
    ttl = 64,
    id = 7,
    fragment = 0x4000,
    options = Buffer.alloc(0),
  } = fields;
  const header = Buffer.alloc(20 + options.length);
  header[0] = 0x40 | (header.length / 4);
  header.writeUInt16BE(header.length + body.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(fragment, 6);
  header[8] = ttl;
  header[9] = protocol;
  v4(from).copy(header, 12);
  v4(to).copy(header, 16);
  options.copy(header, 20);
  header.writeUInt16BE(complement(sum(header)), 10);
  const whole = (fragment & 0x3fff) === 0;
  return Buffer.concat([header, whole ? summed(protocol, v4(from), v4(to), Buffer.from(body)) : body]);
}

/** An IPv6 packet; `extensions` go between header and body, whose protocol is `protocol`. */
export function ipv6(
  protocol: number,
  body: Buffer,
  fields: {
    readonly from?: string;
    readonly to?: string;
    readonly next?: number;
    readonly extensions?: Buffer;
  } = {},
): Buffer {
  const { from = '2001:db8::1', to = '2001:db8::2', next = protocol, extensions = Buffer.alloc(0) } = fields;
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(extensions.length + body.length, 4);
  header[6] = next;
  header[7] = 64;
  v6(from).copy(header, 8);
  v6(to).copy(header, 24);
  return Buffer.concat([header, extensions, summed(protocol, v6(from), v6(to), Buffer.from(body))]);
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

export interface TcpFields {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Letters: `SA`. */
  readonly flags?: string;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  readonly options?: Buffer;
  readonly payload?: Buffer | string;
}

/** A TCP segment. */
export function tcp(fields: TcpFields = {}): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(fields.sourcePort ?? 40_000, 0);
  header.writeUInt16BE(fields.destinationPort ?? 80, 2);
  header.writeUInt32BE(fields.sequence ?? 1_000, 4);
  header.writeUInt32BE(fields.acknowledgement ?? 0, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = (fields.flags ?? 'S').split('').reduce((bits, letter) => bits | (FLAGS[letter] ?? 0), 0);
  header.writeUInt16BE(fields.window ?? 1_024, 14);
  options.copy(header, 20);
  return Buffer.concat([header, Buffer.from(fields.payload ?? '')]);
}

/** A UDP datagram. */
export function udp(sourcePort: number, destinationPort: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8 + body.length, 4);
  return Buffer.concat([header, body]);
}

/** An ICMP message; `rest` is what follows the checksum. */
export function icmp(type: number, code: number, rest: Buffer = Buffer.alloc(4)): Buffer {
  return Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
}

/** An Ethernet frame. */
export function ethernet(
  packet: Buffer,
  type = packet[0] !== undefined && packet[0] >> 4 === 6 ? 0x86dd : 0x0800,
): Buffer {
  const header = Buffer.alloc(14, 2);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, packet]);
}

/** A packet and its time in microseconds. */
export interface TimedFrame {
  readonly time: number;
  readonly frame: Buffer;
  /** Octets on the wire, where the frame was cut. */
  readonly wireLength?: number;
}

/** Numbers of one byte order. */
function order(little: boolean): { u16: (value: number) => Buffer; u32: (value: number) => Buffer } {
  const u16 = (value: number): Buffer => {
    const octets = Buffer.alloc(2);
    if (little) octets.writeUInt16LE(value);
    else octets.writeUInt16BE(value);
    return octets;
  };
  const u32 = (value: number): Buffer => {
    const octets = Buffer.alloc(4);
    if (little) octets.writeUInt32LE(value >>> 0);
    else octets.writeUInt32BE(value >>> 0);
    return octets;
  };
  return { u16, u32 };
}

export interface PcapFields {
  readonly little?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
  readonly snapLength?: number;
}

/** A capture in libpcap's format. */
export function pcap(frames: readonly TimedFrame[], fields: PcapFields = {}): Buffer {
  const { little = true, nanoseconds = false, linkType = 1, snapLength = 262_144 } = fields;
  const { u16, u32 } = order(little);
  const parts = [
    u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4),
    u16(2),
    u16(4),
    u32(0),
    u32(0),
    u32(snapLength),
    u32(linkType),
  ];
  for (const { time, frame, wireLength = frame.length } of frames) {
    const kept = frame.subarray(0, snapLength);
    const fraction = (time % 1e6) * (nanoseconds ? 1_000 : 1);
    parts.push(u32(Math.floor(time / 1e6)), u32(fraction), u32(kept.length), u32(wireLength), kept);
  }
  return Buffer.concat(parts);
}

/** One block of pcapng. */
export function pcapngBlock(type: number, body: Buffer, little = true): Buffer {
  const { u32 } = order(little);
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const length = u32(padded.length + 12);
  return Buffer.concat([u32(type), length, padded, length]);
}

/** Begins a section of pcapng. */
export function section(little = true): Buffer {
  const { u16, u32 } = order(little);
  return pcapngBlock(
    0x0a0d0d0a,
    Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff), u32(0xffffffff)]),
    little,
  );
}

/** Describes an interface; `resolution` is if_tsresol, `offset` if_tsoffset in seconds. */
export function interfaceBlock(
  linkType: number,
  fields: {
    readonly little?: boolean;
    readonly resolution?: number;
    readonly offset?: number;
    readonly snapLength?: number;
  } = {},
): Buffer {
  const { little = true, resolution, offset, snapLength = 0 } = fields;
  const { u16, u32 } = order(little);
  const options: Buffer[] = [];
  if (resolution !== undefined) options.push(u16(9), u16(1), Buffer.from([resolution, 0, 0, 0]));
  if (offset !== undefined) {
    const value = Buffer.alloc(8);
    if (little) value.writeBigInt64LE(BigInt(offset));
    else value.writeBigInt64BE(BigInt(offset));
    options.push(u16(14), u16(8), value);
  }
  if (options.length > 0) options.push(u16(0), u16(0));
  return pcapngBlock(1, Buffer.concat([u16(linkType), u16(0), u32(snapLength), ...options]), little);
}

/** An enhanced packet block; `units` is the time in the interface's units. */
export function packetBlock(interfaceId: number, units: bigint, frame: Buffer, little = true): Buffer {
  const { u32 } = order(little);
  const high = u32(Number(units >> 32n));
  const low = u32(Number(units & 0xffff_ffffn));
  return pcapngBlock(
    6,
    Buffer.concat([u32(interfaceId), high, low, u32(frame.length), u32(frame.length), frame]),
    little,
  );
}
