import { Buffer } from 'node:buffer';
import { stat, type FileHandle } from 'node:fs/promises';
import { fromMillis } from '../../time/instant.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import { IDENTITY_BYTES, type Content, type Position } from './checkpoint.ts';
import { detectFormat, HEAD_BYTES, unknownFormat } from './detect-format.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings, Outcome } from './followed.ts';
import { HeadLines } from './head-lines.ts';
import { LineSplitter } from './split-lines.ts';
import { encodingOf } from './text-encoding.ts';

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

/**
 * A plain file that somebody writes to. It is kept open, so that what is written to it after a rotation is seen as
 * well. It ends when its path leads elsewhere and it has been still for a while. After every read its beginning is
 * compared with what it was: a file that was truncated and has grown again is seen, unless it begins with the same
 * kilobyte.
 */
export class GrowingFile implements Followed {
  readonly content: Content;
  readonly id: number;
  readonly #handle: FileHandle;
  readonly #settings: FollowSettings;
  readonly #splitter: LineSplitter;
  /** The path leads elsewhere: it was renamed or deleted, and what comes is its end. */
  #rotated: boolean;
  #format: TelemetryFormat | undefined;
  /** How the content begins, as it was when it was found; grows to IDENTITY_BYTES with what is read. */
  #head: Buffer = Buffer.alloc(0);
  #readTo: number;
  /** When there last was something new, by the monotonic clock. */
  #changed = performance.now();
  #judgedBytes = -1;
  /** Bytes that were still to be read after the last read. */
  #waiting = 0;
  #last: FollowEvent[] = [];
  drained = false;
  /** When it was last written, in nanoseconds since 1970, as of the last look. */
  written = 0n;
  outcome: Outcome | undefined;

  constructor(id: number, handle: FileHandle, content: Content, rotated: boolean, settings: FollowSettings) {
    this.id = id;
    this.#handle = handle;
    this.#settings = settings;
    this.#rotated = rotated;
    this.content = content;
    this.#readTo = content.offset;
    this.#splitter = new LineSplitter(content.offset);
    content.active = true;
  }

  get opened(): boolean {
    return this.#format !== undefined;
  }

  get path(): string {
    return this.content.path;
  }

  close(): Promise<void> {
    this.content.active = false;
    return this.#handle.close();
  }

