import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { exposed, MOMENT, outgoing } from '../../test/sinks/sample.ts';
import { Fault } from '../fault/fault.ts';
import { findingId } from '../findings/identity.ts';
import { asFinding, type Outgoing, type OutgoingFinding } from '../findings/outgoing.ts';
import type { Delivery, PendingEntry } from '../findings/queries/outbox.ts';
import type { Instant } from '../time/instant.ts';
import { nextTry } from './backoff.ts';
import { deliverDue, type DeliverySetting, type Outbox } from './deliver.ts';
import type { Sink } from './sink.ts';

/** A finding of its own for each number. */
const numbered = (number: number, revision = 1) =>
  outgoing(exposed({ id: findingId('exposure', 'drift.port-opened', {}, String(number)) }), { revision });
const MESSAGES = Array.from({ length: 7 }, (_, number) => numbered(number));

/** The outbox as the store keeps it, in memory. */
class MemoryOutbox implements Outbox {
  readonly rows: Delivery[] = [];
  readonly #messages: readonly OutgoingFinding[];
  constructor(messages: readonly OutgoingFinding[]) {
    this.#messages = messages;
  }
  due(sink: string, now: Instant, most: number): Promise<readonly PendingEntry[]> {
    const told = new Set<string>();
    const entries = this.#messages.flatMap((message) => {
      const newest = this.rows.findLast((row) => row.sink === sink && row.key === message.key);
      if (newest?.outcome === 'delivered' || newest?.outcome === 'dead') return [];
      if (told.has(message.finding.id)) return [];
      told.add(message.finding.id);
      return newest !== undefined && newest.next > now
        ? []
        : [{ outgoing: message, tries: newest?.tries ?? 0 }];
    });
    return Promise.resolve(entries.slice(0, most));
  }
  add(): Promise<void> {
    return Promise.reject(new Error('nothing here is taken in part'));
  }
  record(rows: readonly Delivery[]): Promise<void> {
    this.rows.push(...rows);
    return Promise.resolve();
  }
}

/** A receiver that does with each batch what it is told. */
function receiver(
  answer: (batch: readonly Outgoing[], signal: AbortSignal) => Promise<void> | undefined,
  atOnce = 3,
): Sink & { readonly got: string[] } {
  const got: string[] = [];
  return {
    name: 'siem',
    kind: 'test',
    atOnce,
    got,
    async send(batch, signal) {
      await answer(batch, signal);
      got.push(...batch.map(({ key }) => key));
    },
  };
}

const refused = () => Promise.reject(new Fault('sinks/refused', 'no such field', 'Look.'));
const away = () => Promise.reject(new Fault('sinks/unreachable', 'nobody there', 'Look.'));
const setting = (changes: Partial<DeliverySetting> = {}): DeliverySetting => ({
  clock: () => MOMENT,
  signal: new AbortController().signal,
  timeoutMillis: 60_000,
  mostTries: 3,
  ...changes,
});

