import { Buffer } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { Fault } from '../../fault/fault.ts';
import { BrokenStream, decompress, DEFAULT_EXPANSION, type Compression } from '../../files/decompress.ts';
import { fileChunks } from '../../files/read-chunks.ts';
import { fromMillis } from '../../time/instant.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import { IDENTITY_BYTES, type Content, type Position } from './checkpoint.ts';
import { detectFormat, HEAD_BYTES, unknownFormat } from './detect-format.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings, Outcome } from './followed.ts';
import { HeadLines } from './head-lines.ts';
import { nfdumpLines } from './nfdump-process.ts';
import { LineSplitter } from './split-lines.ts';

/** Age at which a compressed file that breaks off is believed to be broken, not being written, in ms. */
const BELIEVED_BROKEN = 60_000;

/**
 * A file that does not grow: compressed, or of nfcapd. What a checkpoint says was read is decompressed once more and
 * passed over. It is read when it has been still for a moment; one that breaks off is tried again until it is old.
 */
export class WholeFile implements Followed {
  readonly content: Content;
  readonly path: string;
  readonly id: number;
  readonly #compression: Compression;
  readonly #settings: FollowSettings;
  readonly #signal: AbortSignal;
  readonly #events: AsyncGenerator<FollowEvent>;
  /** Bytes on disk that have not been read. */
  #waiting = 0;
  outcome: Outcome | undefined;

  constructor(
    id: number,
    path: string,
    content: Content,
    compression: Compression,
    settings: FollowSettings,
    signal: AbortSignal,
  ) {
    this.id = id;
    this.path = path;
    this.content = content;
    this.#compression = compression;
    this.#settings = settings;
    this.#signal = signal;
    this.#events = this.#read();
    content.active = true;
  }

  opened = false;

  get drained(): boolean {
    return this.outcome !== undefined;
  }

  async next(): Promise<FollowEvent | undefined> {
    if (this.outcome !== undefined) return undefined;
    const next = await this.#events.next();
    if (next.done !== true) return next.value;
    this.outcome ??= 'finished';
    return undefined;
  }

  async close(): Promise<void> {
    this.content.active = false;
    await this.#events.return(undefined);
  }

