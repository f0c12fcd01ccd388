import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import { createReader, detectFormat, HEAD_BYTES } from './detect-format.ts';

/**
 * A reader for bytes of unknown format: holds them back until the head tells which reader it takes,
 * and is that reader from then on. Throws a Fault `parse/…` when the head is not scanner output.
 */
export class SniffingReader implements ScanReader {
  #head: Uint8Array[] = [];
  #held = 0;
  #reader: ScanReader | undefined;

  push(chunk: Uint8Array): readonly ScanEvent[] {
    if (this.#reader !== undefined) return this.#reader.push(chunk);
    // The caller may use its chunk again after push.
    this.#head.push(chunk.slice());
    this.#held += chunk.length;
    return this.#held < HEAD_BYTES ? [] : this.#start();
  }

  end(): readonly ScanEvent[] {
    if (this.#reader !== undefined) return this.#reader.end();
    const events = this.#start();
    return [...events, ...this.#reader!.end()];
  }

  #start(): readonly ScanEvent[] {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    this.#reader = createReader(detectFormat(head));
    return this.#reader.push(head);
  }
}
