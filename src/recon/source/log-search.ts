import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pathFault } from '../../files/expand.ts';
import { Content, IDENTITY_BYTES, inodeName, type InodeName } from './checkpoint.ts';
import { fileHead, isWhole, type FileHead } from './file-head.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings } from './followed.ts';
import { GrowingFile } from './growing-file.ts';
import type { KnownContents } from './known-contents.ts';
import { withoutUse } from './log-names.ts';
import { gone, truncated } from './lost-telemetry.ts';
import type { OpenFiles } from './open-files.ts';
import { findRest } from './rest-of-content.ts';
import { hasArchive, isRotationOf, rotatedNames } from './rotated-names.ts';
import { WholeFile } from './whole-file.ts';

/** How long a new file that holds half a line must be still before it is taken as it is, in ms: half a line tells nothing. */
const HALF_LINE = 5_000;

/** What a search works with. */
export interface SearchContext {
  readonly known: KnownContents;
  readonly files: OpenFiles;
  readonly settings: FollowSettings;
  readonly signal: AbortSignal;
  /** Wakes the follower when something changes in a directory. */
  readonly watch: (directory: string) => void;
  /** What is to be done with a FIFO. */
  readonly pipe: (path: string) => AsyncGenerator<FollowEvent>;
}

/**
 * Looks at files: which content is it, is there more of it than was read, and what has rotation made of what was there?
 *
 * A file is read from its start, unless it begins as a content that is known: then from where that was read to, or not at
 * all. What is in doubt is read twice, since records are known by what they say. Nothing is concluded from what one look
 * does not find, but that a content is nowhere: rotation may have hidden a file from it, and the next look sees that.
 */
export class LogSearch {
  readonly #known: KnownContents;
  readonly #files: OpenFiles;
  readonly #settings: FollowSettings;
  readonly #signal: AbortSignal;
  readonly #watch: SearchContext['watch'];
  readonly #pipe: SearchContext['pipe'];
  /** Contents that are to be looked for under other names: of the checkpoints, or lost sight of by a rotation. */
  readonly #missing = new Set<Content>();
  /** Logs whose archive is to be searched for what rotation has put there. */
  readonly #archived = new Set<string>();
  /** Paths that need not be looked at again until their state is another. */
  readonly #settled = new Map<string, string>();
  readonly #started = Date.now();

  constructor({ known, files, settings, signal, watch, pipe }: SearchContext) {
    this.#known = known;
    this.#files = files;
    this.#pipe = pipe;
    this.#settings = settings;
    this.#signal = signal;
    this.#watch = watch;
  }

  /** A content of an earlier run whose log is followed again. */
  resume(content: Content): void {
    if (!content.ended) this.#missing.add(content);
    if (hasArchive(content.path)) this.#archived.add(content.path);
  }

