import {
  LONGEST_PACKET,
  type CountFault,
  type PacketSlot,
  type PacketTaker,
  type RecordScanner,
} from './captured-packet.ts';

/*
 * libpcap's format: draft-ietf-opsawg-pcap. Nanoseconds by a magic of their own; Kuznetzov's patched form (Red Hat 6)
 * has eight octets more in each record.
 */

/** What the first four octets tell. */
export interface PcapMagic {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  /** Octets of a record's header. */
  readonly recordHeader: number;
}

const MAGICS: readonly (readonly [magic: number, nanoseconds: boolean, recordHeader: number])[] = [
  [0xa1b2c3d4, false, 16],
  [0xa1b23c4d, true, 16],
  [0xa1b2cd34, false, 24],
];

/** Recognises a capture by its first four octets. */
export function pcapMagic(data: Uint8Array): PcapMagic | undefined {
  const big = number(data, 0, false);
  const little = number(data, 0, true);
  for (const [magic, nanoseconds, recordHeader] of MAGICS) {
    if (big === magic) return { littleEndian: false, nanoseconds, recordHeader };
    if (little === magic) return { littleEndian: true, nanoseconds, recordHeader };
  }
  return undefined;
}

/** Four octets, unsigned, in the byte order of the file. */
export function number(data: Uint8Array, at: number, littleEndian: boolean): number {
  const a = data[at] ?? 0;
  const b = data[at + 1] ?? 0;
  const c = data[at + 2] ?? 0;
  const d = data[at + 3] ?? 0;
  return (littleEndian ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The records of a file in libpcap's format. */
export class PcapSection implements RecordScanner {
  /** Octets before the first record. */
  static readonly HEADER = 24;

  skip = 0;
  broken = '';
  readonly #magic: PcapMagic;
  readonly #linkType: number;
  readonly #count: CountFault;

  constructor(header: Uint8Array, magic: PcapMagic, count: CountFault) {
    this.#magic = magic;
    // The upper bits tell the length of a frame check sequence, which is of no use here.
    this.#linkType = number(header, 20, magic.littleEndian) & 0xffff;
    this.#count = count;
  }

  /** See RecordScanner. */
  scan(data: Uint8Array, start: number, end: number, slot: PacketSlot, take: PacketTaker): number {
    const { littleEndian, nanoseconds, recordHeader } = this.#magic;
    let at = start;
    while (end - at >= recordHeader) {
      const captured = number(data, at + 8, littleEndian);
      if (captured > LONGEST_PACKET) {
        this.broken = 'record-length-lies';
        return at;
      }
      const body = at + recordHeader;
      if (end - body < captured) return at;
      const seconds = number(data, at, littleEndian);
      const fraction = number(data, at + 4, littleEndian);
      slot.number += 1;
      slot.setTime(seconds * 1e6 + (nanoseconds ? Math.floor(fraction / 1_000) : fraction), this.#count);
      slot.linkType = this.#linkType;
      slot.data = data;
      slot.start = body;
      slot.end = body + captured;
      slot.wireLength = number(data, at + 12, littleEndian);
      at = slot.end;
      take(slot);
    }
    return at;
  }
}