describe('delivery', () => {
  test('told to end, it lets what is on its way arrive, and begins nothing more', async () => {
    const outbox = new MemoryOutbox(MESSAGES);
    const ending = new AbortController();
    const sink = receiver(async () => ending.abort());
    const done = await deliverDue(outbox, sink, setting({ ending: ending.signal }));
    const first = MESSAGES.slice(0, 3).map(({ key }) => key);
    expect(sink.got).toEqual(first);
    expect(outbox.rows.map(({ key, outcome }) => [key, outcome])).toEqual(
      first.map((key) => [key, 'delivered']),
    );
    expect(done).toMatchObject({ delivered: 3, failed: 0 });
  });

  test('told to end while a batch is refused, it tries no half of it', async () => {
    const outbox = new MemoryOutbox(MESSAGES);
    const ending = new AbortController();
    const sink = receiver(() => {
      ending.abort();
      return refused();
    });
    expect(await deliverDue(outbox, sink, setting({ ending: ending.signal }))).toMatchObject({ failed: 0 });
    expect(outbox.rows).toEqual([]);
  });

  test('sends everything once, in order, and records it', async () => {
    const outbox = new MemoryOutbox(MESSAGES);
    const sink = receiver(() => undefined);
    expect(await deliverDue(outbox, sink, setting())).toMatchObject({ delivered: 7, failed: 0, dead: 0 });
    expect(sink.got).toEqual(MESSAGES.map(({ key }) => key));
    expect(await deliverDue(outbox, sink, setting())).toMatchObject({ delivered: 0 });
  });

  test('versions of one finding go out one after the other, whatever their batch', async () => {
    const versions = [numbered(1, 1), numbered(1, 2), numbered(1, 3), numbered(2, 1)];
    const sink = receiver((batch) => {
      expect(new Set(batch.map((each) => asFinding(each).finding.id)).size).toBe(batch.length);
      return undefined;
    });
    await deliverDue(new MemoryOutbox(versions), sink, setting());
    const revisions = sink.got.filter((key) => key.startsWith(numbered(1).finding.id));
    expect(revisions).toEqual(versions.slice(0, 3).map(({ key }) => key));
  });

  test('a later version waits until the earlier one is delivered or given up', async () => {
    const [early, late] = [numbered(1, 1), numbered(1, 2)];
    const outbox = new MemoryOutbox([early, late]);
    const sink = receiver((batch) => (batch.some(({ key }) => key === early.key) ? refused() : undefined));
    let now = MOMENT;
    for (let round = 1; round <= 2; round += 1) {
      await deliverDue(outbox, sink, setting({ clock: () => now }));
      expect(sink.got).toEqual([]);
      now = (now + 86_400e6) as Instant;
    }
    expect(await deliverDue(outbox, sink, setting({ clock: () => now }))).toMatchObject({ dead: 1 });
    expect(sink.got).toEqual([late.key]);
  });

  test('one that is refused does not hold up its batch', async () => {
    const bad = MESSAGES[1]!.key;
    const outbox = new MemoryOutbox(MESSAGES);
    const sink = receiver((batch) => (batch.some(({ key }) => key === bad) ? refused() : undefined));
    expect(await deliverDue(outbox, sink, setting())).toEqual({
      sink: 'siem',
      delivered: 6,
      failed: 1,
      dead: 0,
      why: 'no such field',
    });
    expect(sink.got).toEqual(MESSAGES.map(({ key }) => key).filter((key) => key !== bad));
  });

  test('what a receiver rejects for good is given up at once, and holds up nothing', async () => {
    const bad = MESSAGES[1]!.key;
    const outbox = new MemoryOutbox(MESSAGES);
    const sink = receiver((batch) =>
      batch.some(({ key }) => key === bad)
        ? Promise.reject(new Fault('sinks/rejected', '550 no', 'Look.'))
        : undefined,
    );
    expect(await deliverDue(outbox, sink, setting())).toMatchObject({ delivered: 6, failed: 1, dead: 1 });
    expect(outbox.rows.filter(({ outcome }) => outcome === 'dead')).toMatchObject([{ key: bad, tries: 1 }]);
  });

  test('a receiver that is away ends the round, and only what was tried counts as tried', async () => {
    const outbox = new MemoryOutbox(MESSAGES);
    expect(await deliverDue(outbox, receiver(away), setting())).toMatchObject({ delivered: 0, failed: 3 });
    expect(outbox.rows).toHaveLength(3);
    // In backoff: nothing of them is due, the others are.
    const sink = receiver(() => undefined);
    expect(await deliverDue(outbox, sink, setting())).toMatchObject({ delivered: 4 });
  });

  test('gives up after so many tries, and tries again when asked', async () => {
    const outbox = new MemoryOutbox(MESSAGES.slice(0, 1));
    let now = MOMENT;
    const clock = () => now;
    for (let day = 0; day < 5; day += 1) {
      await deliverDue(outbox, receiver(away), setting({ clock }));
      now = (now + 86_400e6) as Instant;
    }
    expect(outbox.rows.map(({ outcome, tries }) => [outcome, tries])).toEqual([
      ['failed', 1],
      ['failed', 2],
      ['dead', 3],
    ]);
    await outbox.record([{ ...outbox.rows[2]!, outcome: 'requeued', tries: 0, next: now }]);
    const sink = receiver(() => undefined);
    await deliverDue(outbox, sink, setting({ clock }));
    expect(sink.got).toHaveLength(1);
  });

  test('a sink that hangs and ignores its signal is a failure after its time', async () => {
    const outbox = new MemoryOutbox(MESSAGES);
    const sink = receiver(() => new Promise(() => undefined));
    const round = await deliverDue(outbox, sink, setting({ timeoutMillis: 20 }));
    expect(round).toMatchObject({ delivered: 0, failed: 3, why: 'no answer within 0.02 s' });
  });

  test.each([
    { what: 'text', thrown: 'no' },
    { what: 'nothing', thrown: undefined },
    { what: 'an error of its own', thrown: new TypeError('x is not a function') },
  ])('a sink that throws $what is a failure, not a crash', async ({ thrown }) => {
    const sink = receiver(() => Promise.reject(thrown));
    const round = await deliverDue(new MemoryOutbox(MESSAGES), sink, setting());
    expect(round).toMatchObject({ delivered: 0, failed: 3 });
  });

  test('what a person stops is nobody’s failure', async () => {
    const stop = new AbortController();
    const outbox = new MemoryOutbox(MESSAGES);
    const sink = receiver(() => {
      stop.abort();
      return new Promise(() => undefined);
    });
    expect(await deliverDue(outbox, sink, setting({ signal: stop.signal }))).toMatchObject({ failed: 0 });
    expect(outbox.rows).toEqual([]);
  });
});

describe('backoff', () => {
  test('doubles from half a minute to six hours, half of it jitter', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 100 }), (key, tries) => {
        const delay = nextTry(MOMENT, tries, key) - MOMENT;
        const whole = Math.min(6 * 3600e6, 30e6 * 2 ** (tries - 1));
        expect(delay).toBeGreaterThanOrEqual(whole / 2);
        expect(delay).toBeLessThanOrEqual(whole);
        expect(nextTry(MOMENT, tries, key)).toBe(MOMENT + delay);
      }),
    );
  });

  test('spreads messages that failed together', () => {
    const moments = new Set(MESSAGES.map(({ key }) => nextTry(MOMENT, 5, key)));
    expect(moments.size).toBe(MESSAGES.length);
  });
});