  /**
   * What rotation has made of a log since it began to be followed, and what no name or directory that was given shows. Looked
   * at in every turn: however many came and went meanwhile, while names are shifted, what is not seen now is seen then.
   */
  async *considerGenerations(log: string, beside: boolean): AsyncGenerator<FollowEvent> {
    const since = BigInt(this.#known.followedSince(log) ?? this.#started);
    for (const name of await rotatedNames(log, beside)) {
      if (!isRotationOf(name, log) || withoutUse(basename(name)) !== undefined) continue;
      const status = await stat(name, { bigint: true }).catch(() => undefined);
      if (status?.isFile() === true && status.mtimeMs >= since) yield* this.consider(name, true);
    }
  }

  /** What has gone into archives, and where the contents are that were lost sight of. After all names were looked at. */
  async *considerElsewhere(): AsyncGenerator<FollowEvent> {
    const archived = [...this.#archived];
    this.#archived.clear();
    for (const log of archived) yield* this.considerGenerations(log, false);
    const missing = [...this.#missing];
    this.#missing.clear();
    for (const content of missing) if (!content.active) yield* this.#follow(content, gone);
  }

  /** After the reading of a file has ended. */
  async *conclude(followed: Followed, content: Content): AsyncGenerator<FollowEvent> {
    const { path, outcome } = followed;
    if (hasArchive(path)) this.#archived.add(path);
    if (outcome === 'replaced') {
      this.#settled.delete(path);
      yield* this.#follow(content, truncated);
    } else if (outcome === 'incomplete') this.#missing.add(content);
    else if (outcome !== 'finished') await this.#settle(followed, content);
  }

  /** Looks at a path, and opens what is there when it is new or has grown. `later`: nobody will look at it again. */
  async *consider(path: string, later = false): AsyncGenerator<FollowEvent> {
    let status: BigIntStats;
    try {
      status = await stat(path, { bigint: true });
    } catch {
      return;
    }
    if (status.isFIFO()) {
      yield* this.#pipe(path);
      return;
    }
    if (!status.isFile()) {
      yield { kind: 'skipped', name: path, why: 'it is neither a file nor a pipe' };
      return;
    }
    if (status.size === 0n || this.#settled.get(path) === stateOf(status)) return;
    const file = inodeName(status);
    const ofInode = this.#known.ofInode(file);
    if (ofInode.some((content) => content.active)) return;
    if (!later) {
      // What is there now came after something that is still being read under this name: first things first.
      if (this.#files.active.some((other) => other.path === path && !other.drained)) return;
      if (this.#files.full) {
        this.#makeRoom();
        return;
      }
    }
    this.#watch(dirname(path));
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
        await this.#begin(path, known, head, later);
      else yield* this.#replace(path, known, file, head, later);
      return;
    }
    const lost = ofInode.find((content) => !content.ended);
    if (lost !== undefined) yield* this.#replace(path, lost, file, head, later);
    else yield* this.#openNew(path, file, head, later);
  }

  /** What has been still for longest rests, and the next look opens what waits: rotated files must not keep out the one that is written. */
  #makeRoom(): void {
    const growing = this.#files.active.filter((followed) => followed instanceof GrowingFile);
    for (const file of growing.toSorted((a, b) => a.changed - b.changed)) if (file.rest()) return;
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
      await this.#begin(rest.path, content, rest.head, true);
      return;
    }
    content.ended = true;
    if (rest === undefined) {
      content.lost = true;
      yield { kind: 'problem', problem: lost(content) };
    }
    yield { kind: 'ended', id: this.#files.newId(), checkpoint: content.checkpoint() };
  }

  async *#sayUnreadable(path: string): AsyncGenerator<FollowEvent> {
    try {
      await (await open(path, 'r')).close();
    } catch (error) {
      const fault = pathFault(path, error);
      if (fault.code !== 'source/not-found') yield { kind: 'skipped', name: path, why: fault.message, fault };
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
    for (const content of this.#known.called(path)) {
      if (!content.begins(head.head)) continue;
      // What of it has not been read, of a compressed one as far as can be told without reading it.
      const more = isWhole(head) ? !content.ended || content.lost : status.size > BigInt(content.offset);
      if (more && !content.active) {
        this.#missing.delete(content);
        this.#known.move(content, path, file);
        await this.#begin(path, content, head, rotated);
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
    await this.#begin(path, content, head, rotated);
  }

  async #begin(path: string, content: Content, head: FileHead, rotated: boolean): Promise<void> {
    content.path = path;
    if (isWhole(head)) {
      const age = Date.now() - Number(head.status.mtimeMs);
      // A time in the future says nothing.
      if (age >= 0 && age < this.#settings.settleMilliseconds) {
        this.#missing.add(content);
        return;
      }
      content.active = true;
      this.#files.beginInTurn(
        () =>
          new WholeFile(this.#files.newId(), path, content, head.compression, this.#settings, this.#signal),
      );
      return;
    }
    try {
      const handle = await open(path, 'r');
      if ((await handle.stat({ bigint: true })).ino === head.status.ino) {
        content.ended = false;
        this.#files.begin(new GrowingFile(this.#files.newId(), handle, content, rotated, this.#settings));
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
}

/** An inode that was made after the content was last looked at cannot be it, even when both begin alike. */
function madeSince(content: Content, status: BigIntStats): boolean {
  return content.headBytes < IDENTITY_BYTES && status.birthtimeMs > BigInt(content.modified);
}

/** All that is there is the beginning of a line, and somebody may be writing the rest of it. */
function isHalfLine(file: FileHead): boolean {
  if (isWhole(file) || file.head.length >= IDENTITY_BYTES || file.head.includes(0x0a)) return false;
  const age = Date.now() - Number(file.status.mtimeMs);
  return age >= 0 && age < HALF_LINE;
}

function stateOf(status: BigIntStats): string {
  return `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}`;
}
