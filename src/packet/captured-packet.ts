/** A packet as the capture file has it. One object for all packets of a reader: take out what must stay. */
export interface CapturedPacket {
  /** From 1, over the whole file. */
  readonly number: number;
  /** Microseconds since 1970; finer times are cut, not rounded. */
  readonly time: number;
  /** LINKTYPE_ value: https://www.tcpdump.org/linktypes.html */
  readonly linkType: number;
  /** The octets that were captured are `data[start]` to `data[end - 1]`. */
  readonly data: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** How long the packet was on the wire; more than was captured where a snapshot length cut it. */
  readonly wireLength: number;
}

/** Takes the packets of a capture, one by one. */
export type PacketTaker = (packet: CapturedPacket) => void;

/** Counts what was wrong with a file. */
export type CountFault = (reason: string) => void;

/** The object behind CapturedPacket. */
export class PacketSlot implements CapturedPacket {
  number = 0;
  time = 0;
  linkType = 0;
  data: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  wireLength = 0;

  /** Takes the time if a capture can have it, else that of the packet before. */
  setTime(micros: number, count: CountFault): void {
    if (micros >= 0 && micros < LAST_TIME) this.time = micros;
    else count('time-out-of-range');
  }
}

/** What reads the records of one format. */
export interface RecordScanner {
  /**
   * Reads whole records from `start` on and gives where it stopped: at a record that is not whole yet, or at `end`.
   * `skip` octets behind that are to be dropped unread. Sets `broken` when nothing after it can be read.
   */
  scan(data: Uint8Array, start: number, end: number, slot: PacketSlot, take: PacketTaker): number;
  /** Octets to be dropped before the next record. */
  skip: number;
  /** Why nothing further can be read; empty while all is well. */
  readonly broken: string;
}

/** 2106-02-07, the end of unsigned 32-bit seconds: later times come of damage. */
const LAST_TIME = 0x1_0000_0000 * 1e6;

/** The longest packet that is believed: libpcap's MAXIMUM_SNAPLEN. */
export const LONGEST_PACKET = 262_144;
