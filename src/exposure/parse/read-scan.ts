import { Buffer } from 'node:buffer';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import { DETECT_BYTES, detectFormat, type ScanFormat } from './detect.ts';
import { GrepableReader } from './grepable.ts';
import { MasscanJsonReader } from './masscan-json.ts';
import { MasscanListReader } from './masscan-list.ts';
import { NmapXmlReader } from './nmap-xml.ts';

/** A reader for one input of a format. */
export function createReader(format: ScanFormat): ScanReader {
  switch (format) {
    case 'nmap-xml':
      return new NmapXmlReader();
    case 'nmap-grepable':
      return new GrepableReader();
    case 'masscan-json':
      return new MasscanJsonReader();
    case 'masscan-list':
      return new MasscanListReader();
    default:
      return format satisfies never;
  }
}

/** A reader for one input of any format: it waits for the first bytes and goes by them. */
export class DetectingReader implements ScanReader {
  #head: Uint8Array = new Uint8Array();
  #reader: ScanReader | undefined;

  push(chunk: Uint8Array): readonly ScanEvent[] {
    if (this.#reader !== undefined) return this.#reader.push(chunk);
    const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    if (head.length < DETECT_BYTES) {
      // A copy: the caller may use its chunk again.
      this.#head = Uint8Array.from(head);
      return [];
    }
    this.#head = new Uint8Array();
    this.#reader = createReader(detectFormat(head));
    return this.#reader.push(head);
  }

  end(): readonly ScanEvent[] {
    if (this.#reader !== undefined) return this.#reader.end();
    this.#reader = createReader(detectFormat(this.#head));
    return [...this.#reader.push(this.#head), ...this.#reader.end()];
  }
}

/** All events of one input that is in memory: for small files and tests. Throws what the readers throw. */
export function readScan(bytes: Uint8Array): readonly ScanEvent[] {
  const reader = new DetectingReader();
  return [...reader.push(bytes), ...reader.end()];
}
