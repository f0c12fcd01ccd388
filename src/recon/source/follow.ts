import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Fault } from '../../fault/fault.ts';
import { expand, pathFault } from '../../files/expand.ts';
import { streamChunks } from '../../files/read-chunks.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import { Content, IDENTITY_BYTES, inodeName, type Checkpoint, type InodeName } from './checkpoint.ts';
import { fileHead, isWhole, type FileHead } from './file-head.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings } from './followed.ts';
import { FollowedStream, openFifo } from './followed-stream.ts';
import { GrowingFile } from './growing-file.ts';
import { KnownContents } from './known-contents.ts';
import { byAge, withoutUse } from './log-names.ts';
import { findRest, nothingLeft } from './rest-of-content.ts';
import { hasArchive, isRotationOf, nearby, rotatedNames, sameLog } from './rotated-names.ts';
import { generationMissing, gone, truncated } from './lost-telemetry.ts';
import { Wakeup } from './wakeup.ts';
import { WholeFile } from './whole-file.ts';

/** What `follow` may be told. */
export interface FollowOptions {
  /** Where earlier runs stopped; of one key the last counts. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Ends the following: the events end, nothing is thrown. */
  readonly signal: AbortSignal;
  /** Longest time between two looks; the system's notifications make it shorter. 1,000 when left out. */
  readonly pollMilliseconds?: number;
  /** Read for `-`; the process's own by default. */
  readonly stdin?: AsyncIterable<unknown>;
  /** The format of everything, where the content does not tell. */
  readonly format?: TelemetryFormat | undefined;
  /** How long a file that was rotated away or deleted must be still before its end is believed; 5,000 when left out. */
  readonly quietMilliseconds?: number;
  /** How long a file must be still before it is closed until it grows; 600,000 when left out. */
  readonly restMilliseconds?: number;
  /** How long a compressed file must be still before it is opened; 1,500 when left out. */
  readonly settleMilliseconds?: number;
}

/** Files that are open at once; of more, the rest waits its turn. */
const MAX_OPEN = 128;

/** Shortest time between two looks at all names, in ms, however many come and go. */
const SHORTEST_LOOK = 100;

/** How long a new file that holds half a line must be still before it is taken as it is, in ms: half a line tells nothing. */
const HALF_LINE = 5_000;

/**
 * Follows files, directories, patterns, FIFOs and `-`: gives what is in them, and then what is added, through every
 * common way of rotation. Order within a file is kept. Nothing is read ahead of the consumer but pipes' next chunks.
 *
 * - renamed or deleted: the old file is read to its end, also what comes late, then the new one
 * - copied and truncated: the rest is read from the copy where one is found, then the file from its start; what was
 *   written between copy and truncation is lost, as it is to everybody
 * - compressed after rotation: the rest is read from the compressed file
 * - dated names: what appears in a directory or matches a pattern is read
 * - a last line without a break is waited for; only of a file that nobody can write to any more it is given
 *
 * Ends when the signal says so, or when all there was were pipes and they have ended.
 */
export async function* follow(
  targets: readonly string[],
  options: FollowOptions,
): AsyncGenerator<FollowEvent> {
  const follower = new Follower(targets, options);
  try {
    yield* follower.events();
  } finally {
    await follower.close();
  }
}

