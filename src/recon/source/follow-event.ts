import type { Fault, Problem } from '../../fault/fault.ts';
import type { Instant } from '../../time/instant.ts';
import type { TelemetryFormat } from '../model/reader.ts';
import type { Checkpoint, Position } from './checkpoint.ts';

/** A file that is followed from here on, with what its reader has to know. */
export interface FollowedFile {
  /** Names it in the events that come: two of one name may be open at once, the one before a rotation and the one after. */
  readonly id: number;
  /** Its path, below what the user gave; `-` for standard input. */
  readonly name: string;
  /** By content. */
  readonly format: TelemetryFormat;
  /** Whose reader takes the lines: `nfdump-csv` for `nfcapd`, else the format itself. */
  readonly readAs: TelemetryFormat;
  /** Times without a zone are in UTC whatever the configuration says. */
  readonly timesInUtc: boolean;
  /** When it was last written; undefined for pipes. */
  readonly modified: Instant | undefined;
  /** Where reading begins: the start, or where a checkpoint stands. */
  readonly from: Position;
  /** The lines before that in which headers stand, to prime the reader with; empty at the start. */
  readonly head: readonly string[];
}

/** What happens while following, in order. Events of one file come between its `opened` and its `ended`. */
export type FollowEvent =
  /** A file that will be read. To be stored with or before what comes later: after a restart it is looked for wherever it is then. */
  | { readonly kind: 'found'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'opened'; readonly file: FollowedFile }
  | {
      readonly kind: 'lines';
      readonly id: number;
      readonly lines: readonly string[];
      /** Where the first of them begins. */
      readonly from: Position;
      /** Where the next one will begin. */
      readonly to: Position;
      /** To be stored once the lines are; undefined where reading can only begin again at the start (pipes, nfcapd). */
      readonly checkpoint: Checkpoint | undefined;
      /** Bytes of the file on disk that are still to be read, as far as is known; 0 for pipes. */
      readonly waitingBytes: number;
    }
  /** Instead of lines, of a capture. Its reader holds open connections, which no position in the file stands for, so that a restart reads it again from its first byte: records fall on themselves, and only time is lost. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array; readonly waitingBytes: number }
  /** Nothing more comes under this id: the reader gives what it holds. Without an `opened` before: only the checkpoint is news. */
  | { readonly kind: 'ended'; readonly id: number; readonly checkpoint: Checkpoint | undefined }
  /** Something was lost or set aside, and reading goes on. */
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** A file that is not read, said once; a fault says what is wrong with one that was named itself. */
  | { readonly kind: 'skipped'; readonly name: string; readonly why: string; readonly fault?: Fault }
  /** Everything that is there has been given, but for what comes out of so many pipes that are open. Comes after each look, every `pollMilliseconds` at least. */
  | { readonly kind: 'quiet'; readonly pipes: number };
