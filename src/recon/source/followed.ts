import type { TelemetryFormat } from '../model/reader.ts';
import type { Content } from './checkpoint.ts';
import type { FollowEvent } from './follow-event.ts';

/** How the reading of something ended. */
export type Outcome =
  /** Nothing more comes of it. */
  | 'finished'
  /** It has been still for long and was closed; what it grows by is read when it is opened again. */
  | 'resting'
  /** Its content was replaced under our hands: its path is to be read from the start. */
  | 'replaced'
  /** It was not all there, or not where it was; to be looked for again later. */
  | 'incomplete'
  /** It is in no known format. */
  | 'unknown';

/** Something that is being followed: a file that grows, a compressed one, a pipe. */
export interface Followed {
  /** In its events. */
  readonly id: number;
  readonly path: string;
  /** Undefined for pipes. */
  readonly content: Content | undefined;
  /** The next event, or undefined when there is none now. */
  next(): Promise<FollowEvent | undefined>;
  /** Its format was seen: its reader is at work. */
  readonly opened: boolean;
  /** Everything that is there has been given. */
  readonly drained: boolean;
  /** Set once no further event comes; `ended` is given by who follows. */
  readonly outcome: Outcome | undefined;
  close(): Promise<void>;
}

/** What all that are followed need to know. */
export interface FollowSettings {
  readonly format: TelemetryFormat | undefined;
  /** How long a file that was rotated away or deleted must be still before its end is believed, in ms. */
  readonly quietMilliseconds: number;
  /** How long a file must be still before it is closed until it grows again, in ms. */
  readonly restMilliseconds: number;
  /** How long a compressed file must be still before it is opened, in ms. */
  readonly settleMilliseconds: number;
}
