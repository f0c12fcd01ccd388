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
   */
  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<void>;
}

/** What every format says of the sender. */
export interface Sender {
  /** Version of this program. */
  readonly version: string;
  /** Name of the machine, as syslog's HOSTNAME and ECS' observer.hostname give it. */
  readonly hostname: string;
}
