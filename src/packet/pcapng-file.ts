import {
  LONGEST_PACKET,
  type CountFault,
  type PacketSlot,
  type PacketTaker,
  type RecordScanner,
} from './captured-packet.ts';
import { number } from './pcap-file.ts';

/*
 * pcapng: draft-ietf-opsawg-pcapng. Sections, interfaces with link types and clocks of their own, enhanced, simple and
 * obsolete packet blocks; every other block is skipped unread.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;

/** Type and both lengths. */
const BLOCK_FRAME = 12;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
/** A block with a packet may carry options behind it; more than this of them is not believed. */
const LONGEST_BLOCK = LONGEST_PACKET + 65_536;
/** Interfaces of one section that are kept; captures of whole hosts have some dozens. */
const MOST_INTERFACES = 65_536;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** if_tsresol: 10^-n seconds, or 2^-n with the highest bit set. */
  readonly resolution: number;
  /** if_tsoffset, in microseconds. */
  readonly offset: number;
}

/** The blocks of a pcapng file. */
export class PcapngFile implements RecordScanner {
  skip = 0;
  broken = '';
  readonly #count: CountFault;
  #littleEndian = true;
  #interfaces: Interface[] = [];

  constructor(count: CountFault) {
    this.#count = count;
  }

  /** Whether a file begins as one of pcapng; four octets are enough. */
  static begins(data: Uint8Array): boolean {
    return number(data, 0, false) === SECTION_HEADER;
  }

