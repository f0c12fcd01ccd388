import { Fault, type Problem } from '../../fault/fault.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import type { Checkpoint } from '../source/checkpoint.ts';
import { follow, type FollowOptions } from '../source/follow.ts';
import type { FollowedFile, FollowEvent } from '../source/follow-event.ts';
import { HeldPositions } from './held-positions.ts';
import type { SourceCount, SourceCounts, WatchedInput, WatchPorts, WatchRound } from './watch-ports.ts';
import { StatusCount, type WatchStatus } from './watch-status.ts';

export type { WatchedInput, WatchPorts, WatchRound } from './watch-ports.ts';
export type { WatchStatus } from './watch-status.ts';

/** How a watch works; `follow`'s options besides. */
export interface WatchOptions extends FollowOptions {
  /** Longest time that a line waits for its flush, in ms, while there is time to flush; 1,000 when left out. */
  readonly flushMilliseconds?: number;
  /** Lines after which a flush is made without waiting for the time; 200,000 when left out. */
  readonly flushLines?: number;
  /** How long records may come after newer ones, in seconds (recon.latenessSeconds). */
  readonly latenessSeconds: number;
  /** Ends when everything that is there has been read, pipes to their end. What a reader still holds is read again by the next watch. */
  readonly once?: boolean;
}

/** What comes of a watch. */
export type WatchEvent =
  | { readonly kind: 'episodes'; readonly episodes: readonly Episode[] }
  /** Something was lost or set aside. */
  | { readonly kind: 'problem'; readonly problem: Problem }
  | Extract<FollowEvent, { kind: 'skipped' }>
  /** After each flush, and once at least in each look around. */
  | { readonly kind: 'status'; readonly status: WatchStatus };

/**
 * Watches telemetry as it is written: follows, reads, stores, remembers how far, judges, and gives what was found.
 *
 * The order within is what makes it safe to kill at any moment: first the records lie in the store, then the checkpoint
 * that passes over them. A restart reads a little twice, and the store knows records by their content. A checkpoint
 * never passes over a line whose record its reader still holds.
 *
 * When the signal comes, what was read is flushed and remembered, everything is judged once more, and the events end. Throws
 * what the ports throw.
 */
export async function* watch(
  targets: readonly string[],
  ports: WatchPorts,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const watching = new Watching(ports, options);
  for await (const event of follow(targets, { pollMilliseconds: 500, ...options })) {
    yield* watching.take(event);
    if (options.once === true && event.kind === 'quiet' && event.pipes === 0) break;
  }
  yield* watching.end();
}

/** A file that is open, and the positions in it that a checkpoint may name. */
interface Open {
  readonly file: FollowedFile;
  readonly input: WatchedInput;
  readonly positions: HeldPositions;
  /** Lines or bytes came since the last flush. */
  fresh: boolean;
}

class Watching {
  readonly #ports: WatchPorts;
  readonly #options: WatchOptions;
  readonly #open = new Map<number, Open>();
  /** Files that nobody takes. */
  readonly #refused = new Set<number>();
  readonly #count: StatusCount;
  #checkpoints: Checkpoint[] = [];
  /** Files that are watched and not remembered yet. */
  #found: Checkpoint[] = [];
  #sources = new Map<IpAddress, SourceCount>();
  #newest: Instant | undefined;
  #linesSinceFlush = 0;
  #flushed: Instant;
  /** A round is not begun before as much time has passed as the last one took: storing comes first. */
  #nextRound = Number.NEGATIVE_INFINITY;
  /** When the next status is due. */
  #nextStatus = Number.NEGATIVE_INFINITY;

  constructor(ports: WatchPorts, options: WatchOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#flushed = ports.clock();
    this.#count = new StatusCount(this.#flushed);
  }

  async *take(event: FollowEvent): AsyncGenerator<WatchEvent> {
    switch (event.kind) {
      case 'found':
        this.#found.push(event.checkpoint);
        break;
      case 'opened':
        yield* this.#begin(event.file);
        break;
      case 'lines':
        await this.#lines(event);
        break;
      case 'bytes':
        await this.#bytes(event);
        break;
      case 'ended':
        await this.#ended(event.id, event.checkpoint);
        break;
      case 'problem':
        this.#count.problems += 1;
        yield event;
        break;
      case 'skipped':
        yield event;
        break;
      case 'quiet':
        this.#count.nothingWaits();
        break;
      default:
        event satisfies never;
    }
    yield* this.#flushWhenDue(event.kind === 'quiet');
  }

  /** The signal came, or the pipes have ended. */
  async *end(): AsyncGenerator<WatchEvent> {
    await this.#flush();
    yield* this.#round('last');
    yield { kind: 'status', status: this.#status() };
  }

  *#begin(file: FollowedFile): Generator<WatchEvent> {
    const input = this.#opened(file);
    if (!(input instanceof Fault) && (file.format !== 'pcap' || input.addBytes !== undefined)) {
      this.#open.set(file.id, { file, input, positions: new HeldPositions(file.from), fresh: false });
      return;
    }
    this.#refused.add(file.id);
    if (input instanceof Fault) yield { kind: 'skipped', name: file.name, why: input.message, fault: input };
    else yield { kind: 'skipped', name: file.name, why: 'captures are not followed' };
  }

