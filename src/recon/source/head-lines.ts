import { Buffer } from 'node:buffer';
import type { TelemetryFormat } from '../model/reader.ts';
import { HEAD_BYTES } from './detect-format.ts';
import { LineSplitter } from './split-lines.ts';

/**
 * Lines in which headers stand, out of the part of a file that is not read again: those of the first HEAD_BYTES and,
 * of Zeek's logs, every later line with a `#`, since a log that was put together from several changes its columns midway.
 */
export class HeadLines {
  readonly lines: string[] = [];
  readonly #splitter = new LineSplitter();
  readonly #throughout: boolean;
  #pushed = 0;

  constructor(format: TelemetryFormat) {
    this.#throughout = format === 'zeek-tsv';
  }

  /** Whether more bytes can add anything. */
  get complete(): boolean {
    return !this.#throughout && this.#pushed >= HEAD_BYTES;
  }

  /** Takes the next bytes of the part before. */
  push(bytes: Uint8Array): void {
    const room = Math.max(0, HEAD_BYTES - this.#pushed);
    this.#pushed += bytes.length;
    for (const line of this.#splitter.push(bytes.subarray(0, room))) this.#keep(line);
    if (!this.#throughout) return;
    for (const line of this.#splitter.push(bytes.subarray(room))) if (line.startsWith('#')) this.#keep(line);
  }

  /** As a copy: the line itself would keep its whole chunk in memory. */
  #keep(line: string): void {
    this.lines.push(Buffer.from(line).toString());
  }
}