  async next(): Promise<FollowEvent | undefined> {
    if (this.#last.length > 0) return this.#last.shift();
    if (this.outcome !== undefined) return undefined;
    if (this.#format === undefined) {
      const event = await this.#open(this.#rotated && this.#still() >= this.#settings.quietMilliseconds);
      if (event === undefined && this.outcome === undefined) await this.#lookWhenStill();
      return event ?? this.#last.shift();
    }
    const line = this.content.line;
    const from: Position = { offset: this.#splitter.consumed, line };
    for (;;) {
      const bytes = await this.#read();
      if (bytes === undefined) return this.#last.shift();
      if (this.#format === 'pcap')
        return { kind: 'bytes', id: this.id, bytes: Buffer.from(bytes), waitingBytes: this.#waiting };
      const lines = this.#splitter.push(bytes);
      if (lines.length > 0) return this.#given(lines, from);
    }
  }

  /** Sees the format and finds the head; undefined while there is too little to see it. */
  async #open(whole: boolean): Promise<FollowEvent | undefined> {
    const status = await this.#handle.stat();
    // Looked at again only when there is more of it.
    if (status.size === this.#judgedBytes && !whole) return undefined;
    const head = await this.#bytesAt(0, HEAD_BYTES);
    // It was truncated since it was found: what was found is somewhere else now.
    if (status.size < this.content.offset || !this.content.begins(head.subarray(0, IDENTITY_BYTES))) {
      this.outcome = 'replaced';
      return undefined;
    }
    // From here on, so that what is truncated before the first line is read is seen as well.
    this.#head = Buffer.from(head.subarray(0, this.content.headBytes));
    const detected = detectFormat(head, this.path, whole);
    if (this.#settings.format !== undefined) this.#format = this.#settings.format;
    else if (detected.kind === 'format') this.#format = detected.format;
    else return this.#unknown(detected.kind === 'unknown' ? detected.seen : undefined, head.length);
    if (encodingOf(head) !== 'utf-8')
      return this.#unknown('UTF-16 text, which cannot be followed', HEAD_BYTES);
    const modified = fromMillis(Math.floor(status.mtimeMs));
    return {
      kind: 'opened',
      file: {
        id: this.id,
        name: this.path,
        format: this.#format,
        readAs: this.#format,
        timesInUtc: false,
        modified,
        from: { offset: this.content.offset, line: this.content.line },
        head: await this.#headLines(this.#format),
      },
    };
  }

  /** Of a file in no known format: says so once, and looks again while its head may still grow. */
  #unknown(seen: string | undefined, bytes: number): FollowEvent | undefined {
    const first = this.#judgedBytes < 0;
    this.#judgedBytes = bytes;
    this.#format = undefined;
    if (bytes >= HEAD_BYTES) this.outcome = 'unknown';
    if (seen === undefined || !first) return undefined;
    const fault = unknownFormat(this.path, seen);
    return { kind: 'skipped', name: this.path, why: fault.message.replace(`${this.path} is `, ''), fault };
  }

  async #headLines(format: TelemetryFormat): Promise<readonly string[]> {
    const head = new HeadLines(format);
    for (let at = 0; at < this.content.offset && !head.complete;) {
      const bytes = await this.#bytesAt(at, Math.min(CHUNK, this.content.offset - at));
      if (bytes.length === 0) break;
      head.push(bytes);
      at += bytes.length;
    }
    return head.lines;
  }

  /** The next bytes; undefined when there are none now, or none any more. */
  async #read(): Promise<Uint8Array | undefined> {
    const bytes = await this.#bytesAt(this.#readTo, CHUNK);
    if (bytes.length === 0) {
      await this.#lookWhenStill();
      return undefined;
    }
    // Before the head is compared: then it is the time of the content that we know.
    const { size, mtimeMs } = await this.#handle.stat();
    if (!(await this.#sameHead())) {
      this.outcome = 'replaced';
      return undefined;
    }
    this.content.modified = Math.floor(mtimeMs);
    const unknown = this.#head.length - this.#readTo;
    if (this.#head.length < IDENTITY_BYTES && unknown >= 0 && unknown < bytes.length)
      this.#head = Buffer.concat([this.#head, bytes.subarray(unknown, IDENTITY_BYTES - this.#readTo)]);
    this.#readTo += bytes.length;
    this.#changed = performance.now();
    this.drained = bytes.length < CHUNK;
    this.#waiting = Math.max(0, size - this.#readTo);
    return bytes;
  }

  async #sameHead(): Promise<boolean> {
    if (this.#head.length === 0) return true;
    return this.#head.equals(await this.#bytesAt(0, this.#head.length));
  }

  #given(lines: readonly string[], from: Position): FollowEvent {
    const to: Position = { offset: this.#splitter.consumed, line: from.line + lines.length };
    this.content.advance(to, this.#head);
    return {
      kind: 'lines',
      id: this.id,
      lines,
      from,
      to,
      checkpoint: this.content.checkpoint(),
      waitingBytes: this.#waiting,
    };
  }

  /** At the end of what is there: was it truncated, rotated away, left alone? */
  async #lookWhenStill(): Promise<void> {
    this.drained = true;
    const status = await this.#handle.stat({ bigint: true });
    this.written = status.mtimeNs;
    if (status.size < BigInt(this.#readTo) || (this.#head.length > 0 && !(await this.#sameHead()))) {
      this.outcome = 'replaced';
      return;
    }
    if (status.size > BigInt(this.#readTo) && this.#format !== undefined) return;
    if (!this.#rotated) this.#rotated = await this.#leadsElsewhere();
    // One that was old when it was opened need not be held open for what will not come.
    const still = Math.max(this.#still(), Date.now() - Number(status.mtimeMs));
    if (this.#rotated && this.#still() >= this.#settings.quietMilliseconds) this.#finish();
    else if (still >= this.#settings.restMilliseconds) this.outcome = 'resting';
  }

  /** Bytes read so far, those of a line that is not complete included. */
  get readTo(): number {
    return this.#readTo;
  }

  /**
   * Closes it until it grows, so that another file can be opened. Gives up what its reader holds to it, as every end does.
   * Says whether there was nothing more to be read.
   */
  rest(): boolean {
    const busy = !this.drained || this.#format === undefined || this.#last.length > 0;
    if (busy || this.outcome !== undefined) return false;
    this.outcome = 'resting';
    return true;
  }

  /** When there last was something new, by the monotonic clock. */
  get changed(): number {
    return this.#changed;
  }

  /** For how long there was nothing new, in ms. */
  #still(): number {
    return performance.now() - this.#changed;
  }

  async #leadsElsewhere(): Promise<boolean> {
    try {
      const status = await stat(this.path, { bigint: true });
      return String(status.ino) !== this.content.inode || String(status.dev) !== this.content.device;
    } catch (error) {
      return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    }
  }

  /** Nobody can find this file any more: its last line is taken even without a break. */
  #finish(): void {
    const { line } = this.content;
    const from: Position = { offset: this.#splitter.consumed, line };
    const lines = this.#format === undefined || this.#format === 'pcap' ? [] : this.#splitter.end();
    if (this.#format === 'pcap') this.content.advance({ offset: this.#readTo, line: 0 }, this.#head);
    this.content.ended = true;
    if (lines.length > 0) this.#last.push(this.#given(lines, from));
    this.outcome = 'finished';
  }

  async #bytesAt(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let have = 0;
    while (have < length) {
      const { bytesRead } = await this.#handle.read(buffer, have, length - have, position + have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return buffer.subarray(0, have);
  }
}
