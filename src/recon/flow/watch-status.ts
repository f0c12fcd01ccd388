import type { Instant } from '../../time/instant.ts';
import type { WatchedInput } from './watch-ports.ts';

/** How a watch is doing: for a status line, or as metrics. Counts are since it began. */
export interface WatchStatus {
  readonly at: Instant;
  readonly since: Instant;
  /** Files open now. */
  readonly files: number;
  readonly lines: number;
  /** Mean since the last status. */
  readonly linesPerSecond: number;
  readonly records: number;
  /** Lines and files that something was wrong with. */
  readonly problems: number;
  /** Bytes on disk that are known and not read. */
  readonly waitingBytes: number;
  /** Seconds from the newest record's own time to now: how far behind we or the sensor are. Undefined before the first; below 0 when the sensor's clock is ahead. */
  readonly lagSeconds: number | undefined;
  readonly flushed: Instant;
  /** Live rounds, and when and how long the last one was; undefined before the first. */
  readonly rounds: number;
  readonly lastRound: { readonly at: Instant; readonly milliseconds: number } | undefined;
  /** Times that an episode was found or had changed. */
  readonly episodes: number;
}

type Tally = WatchedInput['tally'];

/** Counts for the status. */
export class StatusCount {
  readonly #since: Instant;
  readonly #waiting = new Map<number, number>();
  #lines = 0;
  #closedRecords = 0;
  #closedProblems = 0;
  #episodes = 0;
  #rounds = 0;
  #lastRound: WatchStatus['lastRound'];
  #before: { readonly at: Instant; readonly lines: number };
  /** Problems of files, not of lines. */
  problems = 0;

  constructor(since: Instant) {
    this.#since = since;
    this.#before = { at: since, lines: 0 };
  }

  read(id: number, lines: number, waitingBytes: number): void {
    this.#lines += lines;
    this.#waiting.set(id, waitingBytes);
  }

  nothingWaits(): void {
    this.#waiting.clear();
  }

  closed(id: number, tally: Tally): void {
    this.#waiting.delete(id);
    this.#closedRecords += recordsOf(tally);
    this.#closedProblems += tally.problems;
  }

  round(at: Instant, milliseconds: number, episodes: number): void {
    this.#rounds += 1;
    this.#lastRound = { at, milliseconds };
    this.#episodes += episodes;
  }

  status(at: Instant, open: readonly Tally[], newest: Instant | undefined, flushed: Instant): WatchStatus {
    const seconds = (at - this.#before.at) / 1e6;
    const linesPerSecond = seconds > 0 ? (this.#lines - this.#before.lines) / seconds : 0;
    this.#before = { at, lines: this.#lines };
    return {
      at,
      since: this.#since,
      files: open.length,
      lines: this.#lines,
      linesPerSecond,
      records: open.reduce((sum, tally) => sum + recordsOf(tally), this.#closedRecords),
      problems: open.reduce((sum, tally) => sum + tally.problems, this.#closedProblems + this.problems),
      waitingBytes: [...this.#waiting.values()].reduce((sum, bytes) => sum + bytes, 0),
      lagSeconds: newest === undefined ? undefined : (at - newest) / 1e6,
      flushed,
      rounds: this.#rounds,
      lastRound: this.#lastRound,
      episodes: this.#episodes,
    };
  }
}

function recordsOf({ records }: Tally): number {
  return records.flow + records.app + records.alert + records.process;
}
