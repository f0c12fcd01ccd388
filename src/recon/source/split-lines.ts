import { Buffer } from 'node:buffer';
import { decodeUtf8 } from './text-encoding.ts';

/** Bytes of a line that are kept. The longest records that sensors write (Suricata's with payload) have some 100 kB. */
export const MAX_LINE_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Splits UTF-8 bytes into lines at `\n`; the break is not part of a line, a `\r` before it is. What comes out does not
 * depend on how the bytes were cut into chunks. Bytes are split before they are decoded, so that a sequence that is cut
 * short at a line's end does not swallow the break. A byte-order mark at the beginning is left out.
 *
 * Lines of one chunk share its memory: whoever keeps a piece of a line for long should copy it.
 */
export class LineSplitter {
  /** The beginning of a line whose break has not come, at most MAX_LINE_BYTES + 1 bytes. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes of that line that were not kept. */
  #dropped = 0;
  #consumed: number;
  #lines = 0;
  #cut = 0;
  #atStart: boolean;

  /** `from`: the offset in the file of the first byte that is pushed, which begins a line. */
  constructor(from = 0) {
    this.#consumed = from;
    this.#atStart = from === 0;
  }

  /** Offset after the last line that was given, its break included: where the next one begins. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Lines given so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Lines longer than MAX_LINE_BYTES, of which only so much was given. */
  get cutLines(): number {
    return this.#cut;
  }

  /** Bytes taken whose line is not complete. */
  get pending(): number {
    return this.#heldBytes + this.#dropped;
  }

  /** The lines that these bytes complete. The bytes are not kept. */
  push(chunk: Uint8Array): string[] {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      this.#hold(chunk);
      return [];
    }
    const last = chunk.lastIndexOf(NEWLINE);
    const given: string[] = [];
    if (this.pending > 0 || first > MAX_LINE_BYTES) {
      this.#hold(chunk.subarray(0, first));
      given.push(this.#heldLine());
      this.#consumed += 1;
      if (last > first) this.#split(chunk.subarray(first + 1, last), given);
    } else this.#split(chunk.subarray(0, last), given);
    this.#hold(chunk.subarray(last + 1));
    return given;
  }

  /** The last line, when it has no break. */
  end(): string[] {
    if (this.pending === 0) return [];
    const line = this.#heldLine();
    // A byte-order mark alone is no line.
    return line === '' ? [] : [line];
  }

  /** Whole lines with the breaks between them, without the last break. */
  #split(bytes: Uint8Array, given: string[]): void {
    if (bytes.length > MAX_LINE_BYTES && this.#splitWithLongLines(bytes, given)) return;
    const lines = this.#decode(bytes).split('\n');
    this.#lines += lines.length;
    this.#consumed += bytes.length + 1;
    if (given.length === 0 && lines.length < 50_000) given.push(...lines);
    else for (const line of lines) given.push(line);
  }

  /** Only a chunk longer than a line may be can hold one that is too long. False when this one does not. */
  #splitWithLongLines(bytes: Uint8Array, given: string[]): boolean {
    const breaks: number[] = [];
    let tooLong = false;
    for (let from = 0; from <= bytes.length;) {
      const at = bytes.indexOf(NEWLINE, from);
      const to = at < 0 ? bytes.length : at;
      tooLong ||= to - from > MAX_LINE_BYTES;
      breaks.push(to);
      from = to + 1;
    }
    if (!tooLong) return false;
    let from = 0;
    for (const to of breaks) {
      this.#hold(bytes.subarray(from, to));
      given.push(this.#heldLine());
      this.#consumed += 1;
      from = to + 1;
    }
    return true;
  }

  #hold(bytes: Uint8Array): void {
    const room = MAX_LINE_BYTES + 1 - this.#heldBytes;
    const kept = bytes.subarray(0, Math.max(0, room));
    if (kept.length > 0) this.#held.push(Buffer.from(kept));
    this.#heldBytes += kept.length;
    this.#dropped += bytes.length - kept.length;
  }

  #heldLine(): string {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#consumed += this.pending;
    this.#lines += 1;
    this.#held = [];
    this.#heldBytes = 0;
    this.#dropped = 0;
    if (bytes.length <= MAX_LINE_BYTES) return this.#decode(bytes);
    this.#cut += 1;
    let end = MAX_LINE_BYTES;
    // Back to the beginning of a character (RFC 3629: at most three bytes continue one).
    while (end > MAX_LINE_BYTES - 4 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
    return this.#decode(bytes.subarray(0, end));
  }

  #decode(bytes: Uint8Array): string {
    const text = decodeUtf8(bytes);
    if (!this.#atStart) return text;
    this.#atStart = false;
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }
}
