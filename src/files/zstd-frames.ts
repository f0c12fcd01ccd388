import { Buffer } from 'node:buffer';
import { Decompress } from 'fzstd';

/** zstd's own limit when it decompresses (its `--long` raises it): a frame may not ask for a larger window. */
const MAX_WINDOW = 128 * 1024 * 1024;
const FRAME_MAGIC = 0xfd2fb528;
/** Skippable frames carry 0x184D2A50 to 0x184D2A5F (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Block_Maximum_Size (RFC 8878, 3.1.1.2.4). */
const MAX_BLOCK = 128 * 1024;

/**
 * This decoder clears a window for each frame and moves it for each block, so a stream of tiny blocks or
 * frames with a large window costs far more than it yields. Bytes moved may reach this many per byte yielded (an 8 MB window with blocks
 * of 2 kB does) after a first allowance, which takes a few tenths of a second.
 */
const MOST_MOVED_PER_BYTE = 4096;
const MOVED_ALLOWANCE = 1024 ** 3;

/** Something a zstd stream cannot hold, with what it was. */
export class ZstdError extends Error {}

/** Whether this is how a zstd stream begins. */
export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = Buffer.from(head.buffer, head.byteOffset, 4).readUInt32LE();
  return magic === FRAME_MAGIC || (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * Splits a zstd stream into its frames and blocks (RFC 8878, 3.1.1) and decompresses them one block at
 * a time, so that one call yields at most 128 kB however hard the data was compressed, and a stream
 * that breaks off yields everything before the break. Checksums of frames are not verified.
 *
 * Known limit: the decoder does not stop when a hostile block copies more than a block may hold; it goes
 * on writing past the end of its buffer, to no effect. Memory stays bounded, but one such block of a few
 * kilobytes was seen to take 0.4 s, and in a process that had already read thousands of them, 12 s.
 */
export class ZstdFrames {
  #pending = Buffer.alloc(0);
  #decoder: Decompress | undefined;
  #hasChecksum = false;
  #skip = 0;
  /** Bytes that the decoder gets together with the next block. */
  #held = Buffer.alloc(0);
  #produced: Uint8Array[] = [];
  #window = 0;
  #moved = 0;
  #yielded = 0;

  /** Adds compressed bytes. */
  push(chunk: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
  }

  /** Whether the stream may end here. */
  get betweenFrames(): boolean {
    return this.#decoder === undefined && this.#skip === 0 && this.#pending.length === 0;
  }

  /** The next decompressed bytes; undefined when more input is needed. Throws ZstdError. */
  next(): Uint8Array | undefined {
    while (this.#step()) {
      const produced = this.#produced.shift();
      if (produced !== undefined) return produced;
    }
    return this.#produced.shift();
  }

  /** Reads one header, block or skippable stretch; false when it is not all there. */
  #step(): boolean {
    if (this.#produced.length > 0) return true;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, this.#pending.length);
      this.#skip -= skipped;
      this.#pending = this.#pending.subarray(skipped);
      return this.#skip === 0;
    }
    return this.#decoder === undefined ? this.#readHeader() : this.#readBlock(this.#decoder);
  }

  #readHeader(): boolean {
    const bytes = this.#pending;
    if (bytes.length < 8) return false;
    const magic = bytes.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#skip = 8 + bytes.readUInt32LE(4);
      return true;
    }
    if (magic !== FRAME_MAGIC) throw new ZstdError('the data after a frame is none');
    const descriptor = bytes[4]!;
    const singleSegment = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    const contentFlag = descriptor >> 6;
    let contentBytes = contentFlag === 0 ? 0 : 2 ** contentFlag;
    if (contentFlag === 0 && singleSegment) contentBytes = 1;
    const length = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + contentBytes;
    if (bytes.length < length) return false;
    if (dictionaryBytes > 0) throw new ZstdError('the data needs a dictionary');
    this.#window = windowOf(bytes, singleSegment, contentBytes, length);
    if (this.#window > MAX_WINDOW) {
      throw new ZstdError(`a frame needs more than ${MAX_WINDOW} bytes of memory`);
    }
    this.#countMoved();
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#decoder = new Decompress((data) => {
      this.#yielded += data.length;
      if (data.length > 0) this.#produced.push(Uint8Array.from(data));
    });
    this.#held = Buffer.from(bytes.subarray(0, length));
    this.#pending = bytes.subarray(length);
    return true;
  }

  /** Called for each block, which moves the window, and for each frame, which clears a new one. */
  #countMoved(): void {
    this.#moved += this.#window;
    if (this.#moved > MOVED_ALLOWANCE + MOST_MOVED_PER_BYTE * this.#yielded) {
      throw new ZstdError('the blocks are too small for the memory they need');
    }
  }

  #readBlock(decoder: Decompress): boolean {
    const bytes = this.#pending;
    if (bytes.length < 3) return false;
    const head = bytes.readUIntLE(0, 3);
    const last = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const size = type === 1 ? 1 : head >> 3;
    if (type === 3) throw new ZstdError('a block is of no known type');
    if (head >> 3 > MAX_BLOCK) throw new ZstdError('a block is larger than a block may be');
    const trailer = last && this.#hasChecksum ? 4 : 0;
    const length = 3 + size + trailer;
    if (bytes.length < length) return false;
    this.#countMoved();
    const block = bytes.subarray(0, 3 + size);
    try {
      this.#feed(decoder, block, last);
    } catch (cause) {
      if (cause instanceof ZstdError) throw cause;
      throw new ZstdError('a block is damaged', { cause });
    }
    this.#pending = bytes.subarray(length);
    if (last) this.#decoder = undefined;
    return true;
  }

  /**
   * One byte is held back until the next block: a push that ends exactly with a block makes this decoder
   * keep every chunk it was ever given. The zeros after the last block bring short frames to the
   * eighteen bytes below which it does not look at them, and stand where a checksum may.
   */
  #feed(decoder: Decompress, block: Buffer, last: boolean): void {
    const data = Buffer.concat([this.#held, block]);
    if (last) decoder.push(Buffer.concat([data, Buffer.alloc(17)]));
    else {
      decoder.push(data.subarray(0, -1));
      this.#held = Buffer.from(data.subarray(-1));
    }
  }
}

function windowOf(bytes: Buffer, singleSegment: boolean, contentBytes: number, length: number): number {
  if (!singleSegment) {
    const base = 2 ** (10 + (bytes[5]! >> 3));
    return base + (base / 8) * (bytes[5]! & 7);
  }
  const at = length - contentBytes;
  switch (contentBytes) {
    case 1:
      return bytes[at]!;
    case 2:
      return bytes.readUInt16LE(at) + 256;
    case 4:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}