  async *#read(): AsyncGenerator<FollowEvent> {
    let handle: FileHandle;
    try {
      handle = await open(this.path, 'r');
    } catch {
      this.outcome = 'incomplete';
      return;
    }
    try {
      const status = await handle.stat({ bigint: true });
      // Rotation went on while it waited for its turn.
      if (String(status.ino) !== this.content.inode) {
        this.outcome = 'incomplete';
        return;
      }
      this.#waiting = Number(status.size);
      const raw = this.#counted(fileChunks(handle, this.path, true));
      yield* this.#content(decompress(this.#compression, raw, DEFAULT_EXPANSION, this.path), status);
    } catch (error) {
      if (error instanceof BrokenStream) {
        const { mtimeMs } = await handle.stat();
        if (Date.now() - mtimeMs < BELIEVED_BROKEN) this.outcome = 'incomplete';
        else {
          const message = `the compressed data breaks off (${error.message})`;
          const where = { file: this.path, offset: this.content.offset };
          yield { kind: 'problem', problem: { code: 'source/damaged', message, where } };
          this.content.ended = true;
        }
      } else if (error instanceof Fault) {
        this.content.ended = true;
        const { code, message, where } = error;
        yield { kind: 'problem', problem: { code, message, where } };
      } else throw error;
    } finally {
      await handle.close();
    }
  }

  async *#counted(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#waiting = Math.max(0, this.#waiting - chunk.length);
      yield chunk;
    }
  }

  async *#content(
    chunks: AsyncGenerator<Uint8Array>,
    status: { readonly mtimeMs: bigint; readonly size: bigint },
  ): AsyncGenerator<FollowEvent> {
    const begin: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < HEAD_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      begin.push(next.value);
      bytes += next.value.length;
    }
    const head = Buffer.concat(begin);
    const detected = detectFormat(head.subarray(0, HEAD_BYTES), this.path, bytes < HEAD_BYTES);
    let format: TelemetryFormat;
    if (this.#settings.format !== undefined) format = this.#settings.format;
    else if (detected.kind === 'format') ({ format } = detected);
    else {
      this.outcome = 'unknown';
      if (detected.kind === 'empty') return;
      const fault = unknownFormat(this.path, detected.seen);
      yield { kind: 'skipped', name: this.path, why: fault.message.replace(`${this.path} is `, ''), fault };
      return;
    }
    const whole = async function* (): AsyncGenerator<Uint8Array> {
      if (head.length > 0) yield head;
      yield* chunks;
    };
    const opened = (from: Position, before: readonly string[]): FollowEvent => {
      this.opened = true;
      return {
        kind: 'opened',
        file: {
          id: this.id,
          name: this.path,
          format,
          readAs: format === 'nfcapd' ? 'nfdump-csv' : format,
          timesInUtc: format === 'nfcapd',
          modified: fromMillis(Number(status.mtimeMs)),
          from,
          head: before,
        },
      };
    };
    const identity = head.subarray(0, IDENTITY_BYTES);
    if (format === 'nfcapd') {
      yield opened({ offset: 0, line: 0 }, []);
      yield* this.#nfdump();
      this.content.advance({ offset: Number(status.size), line: this.content.line }, identity);
    } else if (format === 'pcap') {
      yield opened({ offset: 0, line: 0 }, []);
      let offset = 0;
      for await (const chunk of whole()) {
        offset += chunk.length;
        yield { kind: 'bytes', id: this.id, bytes: chunk, waitingBytes: this.#waiting };
      }
      this.content.advance({ offset, line: 0 }, identity);
    } else yield* this.#lines(whole(), format, identity, opened);
    this.content.ended = true;
  }

  async *#lines(
    chunks: AsyncGenerator<Uint8Array>,
    format: TelemetryFormat,
    identity: Uint8Array,
    opened: (from: Position, before: readonly string[]) => FollowEvent,
  ): AsyncGenerator<FollowEvent> {
    const begin = this.content.offset;
    const before = new HeadLines(format);
    const splitter = new LineSplitter(begin);
    let at = 0;
    let said = false;
    for await (const chunk of chunks) {
      const passed = Math.min(chunk.length, Math.max(0, begin - at));
      at += chunk.length;
      if (passed > 0) before.push(chunk.subarray(0, passed));
      if (at < begin) continue;
      if (!said) yield opened({ offset: begin, line: this.content.line }, before.lines);
      said = true;
      yield* this.#given(splitter, splitter.push(chunk.subarray(passed)), identity);
    }
    if (!said) return;
    yield* this.#given(splitter, splitter.end(), identity);
  }

  *#given(splitter: LineSplitter, lines: readonly string[], identity: Uint8Array): Generator<FollowEvent> {
    if (lines.length === 0) return;
    const { offset, line } = this.content;
    const to: Position = { offset: splitter.consumed, line: line + lines.length };
    this.content.advance(to, identity);
    yield {
      kind: 'lines',
      id: this.id,
      lines,
      from: { offset, line },
      to,
      checkpoint: this.content.checkpoint(),
      waitingBytes: this.#waiting,
    };
  }

  /** nfdump reads such a file whole or not at all, so that there is no checkpoint before its end. */
  async *#nfdump(): AsyncGenerator<FollowEvent> {
    let line = 0;
    for await (const lines of nfdumpLines(this.path, { signal: this.#signal })) {
      const from: Position = { offset: 0, line };
      line += lines.length;
      yield {
        kind: 'lines',
        id: this.id,
        lines,
        from,
        to: { offset: 0, line },
        checkpoint: undefined,
        waitingBytes: 0,
      };
    }
    this.content.line = line;
  }
}
