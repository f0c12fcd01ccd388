import { Buffer } from 'node:buffer';
import { PacketSlot, type CountFault, type PacketTaker, type RecordScanner } from './captured-packet.ts';
import { PcapSection, pcapMagic, type PcapMagic } from './pcap-file.ts';
import { PcapngFile } from './pcapng-file.ts';

const NOTHING = new Uint8Array(0);
/** Octets behind a record that came in pieces: enough for the rest of nearly every one. */
const FOLLOWING = 65_536;

/**
 * Reads packets out of a capture in libpcap's format or pcapng, in chunks of any size. Never throws on input. What a
 * record claims is checked before anything is allocated for it; at most one record that came in pieces is kept.
 */
export class CaptureReader {
  readonly #slot = new PacketSlot();
  readonly #count: CountFault;
  #scanner: RecordScanner | undefined;
  #pending: Uint8Array = NOTHING;
  #refused = '';

  /** `count` hears of everything that is wrong with the file, by reason. */
  constructor(count: CountFault) {
    this.#count = count;
  }

  /** Packets given so far. */
  get packets(): number {
    return this.#slot.number;
  }

  /** Why nothing further can be read: it is no capture, or a record lies about its length. Empty while all is well. */
  get broken(): string {
    return this.#refused === '' ? (this.#scanner?.broken ?? '') : this.#refused;
  }

  /** Reads a piece of the file. `take` is called for every packet that is complete by now. */
  push(chunk: Uint8Array, take: PacketTaker): void {
    if (this.broken !== '') return;
    let data: Uint8Array = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    let scanner = this.#scanner;
    if (scanner === undefined) {
      if (this.#pending.length > 0) data = Buffer.concat([this.#pending, data]);
      at = this.#open(data);
      scanner = this.#scanner;
      if (scanner === undefined) {
        if (this.broken === '') this.#pending = new Uint8Array(data);
        return;
      }
      this.#pending = NOTHING;
    } else if (this.#pending.length > 0) {
      at = this.#finish(data, scanner, take);
    }
    if (this.broken === '') at = this.#scan(data, at, scanner, take);
    // Copied: the caller may use its buffer again.
    if (this.broken === '' && at < data.length) this.#pending = new Uint8Array(data.subarray(at));
  }

  /** Puts the record that waits together with what follows, of which it mostly takes little; gives where that goes on. */
  #finish(data: Uint8Array, scanner: RecordScanner, take: PacketTaker): number {
    const waits = this.#pending;
    this.#pending = NOTHING;
    for (let length = Math.min(FOLLOWING, data.length); ; length = data.length) {
      const joined = Buffer.concat([waits, data.subarray(0, length)]);
      const at = this.#scan(joined, 0, scanner, take);
      if (at >= waits.length || this.broken !== '') return at - waits.length;
      if (length === data.length) {
        this.#pending = joined;
        return length;
      }
    }
  }

  /** Reads records from a place on; gives the place of the first that is not whole. */
  #scan(data: Uint8Array, from: number, scanner: RecordScanner, take: PacketTaker): number {
    let at = from;
    for (;;) {
      const skipped = Math.min(scanner.skip, data.length - at);
      scanner.skip -= skipped;
      at += skipped;
      if (scanner.skip > 0) return at;
      at = scanner.scan(data, at, data.length, this.#slot, take);
      if (scanner.broken !== '') this.#count(scanner.broken);
      if (scanner.skip === 0 || scanner.broken !== '') return at;
    }
  }

  /** Finds out the format; gives where its records begin. */
  #open(data: Uint8Array): number {
    if (data.length < 4) return 0;
    const magic: PcapMagic | undefined = pcapMagic(data);
    if (magic !== undefined) {
      if (data.length < PcapSection.HEADER) return 0;
      this.#scanner = new PcapSection(data, magic, this.#count);
      return PcapSection.HEADER;
    }
    if (PcapngFile.begins(data)) {
      this.#scanner = new PcapngFile(this.#count);
      return 0;
    }
    this.#refused = 'not-a-capture';
    this.#count(this.#refused);
    return 0;
  }

  /** The file ended. Says whether it ended in the middle of a record, which is counted too. */
  end(): boolean {
    const cut = this.broken === '' && (this.#pending.length > 0 || (this.#scanner?.skip ?? 0) > 0);
    if (cut) this.#count('file-cut');
    this.#pending = NOTHING;
    return cut;
  }
}