  /** The way into the store, or why there is none for this file: the others go on. */
  #opened(file: FollowedFile): WatchedInput | Fault {
    try {
      return this.#ports.open(file);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  }

  async #lines(event: Extract<FollowEvent, { kind: 'lines' }>): Promise<void> {
    const open = this.#open.get(event.id);
    if (open === undefined) return;
    await this.#rememberFound();
    await open.input.add(event.lines);
    open.fresh = true;
    if (event.checkpoint !== undefined) open.positions.passed(event.checkpoint);
    this.#linesSinceFlush += event.lines.length;
    this.#count.read(event.id, event.lines.length, event.waitingBytes);
  }

  /** Before anything of a file is stored: killed right after, it may be rotated away twice until the next start. */
  async #rememberFound(): Promise<void> {
    const found = this.#found;
    this.#found = [];
    if (found.length > 0) await this.#ports.saveCheckpoints(found);
  }

  async #bytes(event: Extract<FollowEvent, { kind: 'bytes' }>): Promise<void> {
    const open = this.#open.get(event.id);
    if (open === undefined) return;
    await this.#rememberFound();
    await open.input.addBytes?.(event.bytes);
    open.fresh = true;
    this.#count.read(event.id, 0, event.waitingBytes);
  }

  async #ended(id: number, checkpoint: Checkpoint | undefined): Promise<void> {
    const open = this.#open.get(id);
    if (open !== undefined) {
      this.#takeCounts(await open.input.end());
      this.#takeTally(open);
      this.#open.delete(id);
      this.#count.closed(id, open.input.tally);
    }
    if (checkpoint !== undefined && !this.#refused.delete(id)) this.#checkpoints.push(checkpoint);
  }

  async *#flushWhenDue(quiet: boolean): AsyncGenerator<WatchEvent> {
    const { flushMilliseconds = 1_000, flushLines = 200_000 } = this.#options;
    const waited = (this.#ports.clock() - this.#flushed) / 1e3;
    const due =
      this.#linesSinceFlush >= flushLines ||
      waited >= flushMilliseconds ||
      // Nothing else to do: the sooner it is seen the better, but each flush costs the engine some files.
      (quiet && waited >= flushMilliseconds / 4);
    if (!due) return;
    await this.#flush();
    const toJudge = this.#sources.size > 0 || this.#ports.pending?.() === true;
    if (toJudge && this.#flushed >= this.#nextRound) yield* this.#round('live');
    if (this.#flushed < this.#nextStatus) return;
    this.#nextStatus = this.#flushed + flushMilliseconds * 1e3;
    yield { kind: 'status', status: this.#status() };
  }

  /** First the records, then the checkpoints. */
  async #flush(): Promise<void> {
    await this.#rememberFound();
    for (const open of this.#open.values()) {
      if (!open.fresh) continue;
      this.#takeCounts(await open.input.flush());
      this.#takeTally(open);
      open.fresh = false;
      const safe = open.positions.safe(open.input.heldFrom);
      if (safe !== undefined) this.#checkpoints.push(safe);
    }
    const checkpoints = new Map(this.#checkpoints.map((checkpoint) => [checkpoint.key, checkpoint]));
    if (checkpoints.size > 0) await this.#ports.saveCheckpoints([...checkpoints.values()]);
    this.#checkpoints = [];
    this.#linesSinceFlush = 0;
    this.#flushed = this.#ports.clock();
  }

  async *#round(kind: WatchRound['kind']): AsyncGenerator<WatchEvent> {
    const began = this.#ports.clock();
    const sources = this.#sources;
    this.#sources = new Map();
    const newest = this.#newest;
    const lateness = this.#options.latenessSeconds * 1e6;
    const completeBefore = newest === undefined ? undefined : ((newest - lateness) as Instant);
    const episodes = await this.#ports.judge({ kind, sources, newest, completeBefore });
    const ended = this.#ports.clock();
    this.#nextRound = ended + (ended - began);
    this.#count.round(ended, (ended - began) / 1e3, episodes.length);
    if (episodes.length > 0) yield { kind: 'episodes', episodes };
  }

  #takeCounts(counts: SourceCounts): void {
    for (const [source, count] of counts) {
      const before = this.#sources.get(source) ?? { records: 0, failed: 0, alerts: 0 };
      this.#sources.set(source, {
        records: before.records + count.records,
        failed: before.failed + count.failed,
        alerts: before.alerts + count.alerts,
      });
    }
  }

  #takeTally({ input }: Open): void {
    const { last } = input.tally;
    if (last !== undefined && (this.#newest === undefined || last > this.#newest)) this.#newest = last;
  }

  #status(): WatchStatus {
    const open = [...this.#open.values()].map(({ input }) => input.tally);
    return this.#count.status(this.#ports.clock(), open, this.#newest, this.#flushed);
  }
}
