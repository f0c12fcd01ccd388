import { Fault } from '../fault/fault.ts';
import type { Outgoing } from '../findings/outgoing.ts';

/** A place that findings, and digests of them, are sent to. */
export interface Sink {
  readonly name: string;
  readonly kind: string;
  /** How many messages one `send` takes: 1 where each is a request of its own, or a batch that fails is sent twice in part. */
  readonly atOnce: number;
  /**
   * Sends the batch, in order. Resolves when the receiver has it; throws a Fault `sinks/refused` when the receiver has
   * looked at it and wants none of it (`sinks/rejected` when it never will: it is given up at once), and any other Fault `sinks/…` when it could not be reached.
   * A sink that takes one message at once may throw PartlyTaken.
   */
  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<void>;
}

/** What is left of a message for those recipients that were refused, and why: `sinks/rejected` when that is for good. */
export interface Remainder {
  readonly outgoing: Outgoing;
  readonly fault: Fault;
}

/** Thrown when a receiver has the message for some of its recipients, and was refused others. */
export class PartlyTaken extends Fault {
  readonly remainders: readonly Remainder[];

  constructor(message: string, remainders: readonly Remainder[]) {
    super('sinks/partly-taken', message, 'Correct the recipients of the sink; the others have the message.');
    this.remainders = remainders;
  }
}

/** What every format says of the sender. */
export interface Sender {
  /** Version of this program. */
  readonly version: string;
  /** Name of the machine, as syslog's HOSTNAME and ECS' observer.hostname give it. */
  readonly hostname: string;
}
