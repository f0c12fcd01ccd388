import { dirname } from 'node:path';
import { Fault } from '../../fault/fault.ts';
import { expand } from '../../files/expand.ts';
import { streamChunks } from '../../files/read-chunks.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { FollowEvent } from './follow-event.ts';
import type { Followed, FollowSettings } from './followed.ts';
import { FollowedStream, openFifo } from './followed-stream.ts';
import { KnownContents } from './known-contents.ts';
import { byAge, withoutUse } from './log-names.ts';
import { LogSearch } from './log-search.ts';
import { MissingGenerations } from './missing-generations.ts';
import { OpenFiles } from './open-files.ts';
import { nearby, sameLog } from './rotated-names.ts';
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

/** Shortest time between two looks at all names, in ms, however many come and go. */
const SHORTEST_LOOK = 100;

/**
 * Follows files, directories, patterns, FIFOs and `-`: gives what is in them, and then what is added, through every
 * common way of rotation. Order within a file is kept. Nothing is read ahead of the consumer but pipes' next chunks.
 *
 * - renamed or deleted: the old file is read to its end, also what comes late, then the new one
 * - copied and truncated: the rest is read from the copy where one is found, then the file from its start; what was
 *   written between copy and truncation is lost, as it is to everybody
 * - several times while nobody followed: every file that rotation has made since then is read, also of a file that was named itself;
 *   where rotation has deleted what was never seen, a problem says so
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
  readonly #open = new OpenFiles();
  readonly #search: LogSearch;
  readonly #missing: MissingGenerations;
  readonly #pipes = new Set<string>();
  readonly #said = new Set<string>();
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
    const { signal } = options;
    this.#wakeup = new Wakeup(this.#poll, signal);
    const known = new KnownContents(options.checkpoints ?? []);
    this.#search = new LogSearch({
      known,
      files: this.#open,
      settings: this.#settings,
      signal,
      watch: (directory) => this.#wakeup.watch(directory),
      pipe: (path) => this.#openPipe(path),
    });
    const concerned = [...known].filter(({ path }) => this.#concerns(path));
    for (const content of concerned) this.#search.resume(content);
    this.#missing = new MissingGenerations(concerned, known);
  }

  get #poll(): number {
    return this.#options.pollMilliseconds ?? 1_000;
  }

  /** What is skipped is said once. */
  async *events(): AsyncGenerator<FollowEvent> {
    for await (const event of this.#turns()) {
      if (event.kind === 'skipped') {
        const said = `${event.name}\n${event.why}`;
        if (this.#said.has(said)) continue;
        this.#said.add(said);
      }
      yield event;
    }
  }

  async *#turns(): AsyncGenerator<FollowEvent> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const since = performance.now() - this.#looked;
      if (since >= this.#poll || (since >= SHORTEST_LOOK && this.#wakeup.takeRenamed())) {
        yield* this.#look();
        this.#looked = performance.now();
      }
      if (yield* this.#round()) continue;
      if (signal.aborted) return;
      yield { kind: 'quiet', pipes: this.#open.active.filter((one) => one instanceof FollowedStream).length };
      if (this.#open.active.length === 0 && this.#targets.every((target) => this.#pipes.has(target))) return;
      await this.#wakeup.wait();
    }
  }

  async close(): Promise<void> {
    this.#wakeup.close();
    await this.#open.close();
  }

  /** One event of each that has one. Says whether anything happened. */
  async *#round(): AsyncGenerator<FollowEvent, boolean> {
    let busy = false;
    for (const followed of this.#open.active) {
      if (this.#options.signal.aborted) return false;
      const event = await followed.next();
      if (event !== undefined) {
        busy = true;
        yield event;
      } else if (followed.outcome !== undefined) {
        busy = true;
        yield* this.#retire(followed);
      }
    }
    return this.#open.takeTurn((followed) => followed instanceof WholeFile) || busy;
  }

  async *#retire(followed: Followed): AsyncGenerator<FollowEvent> {
    await this.#open.end(followed);
    const { content } = followed;
    if (content === undefined) {
      if (followed.opened) yield { kind: 'ended', id: followed.id, checkpoint: undefined };
      return;
    }
    // First its reader gives what it holds: nothing that we remember of its rest may pass over that.
    if (followed.opened || content.ended)
      yield { kind: 'ended', id: followed.id, checkpoint: content.checkpoint() };
    // Names may have moved while it was read: look now rather than at the next turn.
    this.#looked = Number.NEGATIVE_INFINITY;
    yield* this.#search.conclude(followed, content);
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
        if (found.kind === 'file') yield* this.#search.consider(found.path);
        else if (found.kind === 'skipped') yield { kind: 'skipped', name: found.path, why: found.why };
        else if (found.kind === 'fault') {
          const { path: name, fault } = found;
          if (fault.code === 'source/not-found')
            yield { kind: 'skipped', name, why: 'it is not there yet and is waited for', fault };
          else yield { kind: 'skipped', name, why: fault.message, fault };
        }
      }
      if (isFile) yield* this.#search.considerGenerations(target, true);
    }
    yield* this.#search.considerElsewhere();
    for (const problem of await this.#missing.problems()) yield { kind: 'problem', problem };
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
    const id = this.#open.newId();
    this.#open.begin(new FollowedStream(id, path, chunks, this.#settings, this.#wakeup.wake, stop));
  }

  async *#openPipe(path: string): AsyncGenerator<FollowEvent> {
    if (this.#pipes.has(path)) return;
    this.#pipes.add(path);
    try {
      const { chunks, stop } = await openFifo(path);
      this.#openStream(path, chunks, stop);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      yield { kind: 'skipped', name: path, why: error.message, fault: error };
    }
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
