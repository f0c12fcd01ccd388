import { Buffer } from 'node:buffer';
import { PacketSlot, type CountFault, type PacketTaker, type RecordScanner } from './captured-packet.ts';
import { PcapSection, pcapMagic, type PcapMagic } from './pcap-file.ts';
import { PcapngFile } from './pcapng-file.ts';

/**
 * Reads packets out of a capture in libpcap's format or pcapng, in chunks of any size. Never throws on input. What a
 * record claims is checked before anything is allocated for it; at most one record that came in pieces is kept.
 */
export class CaptureReader {
  readonly #slot = new PacketSlot();
  readonly #count: CountFault;
  #scanner: RecordScanner | undefined;
  #pending: Uint8Array = new Uint8Array(0);
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
    let data = chunk;
    let at = 0;
    const scanner = this.#scanner;
    if (scanner !== undefined && scanner.skip > 0) {
      at = Math.min(scanner.skip, data.length);
      scanner.skip -= at;
    }
    if (this.#pending.length > 0) {
      data = Buffer.concat([this.#pending, at === 0 ? data : data.subarray(at)]);
      at = 0;
      this.#pending = new Uint8Array(0);
    }
    if (this.#scanner === undefined) {
      at = this.#open(data);
      if (this.#scanner === undefined) {
        if (this.broken === '') this.#pending = new Uint8Array(data);
        return;
      }
    }
    this.#scan(data, at, this.#scanner, take);
  }

  #scan(data: Uint8Array, from: number, scanner: RecordScanner, take: PacketTaker): void {
    let at = from;
    for (;;) {
      at = scanner.scan(data, at, data.length, this.#slot, take);
      if (scanner.broken !== '') {
        this.#count(scanner.broken);
        return;
      }
      if (scanner.skip === 0) break;
      const skipped = Math.min(scanner.skip, data.length - at);
      scanner.skip -= skipped;
      at += skipped;
      if (scanner.skip > 0) return;
    }
    // Copied: the caller may use its buffer again.
    if (at < data.length) this.#pending = new Uint8Array(data.subarray(at));
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
    this.#pending = new Uint8Array(0);
    return cut;
  }
}
