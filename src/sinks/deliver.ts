import { Fault } from '../fault/fault.ts';
import type { Outgoing } from '../findings/outgoing.ts';
import type { Delivery, PendingEntry } from '../findings/queries/outbox.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { nextTry } from './backoff.ts';
import { PartlyTaken, type Remainder, type Sink } from './sink.ts';

/** The outbox, as delivery needs it. */
export interface Outbox {
  /** What is due for a sink, oldest first, of each finding its oldest entry alone. */
  due(sink: string, now: Instant, most: number): Promise<readonly PendingEntry[]>;
  /** Puts in what is left of messages for recipients that were refused; it is kept when it resolves. */
  add(sink: string, remainders: readonly Outgoing[]): Promise<void>;
  /** Keeps what became of tries; they are kept when it resolves. */
  record(deliveries: readonly Delivery[]): Promise<void>;
}

/** How a sink is dealt with. */
export interface DeliverySetting {
  readonly clock: Clock;
  /** Gives up what is on its way: it is sent again, under its key. */
  readonly signal: AbortSignal;
  /** Lets what is on its way arrive, and sends nothing more. */
  readonly ending?: AbortSignal;
  /** Time for one `send`, in milliseconds. */
  readonly timeoutMillis: number;
  /** Tries after which a message is given up. */
  readonly mostTries: number;
}

/** What one round came to for a sink. */
export interface Delivered {
  readonly sink: string;
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
  /** Why the last failure was one; may quote the receiver: escape. */
  readonly why: string | undefined;
}

/** A message that a receiver has not, and how often it had failed before. */
type Failure = Remainder & Pick<PendingEntry, 'tries'>;

/** The most that is kept of what a receiver said. */
const LONGEST_WHY = 500;

/**
 * Sends what is due, until nothing is, the receiver cannot be reached, or a signal says stop. A message is first sent,
 * then recorded as delivered: a kill between the two sends it again, under the same key. A batch that is refused is
 * halved until what is refused stands alone; what a receiver rejects for good is given up at once. What only some of the
 * recipients took is delivered; what is left for the others becomes a message of its own, which is tried again or given
 * up. Faults of the outbox itself are thrown.
 */
export async function deliverDue(outbox: Outbox, sink: Sink, setting: DeliverySetting): Promise<Delivered> {
  const { clock, signal, ending, mostTries } = setting;
  const sum = { delivered: 0, failed: 0, dead: 0, why: undefined as string | undefined };
  // What failed in this round is due in the next one at the earliest, whatever the clock does meanwhile.
  const begun = clock();

  const isOver = (): boolean => signal.aborted || ending?.aborted === true;

  /** Keeps which messages the receiver has, and which it has not: those are tried again, or given up. */
  const note = async (taken: readonly PendingEntry[], failures: readonly Failure[]): Promise<void> => {
    const at = clock();
    const rows = [
      ...taken.map(({ outgoing: { key }, tries }): Delivery => ({
        sink: sink.name,
        key,
        at,
        outcome: 'delivered',
        tries,
        next: at,
        why: '',
      })),
      ...failures.map(({ outgoing: { key }, tries, fault }): Delivery => {
        const failed = tries + 1;
        const dead = fault.code === 'sinks/rejected' || failed >= mostTries;
        return {
          sink: sink.name,
          key,
          at,
          outcome: dead ? 'dead' : 'failed',
          tries: failed,
          next: dead ? at : nextTry(at, failed, key),
          why: fault.message.slice(0, LONGEST_WHY),
        };
      }),
    ];
    await outbox.record(rows);
    sum.delivered += taken.length;
    sum.failed += failures.length;
    sum.dead += rows.filter(({ outcome }) => outcome === 'dead').length;
    sum.why = failures.length === 0 ? sum.why : rows.at(-1)!.why;
  };

  const settle = async (batch: readonly PendingEntry[]): Promise<boolean> => {
    if (isOver()) return false;
    const fault = await sendWithin(sink, batch, setting);
    if (fault === undefined) {
      await note(batch, []);
      return true;
    }
    if (fault instanceof PartlyTaken) {
      const { remainders } = fault;
      const [{ tries }] = batch as readonly [PendingEntry];
      // First what is left, then that the rest is done: a kill between sends it all again, and comes to the same.
      await outbox.add(
        sink.name,
        remainders.map(({ outgoing }) => outgoing),
      );
      await note(
        batch,
        remainders.map((each) => ({ ...each, tries })),
      );
      return true;
    }
    // Stopped by a person: nobody's failure.
    if (signal.aborted) return false;
    const refused = fault.code === 'sinks/rejected' || fault.code === 'sinks/refused';
    if (refused && batch.length > 1) {
      const middle = batch.length >> 1;
      return (await settle(batch.slice(0, middle))) && settle(batch.slice(middle));
    }
    await note(
      [],
      batch.map((each) => ({ ...each, fault })),
    );
    return refused;
  };

  while (!isOver()) {
    const batch = await outbox.due(sink.name, begun, sink.atOnce);
    if (batch.length === 0 || !(await settle(batch))) break;
  }
  return { sink: sink.name, ...sum };
}

/** Why the batch was not sent; undefined when it was. A sink that hangs, ignores its signal or throws anything at all is a failure. */
async function sendWithin(
  sink: Sink,
  batch: readonly PendingEntry[],
  { signal, timeoutMillis }: DeliverySetting,
): Promise<Fault | undefined> {
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true });
  });
  const onAbort = () => stop.abort(new Error('interrupted'));
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () =>
      stop.abort(
        new Fault(
          'sinks/timeout',
          `no answer within ${timeoutMillis / 1000} s`,
          'Look at the receiver; it is tried again.',
        ),
      ),
    timeoutMillis,
  );
  try {
    await Promise.race([
      sink.send(
        batch.map(({ outgoing }) => outgoing),
        stop.signal,
      ),
      stopped,
    ]);
    return undefined;
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    if (reason instanceof Fault) return reason;
    return new Fault(
      'sinks/failed',
      reason instanceof Error ? reason.message : String(reason),
      'Look at the receiver; it is tried again.',
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
