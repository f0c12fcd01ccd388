import { Buffer } from 'node:buffer';
import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { Fault } from '../../fault/fault.ts';
import { BrokenStream, compressionOf, decompress, DEFAULT_EXPANSION } from '../../files/decompress.ts';
import { pathFault } from '../../files/expand.ts';
import { chained, streamChunks } from '../../files/read-chunks.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import type { Position } from './checkpoint.ts';
import { detectFormat, HEAD_BYTES, unknownFormat } from './detect-format.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings, Outcome } from './followed.ts';
import { LineSplitter } from './split-lines.ts';
import { asUtf8 } from './text-encoding.ts';

/** Chunks that are taken before they are asked for. */
const AHEAD = 4;

/**
 * A pipe: standard input or a FIFO. It cannot be read twice, so that there are no checkpoints: what a killed process
 * had taken and not stored is lost. Lines are given as they come, the last one at the end even without a break.
 */
export class FollowedStream implements Followed {
  readonly content = undefined;
  readonly path: string;
  readonly id: number;
  readonly #settings: FollowSettings;
  readonly #wake: () => void;
  readonly #stop: () => void;
  readonly #queue: Uint8Array[] = [];
  readonly #splitter = new LineSplitter();
  #room: (() => void) | undefined;
  #ended = false;
  #closed = false;
  #failure: unknown;
  #format: TelemetryFormat | undefined;
  #head: Buffer = Buffer.alloc(0);
  #last: FollowEvent[] = [];
  outcome: Outcome | undefined;

  /** `wake` is called when there is something new; `stop` closes what the chunks come from. */
  constructor(
    id: number,
    path: string,
    chunks: AsyncIterable<Uint8Array>,
    settings: FollowSettings,
    wake: () => void,
    stop: () => void,
  ) {
    this.id = id;
    this.path = path;
    this.#settings = settings;
    this.#wake = wake;
    this.#stop = stop;
    void this.#pump(chunks);
  }

  get opened(): boolean {
    return this.#format !== undefined;
  }

  get drained(): boolean {
    return this.#queue.length === 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#room?.();
    this.#stop();
  }

  async #pump(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of unpacked(chunks, this.path)) {
        this.#queue.push(Buffer.from(chunk));
        this.#wake();
        if (this.#queue.length >= AHEAD && !this.#closed) {
          await new Promise<void>((resolve) => {
            this.#room = resolve;
          });
        }
        if (this.#closed) break;
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#ended = true;
    this.#wake();
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#queue.shift();
    this.#room?.();
    return chunk;
  }

  async next(): Promise<FollowEvent | undefined> {
    if (this.#last.length > 0) return this.#last.shift();
    if (this.outcome !== undefined) return undefined;
    if (this.#format === undefined) return this.#open();
    if (this.#head.length > 0) {
      const head = this.#head;
      this.#head = Buffer.alloc(0);
      const event = this.#given(head);
      if (event !== undefined) return event;
    }
    for (let chunk = this.#take(); chunk !== undefined; chunk = this.#take()) {
      const event = this.#given(chunk);
      if (event !== undefined) return event;
    }
    if (this.#ended && this.#queue.length === 0) this.#finish();
    return this.#last.shift();
  }

  #open(): FollowEvent | undefined {
    for (let chunk = this.#take(); chunk !== undefined; chunk = this.#take()) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length >= HEAD_BYTES) break;
    }
    const whole = this.#ended && this.#queue.length === 0;
    const detected = detectFormat(this.#head.subarray(0, HEAD_BYTES), this.path, whole);
    if (this.#settings.format !== undefined) this.#format = this.#settings.format;
    else if (detected.kind === 'format') this.#format = detected.format;
    else {
      if (!whole && this.#head.length < HEAD_BYTES) return undefined;
      this.outcome = 'unknown';
      if (detected.kind === 'empty') return this.#failed();
      const fault = unknownFormat(this.path, detected.seen);
      return { kind: 'skipped', name: this.path, why: fault.message.replace(`${this.path} is `, ''), fault };
    }
    if (this.#format === 'nfcapd') {
      this.outcome = 'unknown';
      const fault = unknownFormat(this.path, 'data of nfcapd, which nfdump reads from files only');
      return { kind: 'skipped', name: this.path, why: fault.message.replace(`${this.path} is `, ''), fault };
    }
    const from: Position = { offset: 0, line: 0 };
    const file = { id: this.id, name: this.path, format: this.#format, readAs: this.#format };
    return { kind: 'opened', file: { ...file, timesInUtc: false, modified: undefined, from, head: [] } };
  }

  #given(bytes: Uint8Array): FollowEvent | undefined {
    if (this.#format === 'pcap') return { kind: 'bytes', id: this.id, bytes, waitingBytes: 0 };
    const from = this.#position();
    return this.#lines(this.#splitter.push(bytes), from);
  }

  #lines(lines: readonly string[], from: Position): FollowEvent | undefined {
    if (lines.length === 0) return undefined;
    return {
      kind: 'lines',
      id: this.id,
      lines,
      from,
      to: this.#position(),
      checkpoint: undefined,
      waitingBytes: 0,
    };
  }

  #position(): Position {
    return { offset: this.#splitter.consumed, line: this.#splitter.lines };
  }

  #finish(): void {
    this.outcome = 'finished';
    const from = this.#position();
    const last = this.#format === 'pcap' ? undefined : this.#lines(this.#splitter.end(), from);
    if (last !== undefined) this.#last.push(last);
    const failed = this.#failed();
    if (failed !== undefined) this.#last.push(failed);
  }

  #failed(): FollowEvent | undefined {
    const failure = this.#failure;
    if (failure === undefined || this.#closed) return undefined;
    if (failure instanceof Fault || failure instanceof BrokenStream) {
      const code = failure instanceof Fault ? failure.code : 'source/damaged';
      return { kind: 'problem', problem: { code, message: failure.message, where: { file: this.path } } };
    }
    throw failure as Error;
  }
}

/** Decompressed when it was compressed, and as UTF-8. */
async function* unpacked(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const magic: Uint8Array[] = [];
  for (let bytes = 0; bytes < 4;) {
    const next = await iterator.next();
    if (next.done === true) break;
    magic.push(next.value);
    bytes += next.value.length;
  }
  const compression = compressionOf(Buffer.concat(magic).subarray(0, 4));
  const rest = { [Symbol.asyncIterator]: () => iterator };
  yield* asUtf8(decompress(compression, chained(magic, rest), DEFAULT_EXPANSION, name));
}

/**
 * A FIFO's bytes, whoever writes to it. We hold it open for writing too: so it has no end when a writer goes, and what
 * the next one writes before we look is not lost. Throws the Fault of a failed open.
 */
export async function openFifo(
  path: string,
): Promise<{ chunks: AsyncIterable<Uint8Array>; stop: () => void }> {
  let fd: number;
  try {
    fd = await openDescriptor(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw pathFault(path, error);
  }
  // The socket owns the descriptor from here on.
  const socket = new Socket({ fd, readable: true, writable: false });
  return { chunks: streamChunks(socket, path), stop: () => void socket.destroy() };
}

const openDescriptor = promisify(open) as (path: string, flags: number) => Promise<number>;
