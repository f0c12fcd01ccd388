import { Buffer } from 'node:buffer';

/**
 * The bytes of an input that are not read yet, in one buffer of our own: nothing of a chunk is kept,
 * and what a push left over stands directly before what the next one brings.
 */
export class ByteWindow {
  buffer: Buffer;
  /** The unread bytes are buffer[pos, end). */
  pos = 0;
  end = 0;
  /** The input's offset of buffer[0]. */
  base = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  append(piece: Uint8Array): void {
    if (this.pos > 0) {
      this.buffer.copyWithin(0, this.pos, this.end);
      this.base += this.pos;
      this.end -= this.pos;
      this.pos = 0;
    }
    if (this.end + piece.length > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.end + piece.length));
      this.buffer.copy(grown, 0, 0, this.end);
      this.buffer = grown;
    }
    this.buffer.set(piece, this.end);
    this.end += piece.length;
  }
}
