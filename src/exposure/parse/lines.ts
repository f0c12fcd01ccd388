import { Buffer } from 'node:buffer';
import { isUtf8 } from 'node:buffer';

/** A line of input, without its line end. */
export interface Line {
  readonly text: string;
  /** 1-based. */
  readonly number: number;
  /** Byte offset of its first byte. */
  readonly offset: number;
  /** Whether a line end followed: false for the last line of a file that was cut. */
  readonly ended: boolean;
}

/** What a line splitter tells. */
export interface LineHandler {
  line(line: Line): void;
  /** A line was longer than allowed, and is left out. */
  tooLong(number: number, offset: number): void;
  /** A line held bytes that are not UTF-8, which were read as U+FFFD. */
  notUtf8(number: number, offset: number): void;
}

/** Splits bytes into lines in bounded memory: LF or CRLF, a byte order mark at the start dropped. */
export class LineSplitter {
  readonly #handler: LineHandler;
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #number = 1;
  #offset = 0;
  #dropping = false;

  /** `maxBytes` bounds one line. */
  constructor(handler: LineHandler, maxBytes: number) {
    this.#handler = handler;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, from)) {
      this.#finish(buffer.subarray(from, at), true);
      from = at + 1;
    }
    if (from < buffer.length) this.#hold(buffer.subarray(from));
  }

  /** Hands on a last line that has no end. */
  end(): void {
    if (this.#heldBytes > 0) this.#finish(Buffer.alloc(0), false);
  }

  #hold(part: Buffer): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxBytes) {
      this.#dropping = true;
      this.#held = [];
    }
    // A copy: the caller may use its chunk again, and a short rest must not keep a long chunk alive.
    if (!this.#dropping) this.#held.push(Buffer.from(part));
  }

  #finish(last: Buffer, ended: boolean): void {
    const length = this.#heldBytes + last.length;
    const start = this.#offset;
    if (this.#dropping || length > this.#maxBytes) this.#handler.tooLong(this.#number, start);
    else {
      const bytes = this.#held.length === 0 ? last : Buffer.concat([...this.#held, last]);
      this.#handOn(bytes, start, ended);
    }
    this.#held = [];
    this.#heldBytes = 0;
    this.#dropping = false;
    this.#number += 1;
    this.#offset = start + length + (ended ? 1 : 0);
  }

  #handOn(bytes: Buffer, offset: number, ended: boolean): void {
    let text = bytes.toString('utf8');
    if (text.includes('\uFFFD') && !isUtf8(bytes)) this.#handler.notUtf8(this.#number, offset);
    if (this.#number === 1 && text.startsWith('\uFEFF')) text = text.slice(1);
    if (text.endsWith('\r')) text = text.slice(0, -1);
    this.#handler.line({ text, number: this.#number, offset, ended });
  }
}
