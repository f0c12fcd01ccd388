import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Bytes of a file's beginning that tell it from others. */
export const IDENTITY_BYTES = 1024;

/**
 * How far a file has been read: plain data, to be stored by whoever stored what was read. A file is known by device,
 * inode and the beginning of its content, so that an inode that is used again, or a file that was truncated, is seen
 * to be another one; and by the beginning alone when it was copied or compressed.
 */
export interface Checkpoint {
  /** The same for the same content for ever: a newer checkpoint with this key replaces an older one. */
  readonly key: string;
  /** Where it was last seen. */
  readonly path: string;
  /** Decimal. */
  readonly device: string;
  /** Decimal; may exceed 2^53. */
  readonly inode: string;
  /** Of the uncompressed content: the first `min(IDENTITY_BYTES, offset)` bytes, more where more were there when it was found. */
  readonly headBytes: number;
  /** Lower-case hex SHA-256 of these. */
  readonly headSha256: string;
  /** Uncompressed offset of the first byte that has not been read as part of a whole line. */
  readonly offset: number;
  /** Lines before it. */
  readonly line: number;
  /** When it had last been written, as of the last look, in ms since 1970: what it has become is not older. */
  readonly modified: number;
  /** Nothing more is to come: it was compressed, or rotated away and read to its end. */
  readonly ended: boolean;
}

/** A position in a file, at the beginning of a line. */
export interface Position {
  /** Bytes before it, uncompressed. */
  readonly offset: number;
  /** Lines before it. */
  readonly line: number;
}

/** Lower-case hex SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A file's content as the follower knows it: under one name now, under another later. */
export class Content {
  readonly key: string;
  path: string;
  device: string;
  inode: string;
  headBytes: number;
  headSha256: string;
  offset: number;
  line: number;
  modified: number;
  ended: boolean;
  /** Somebody is reading it. */
  active = false;
  /** It ended because it was not found any more: should a copy of it appear, its rest is read. */
  lost = false;

  constructor(from: Checkpoint) {
    this.key = from.key;
    this.path = from.path;
    this.device = from.device;
    this.inode = from.inode;
    this.headBytes = from.headBytes;
    this.headSha256 = from.headSha256;
    this.offset = from.offset;
    this.line = from.line;
    this.modified = from.modified;
    this.ended = from.ended;
  }

  /** Content that begins with these bytes, of which nothing has been read. */
  static unread(path: string, file: InodeName, modified: number, head: Uint8Array): Content {
    const key = sha256(Buffer.from(`${file.device}:${file.inode}:${sha256(head)}`)).slice(0, 16);
    const identity = { headBytes: head.length, headSha256: sha256(head) };
    return new Content({ key, path, ...file, ...identity, offset: 0, line: 0, modified, ended: false });
  }

  /** Takes a new position. `head`: the first bytes, IDENTITY_BYTES of them when there are so many before the position. */
  advance(to: Position, head: Uint8Array): void {
    this.offset = to.offset;
    this.line = to.line;
    const bytes = Math.min(IDENTITY_BYTES, to.offset, head.length);
    if (bytes <= this.headBytes) return;
    this.headBytes = bytes;
    this.headSha256 = sha256(head.subarray(0, bytes));
  }

  /** Whether what begins with these bytes can be this content, or more of it. */
  begins(head: Uint8Array): boolean {
    return (
      this.headBytes > 0 &&
      head.length >= this.headBytes &&
      sha256(head.subarray(0, this.headBytes)) === this.headSha256
    );
  }

  checkpoint(): Checkpoint {
    const { key, path, device, inode, headBytes, headSha256, offset, line, modified, ended } = this;
    return { key, path, device, inode, headBytes, headSha256, offset, line, modified, ended };
  }
}

/** Device and inode, decimal. */
export interface InodeName {
  readonly device: string;
  readonly inode: string;
}

/** Device and inode of a `stat` with big integers. */
export function inodeName(status: { readonly dev: bigint; readonly ino: bigint }): InodeName {
  return { device: String(status.dev), inode: String(status.ino) };
}