  /** See RecordScanner. */
  scan(data: Uint8Array, start: number, end: number, slot: PacketSlot, take: PacketTaker): number {
    let at = start;
    while (end - at >= BLOCK_FRAME) {
      // The type of a section's header is the same in both byte orders; the order stands behind its length.
      if (number(data, at, false) === SECTION_HEADER && !this.#beginSection(data, at)) return at;
      const type = number(data, at, this.#littleEndian);
      const length = number(data, at + 4, this.#littleEndian);
      if (length < BLOCK_FRAME) {
        this.broken = 'block-length-lies';
        return at;
      }
      // Some writers forget the padding in the length.
      const padded = Math.ceil(length / 4) * 4;
      if (!isRead(type)) {
        if (padded > end - at) {
          this.skip = padded;
          return at;
        }
        at += padded;
        continue;
      }
      if (padded > LONGEST_BLOCK) {
        this.#count('block-too-long');
        this.skip = padded;
        return at;
      }
      if (padded > end - at) return at;
      this.#readBlock(type, data, at + 8, at + length - 4, slot, take);
      if (number(data, at + padded - 4, this.#littleEndian) !== length) this.#count('block-lengths-differ');
      at += padded;
    }
    return at;
  }

  /** Takes the byte order of a section; false when it is none. */
  #beginSection(data: Uint8Array, at: number): boolean {
    const big = number(data, at + 8, false) === BYTE_ORDER;
    if (!big && number(data, at + 8, true) !== BYTE_ORDER) {
      this.broken = 'section-without-byte-order';
      return false;
    }
    this.#littleEndian = !big;
    this.#interfaces = [];
    return true;
  }

  #readBlock(
    type: number,
    data: Uint8Array,
    start: number,
    end: number,
    slot: PacketSlot,
    take: PacketTaker,
  ): void {
    switch (type) {
      case INTERFACE:
        this.#addInterface(data, start, end);
        break;
      case ENHANCED_PACKET:
      case OBSOLETE_PACKET:
        this.#packet(type, data, start, end, slot, take);
        break;
      case SIMPLE_PACKET:
        this.#simplePacket(data, start, end, slot, take);
        break;
      default:
    }
  }

  #addInterface(data: Uint8Array, start: number, end: number): void {
    if (end - start < 8) {
      this.#count('interface-cut');
      return;
    }
    if (this.#interfaces.length >= MOST_INTERFACES) {
      this.#count('too-many-interfaces');
      return;
    }
    let resolution = 6;
    let offset = 0;
    for (let at = start + 8; end - at >= 4;) {
      const code = short(data, at, this.#littleEndian);
      const length = short(data, at + 2, this.#littleEndian);
      if (code === 0 || length > end - at - 4) break;
      if (code === OPTION_TSRESOL && length >= 1) resolution = data[at + 4] ?? 6;
      if (code === OPTION_TSOFFSET && length >= 8) offset = seconds(data, at + 4, this.#littleEndian) * 1e6;
      at += 4 + Math.ceil(length / 4) * 4;
    }
    this.#interfaces.push({
      linkType: short(data, start, this.#littleEndian),
      snapLength: number(data, start + 4, this.#littleEndian),
      resolution,
      offset,
    });
  }

  #packet(
    type: number,
    data: Uint8Array,
    start: number,
    end: number,
    slot: PacketSlot,
    take: PacketTaker,
  ): void {
    slot.number += 1;
    if (end - start < 20) {
      this.#count('packet-block-cut');
      return;
    }
    const little = this.#littleEndian;
    const index = type === ENHANCED_PACKET ? number(data, start, little) : short(data, start, little);
    const from = this.#interfaces[index];
    if (from === undefined) {
      this.#count('packet-of-no-interface');
      return;
    }
    const captured = number(data, start + 12, little);
    if (captured > end - start - 20 || captured > LONGEST_PACKET) {
      this.#count('packet-length-lies');
      return;
    }
    const time = micros(number(data, start + 4, little), number(data, start + 8, little), from.resolution);
    slot.setTime(time + from.offset, this.#count);
    slot.linkType = from.linkType;
    slot.data = data;
    slot.start = start + 20;
    slot.end = start + 20 + captured;
    slot.wireLength = number(data, start + 16, little);
    take(slot);
  }

  /** Has neither time nor interface: the time of the packet before, and the section's first interface. */
  #simplePacket(data: Uint8Array, start: number, end: number, slot: PacketSlot, take: PacketTaker): void {
    slot.number += 1;
    const from = this.#interfaces[0];
    if (end - start < 4 || from === undefined) {
      this.#count(from === undefined ? 'packet-of-no-interface' : 'packet-block-cut');
      return;
    }
    const wireLength = number(data, start, this.#littleEndian);
    const captured = Math.min(wireLength, from.snapLength === 0 ? wireLength : from.snapLength);
    if (captured > end - start - 4 || captured > LONGEST_PACKET) {
      this.#count('packet-length-lies');
      return;
    }
    slot.linkType = from.linkType;
    slot.data = data;
    slot.start = start + 4;
    slot.end = start + 4 + captured;
    slot.wireLength = wireLength;
    take(slot);
  }
}

function isRead(type: number): boolean {
  return type === ENHANCED_PACKET || type === INTERFACE || type === SIMPLE_PACKET || type === OBSOLETE_PACKET;
}

function short(data: Uint8Array, at: number, littleEndian: boolean): number {
  const a = data[at] ?? 0;
  const b = data[at + 1] ?? 0;
  return littleEndian ? (b << 8) | a : (a << 8) | b;
}

/** A signed 64-bit number of seconds; as a double, since no clock is 2^53 seconds off. */
function seconds(data: Uint8Array, at: number, littleEndian: boolean): number {
  const high = number(data, littleEndian ? at + 4 : at, littleEndian) | 0;
  return high * 0x1_0000_0000 + number(data, littleEndian ? at : at + 4, littleEndian);
}

/** Microseconds of a time in the interface's units, which has 64 bits; exact where a double holds the result. */
function micros(high: number, low: number, resolution: number): number {
  // 2^32 = 4,294,967 * 1,000 + 296: so divided, no step needs more than 53 bits.
  if (resolution === 9) return high * 4_294_967 + Math.floor((high * 296 + low) / 1_000);
  if (resolution === 6) return high * 0x1_0000_0000 + low;
  const units = (BigInt(high) << 32n) | BigInt(low);
  const exponent = BigInt(resolution & 0x7f);
  return Number(
    (resolution & 0x80) === 0 ? (units * 1_000_000n) / 10n ** exponent : (units * 1_000_000n) >> exponent,
  );
}
