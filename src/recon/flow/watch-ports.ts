import type { IpAddress } from '../../net/ip-address.ts';
import type { Clock, Instant } from '../../time/instant.ts';
import type { Episode } from '../model/episode.ts';
import type { Checkpoint } from '../source/checkpoint.ts';
import type { FollowedFile } from '../source/follow-event.ts';

/** What came of one source since it was last counted. */
export interface SourceCount {
  readonly records: number;
  /** Flows that were refused, silent, unreachable or half-open. */
  readonly failed: number;
  readonly alerts: number;
}

/** Counts by source address. */
export type SourceCounts = ReadonlyMap<IpAddress, SourceCount>;

/** One followed file on its way into the store; TelemetryIngest is one. */
export interface WatchedInput {
  /** The lowest line whose record is still held by the reader. */
  readonly heldFrom: number | undefined;
  /** What has become of the input so far. */
  readonly tally: {
    readonly records: {
      readonly flow: number;
      readonly app: number;
      readonly alert: number;
      readonly process: number;
    };
    readonly problems: number;
    /** Time of the latest record. */
    readonly last: Instant | undefined;
  };
  /** Takes lines, in their order; waits while there is no room. */
  add(lines: readonly string[]): Promise<void>;
  /** Takes bytes of a capture. Without it captures are not followed. */
  addBytes?(bytes: Uint8Array): Promise<void>;
  /** When it resolves, everything that was given lies in the store, but for what the reader holds. */
  flush(): Promise<SourceCounts>;
  /** Nothing more comes: takes what the reader holds, and flushes. */
  end(): Promise<SourceCounts>;
}

/** What is to be judged in a round. */
export interface WatchRound {
  /** `live`: the sources that something came of. `last`: everything once more, at the end. */
  readonly kind: 'live' | 'last';
  /** Of a live round: what came of each source since the last one. Of the last: of those no live round has seen. */
  readonly sources: SourceCounts;
  /** Time of the newest record that has come in since the watch began; undefined when none has. */
  readonly newest: Instant | undefined;
  /** Records before this moment are not waited for any more: `newest` less the lateness. */
  readonly completeBefore: Instant | undefined;
}

/** What a watch needs from outside. */
export interface WatchPorts {
  readonly clock: Clock;
  /** Opens the way into the store for a file, or throws a Fault when there is none; its reader has taken `file.head` by `prime`, and its first line is `file.from.line + 1`. */
  readonly open: (file: FollowedFile) => WatchedInput;
  /** Keeps these for the next start, each in place of the one with its key. Called when what they speak of lies in the store. */
  readonly saveCheckpoints: (checkpoints: readonly Checkpoint[]) => Promise<void>;
  /** Judges, and stores what it found; gives the episodes that are new or have changed. */
  readonly judge: (round: WatchRound) => Promise<readonly Episode[]>;
  /** Whether a live round has something to do though nothing has come in. Left out: never. */
  readonly pending?: () => boolean;
}