class Follower {
  readonly #targets: readonly string[];
  readonly #options: FollowOptions;
  readonly #settings: FollowSettings;
  readonly #wakeup: Wakeup;
  readonly #known: KnownContents;
  /** Paths of those of which there is nothing on disk. */
  readonly #nothingLeft = new Set<string>();
  /** Logs that had been read to their end when the last run ended, by a path of each. */
  readonly #endedBefore = new Map<string, readonly Content[]>();
  /** Logs whose archive is to be searched for what rotation has put there. */
  readonly #archived = new Set<string>();
  /** Contents that are to be looked for under other names: of the checkpoints, or lost sight of by a rotation. */
  readonly #missing = new Set<Content>();
  #active: Followed[] = [];
  /** Compressed files are read one after the other. */
  readonly #backlog: (() => Followed)[] = [];
  /** Paths that need not be looked at again until their state is another. */
  readonly #settled = new Map<string, string>();
  readonly #pipes = new Set<string>();
  readonly #said = new Set<string>();
  #nextId = 1;
  readonly #started = Date.now();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(targets: readonly string[], options: FollowOptions) {
    this.#targets = targets;
    this.#options = options;
    this.#settings = {
      format: options.format,
      quietMilliseconds: options.quietMilliseconds ?? 5_000,
      restMilliseconds: options.restMilliseconds ?? 600_000,
      settleMilliseconds: options.settleMilliseconds ?? 1_500,
    };
    this.#wakeup = new Wakeup(this.#poll, options.signal);
    this.#known = new KnownContents(options.checkpoints ?? []);
    for (const content of this.#known) {
      const { path } = content;
      if (!this.#concerns(path)) continue;
      if (!content.ended) this.#missing.add(content);
      if (hasArchive(path)) this.#archived.add(path);
      const logs = [...this.#endedBefore.keys()];
      if (!logs.some((log) => sameLog(log, path) && nearby(log, path)))
        this.#endedBefore.set(path, this.#known.ofLog(path));
    }
    for (const [path, contents] of this.#endedBefore)
      if (contents.some(({ ended }) => !ended)) this.#endedBefore.delete(path);
  }

  get #poll(): number {
    return this.#options.pollMilliseconds ?? 1_000;
  }

  async *events(): AsyncGenerator<FollowEvent> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const since = performance.now() - this.#looked;
      if (since >= this.#poll || (since >= SHORTEST_LOOK && this.#wakeup.takeRenamed())) {
        yield* this.#look();
        this.#looked = performance.now();
      }
      if (yield* this.#round()) continue;
      if (signal.aborted) return;
      yield { kind: 'quiet', pipes: this.#active.filter((one) => one instanceof FollowedStream).length };
      if (this.#active.length === 0 && this.#targets.every((target) => this.#pipes.has(target))) return;
      await this.#wakeup.wait();
    }
  }

  async close(): Promise<void> {
    this.#wakeup.close();
    for (const followed of this.#active) await followed.close();
  }

  /** One event of each that has one. Says whether anything happened. */
  async *#round(): AsyncGenerator<FollowEvent, boolean> {
    let busy = false;
    // Retiring one makes a new list.
    for (const followed of this.#active) {
      if (this.#options.signal.aborted) return false;
      const event = await followed.next();
      if (event !== undefined) {
        busy = true;
        if (event.kind === 'skipped') yield* this.#say(event.name, event.why, event.fault);
        else yield event;
      } else if (followed.outcome !== undefined) {
        busy = true;
        yield* this.#retire(followed);
      }
    }
    const whole = this.#active.some((followed) => followed instanceof WholeFile);
    const next = whole ? undefined : this.#backlog.shift();
    if (next !== undefined) this.#active.push(next());
    return busy || next !== undefined;
  }

  async *#retire(followed: Followed): AsyncGenerator<FollowEvent> {
    this.#active = this.#active.filter((other) => other !== followed);
    await followed.close();
    const { content, path } = followed;
    if (content === undefined) {
      if (followed.opened) yield { kind: 'ended', id: followed.id, checkpoint: undefined };
      return;
    }
    // First its reader gives what it holds: nothing that we remember of its rest may pass over that.
    if (followed.opened || content.ended)
      yield { kind: 'ended', id: followed.id, checkpoint: content.checkpoint() };
    // Names may have moved while it was read: look now rather than at the next turn.
    this.#looked = Number.NEGATIVE_INFINITY;
    if (hasArchive(path)) this.#archived.add(path);
    switch (followed.outcome) {
      case 'replaced':
        this.#settled.delete(path);
        yield* this.#follow(content, truncated);
        break;
      case 'finished':
        break;
      case 'incomplete':
        this.#missing.add(content);
        break;
      default:
        await this.#settle(followed, content);
    }
  }

  async *#look(): AsyncGenerator<FollowEvent> {
    for (const target of this.#targets) {
      if (target === '-') {
        this.#openStdin();
        continue;
      }
      this.#wakeup.watch(target);
      this.#wakeup.watch(dirname(target));
      let isFile = false;
      for await (const found of expand([target], { leftOut: withoutUse, order: byAge })) {
        isFile ||= found.kind !== 'skipped' && found.kind !== 'stdin' && found.path === target;
        if (found.kind === 'file') yield* this.#consider(found.path);
        else if (found.kind === 'skipped') yield* this.#say(found.path, found.why);
        else if (found.kind === 'fault') {
          const awaited = found.fault.code === 'source/not-found';
          const why = awaited ? 'it is not there yet and is waited for' : found.fault.message;
          yield* this.#say(found.path, why, awaited ? undefined : found.fault);
        }
      }
      if (isFile) yield* this.#considerGenerations(target, true);
    }
    const archived = [...this.#archived];
    this.#archived.clear();
    for (const log of archived) yield* this.#considerGenerations(log, false);
    const missing = [...this.#missing];
    this.#missing.clear();
    for (const content of missing) if (!content.active) yield* this.#follow(content, gone);
    yield* this.#sayWhatIsMissing();
  }

  /**
   * What rotation has made of a log since it began to be followed, and what no name or directory that was given shows. Looked
   * at in every turn: however many came and went meanwhile, while names are shifted, what is not seen now is seen then.
   */
  async *#considerGenerations(log: string, beside: boolean): AsyncGenerator<FollowEvent> {
    const since = BigInt(this.#known.followedSince(log) ?? this.#started);
    for (const name of await rotatedNames(log, beside)) {
      if (!isRotationOf(name, log) || withoutUse(basename(name)) !== undefined) continue;
      const status = await stat(name, { bigint: true }).catch(() => undefined);
      if (status?.isFile() === true && status.mtimeMs >= since) yield* this.#consider(name, true);
    }
  }

  /** Of a log that was read to its end and of which nothing is left: what came after may have been deleted too. */
  async *#sayWhatIsMissing(): AsyncGenerator<FollowEvent> {
    for (const [path, before] of this.#endedBefore) {
      if (!this.#nothingLeft.has(path)) {
        if (await nothingLeft(path, before)) this.#nothingLeft.add(path);
        else this.#endedBefore.delete(path);
      }
      if (!this.#nothingLeft.has(path) || this.#known.ofLog(path).length === before.length) continue;
      this.#endedBefore.delete(path);
      yield { kind: 'problem', problem: generationMissing(path) };
    }
  }

  *#say(name: string, why: string, fault?: Fault): Generator<FollowEvent> {
    const key = `${name}\n${why}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    yield { kind: 'skipped', name, why, ...(fault === undefined ? {} : { fault }) };
  }

  #openStdin(): void {
    if (this.#pipes.has('-')) return;
    this.#pipes.add('-');
    const stdin = this.#options.stdin ?? process.stdin;
    const stop = (): void => {
      if (stdin === process.stdin) process.stdin.destroy();
    };
    this.#openStream('-', streamChunks(stdin, '-'), stop);
  }

  #openStream(path: string, chunks: AsyncIterable<Uint8Array>, stop: () => void): void {
    const id = this.#nextId++;
    this.#active.push(new FollowedStream(id, path, chunks, this.#settings, this.#wakeup.wake, stop));
  }

  /** Looks at a path, and opens what is there when it is new or has grown. `later`: nobody will look at it again. */
  async *#consider(path: string, later = false): AsyncGenerator<FollowEvent> {
    let status: BigIntStats;
    try {
      status = await stat(path, { bigint: true });
    } catch {
      return;
    }
    if (status.isFIFO()) {
      yield* this.#considerFifo(path);
      return;
    }
    if (!status.isFile()) {
      yield* this.#say(path, 'it is neither a file nor a pipe');
      return;
    }
    if (status.size === 0n || this.#settled.get(path) === stateOf(status)) return;
    const file = inodeName(status);
    const ofInode = this.#known.ofInode(file);
    if (ofInode.some((content) => content.active)) return;
    if (!later) {
      // What is there now came after something that is still being read under this name: first things first.
      if (this.#active.some((other) => other.path === path && !other.drained)) return;
      if (this.#active.length >= MAX_OPEN) return;
    }
    this.#wakeup.watch(dirname(path));
    const head = await fileHead(path);
    if (head === undefined) {
      yield* this.#sayUnreadable(path);
      return;
    }
    // A rotation came between the two calls: the next look sees what it made.
    if (head.head.length === 0 || head.status.ino !== status.ino) return;
    const known = ofInode.find((content) => content.begins(head.head) && !madeSince(content, status));
    if (known !== undefined) {
      this.#missing.delete(known);
      if (isWhole(head) ? known.ended : status.size === BigInt(known.offset))
        this.#settled.set(path, stateOf(status));
      else if (isWhole(head) || status.size > BigInt(known.offset))
        await this.#open(path, known, head, later);
      else yield* this.#replace(path, known, file, head, later);
      return;
    }
    const lost = ofInode.find((content) => !content.ended);
    if (lost !== undefined) yield* this.#replace(path, lost, file, head, later);
    else yield* this.#openNew(path, file, head, later);
  }

  /** The content that was there is gone, and another is in its place. */
  async *#replace(
    path: string,
    lost: Content,
    file: InodeName,
    head: FileHead,
    later: boolean,
  ): AsyncGenerator<FollowEvent> {
    this.#missing.delete(lost);
    yield* this.#follow(lost, truncated);
    // Looking for the rest may have come by here.
    if (!this.#known.ofInode(file).some((content) => content.active))
      yield* this.#openNew(path, file, head, later);
  }

  /** Follows a content to where rotation has put it, and says what is lost when it is nowhere. */
  async *#follow(content: Content, lost: typeof gone): AsyncGenerator<FollowEvent> {
    const rest = await findRest(content, this.#known);
    if (rest?.kind === 'file') {
      this.#known.move(content, rest.path, inodeName(rest.head.status));
      await this.#open(rest.path, content, rest.head, true);
      return;
    }
    content.ended = true;
    if (rest === undefined) {
      content.lost = true;
      yield { kind: 'problem', problem: lost(content) };
    }
    yield { kind: 'ended', id: this.#nextId++, checkpoint: content.checkpoint() };
  }

  async *#considerFifo(path: string): AsyncGenerator<FollowEvent> {
    if (this.#pipes.has(path)) return;
    this.#pipes.add(path);
    try {
      const { chunks, stop } = await openFifo(path);
      this.#openStream(path, chunks, stop);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      yield* this.#say(path, error.message, error);
    }
  }

  async *#sayUnreadable(path: string): AsyncGenerator<FollowEvent> {
    try {
      await (await open(path, 'r')).close();
    } catch (error) {
      const fault = pathFault(path, error);
      if (fault.code !== 'source/not-found') yield* this.#say(path, fault.message, fault);
    }
  }

  /** Opens a file with an inode that is new: perhaps with content that is known from another. */
  async *#openNew(
    path: string,
    file: InodeName,
    head: FileHead,
    rotated: boolean,
  ): AsyncGenerator<FollowEvent> {
    const { status } = head;
    for (const content of this.#known.ofLog(path)) {
      if (!content.begins(head.head)) continue;
      // What of it has not been read, of a compressed one as far as can be told without reading it.
      const more = isWhole(head) ? !content.ended || content.lost : status.size > BigInt(content.offset);
      if (more && !content.active) {
        this.#missing.delete(content);
        this.#known.move(content, path, file);
        await this.#open(path, content, head, rotated);
        return;
      }
      // A copy, or what compression made of it. Of shorter heads that is not certain, and reading twice harms nothing.
      if (content.headBytes < IDENTITY_BYTES) continue;
      // More than has been read yet of what is being read: looked at again when that is done.
      if (!more) this.#settled.set(path, stateOf(status));
      return;
    }
    if (!rotated && isHalfLine(head)) return;
    const content = Content.unread(path, file, Number(status.mtimeMs), head.head);
    this.#known.add(content);
    if (hasArchive(path)) this.#archived.add(path);
    yield { kind: 'found', checkpoint: content.checkpoint() };
    await this.#open(path, content, head, rotated);
  }

  async #open(path: string, content: Content, head: FileHead, rotated: boolean): Promise<void> {
    content.path = path;
    if (isWhole(head)) {
      const age = Date.now() - Number(head.status.mtimeMs);
      // A time in the future says nothing.
      if (age >= 0 && age < this.#settings.settleMilliseconds) {
        this.#missing.add(content);
        return;
      }
      content.active = true;
      const { signal } = this.#options;
      this.#backlog.push(
        () => new WholeFile(this.#nextId++, path, content, head.compression, this.#settings, signal),
      );
      return;
    }
    try {
      const handle = await open(path, 'r');
      if ((await handle.stat({ bigint: true })).ino === head.status.ino) {
        content.ended = false;
        this.#active.push(new GrowingFile(this.#nextId++, handle, content, rotated, this.#settings));
        return;
      }
      await handle.close();
    } catch {
      // As below.
    }
    // It was renamed or deleted since its head was read.
    this.#missing.add(content);
  }

  /** It is opened again when its state is another than now; but what was written since the last look is not passed over. */
  async #settle(followed: Followed, content: Content): Promise<void> {
    const status = await stat(followed.path, { bigint: true }).catch(() => undefined);
    if (status === undefined || String(status.ino) !== content.inode) return;
    if (followed instanceof GrowingFile && followed.opened && status.size !== BigInt(followed.readTo)) return;
    this.#settled.set(followed.path, stateOf(status));
  }

  /** Whether a path of an earlier run is among what is followed now. */
  #concerns(path: string): boolean {
    return this.#targets.some((target) => {
      const fixed = target.split('/').findIndex((segment) => /[*?[]/.test(segment));
      const base = fixed < 0 ? target : target.split('/').slice(0, fixed).join('/');
      if (sameLog(path, target) && nearby(path, target)) return true;
      return base === '' || path.startsWith(base.endsWith('/') ? base : `${base}/`);
    });
  }
}

/** An inode that was made after the content was last looked at cannot be it, even when both begin alike. */
function madeSince(content: Content, status: BigIntStats): boolean {
  return content.headBytes < IDENTITY_BYTES && status.birthtimeMs > BigInt(content.modified);
}

/** All that is there is the beginning of a line, and somebody may be writing the rest of it. */
function isHalfLine({ head, status, ...kind }: FileHead): boolean {
  if (isWhole({ head, status, ...kind }) || head.length >= IDENTITY_BYTES || head.includes(0x0a))
    return false;
  const age = Date.now() - Number(status.mtimeMs);
  return age >= 0 && age < HALF_LINE;
}

function stateOf(status: BigIntStats): string {
  return `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}`;
}
