import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { fromMillis } from '../time/instant.ts';
import { MOST_FAILURES, pauseAfter, Supervisor, type Part, type PartRoom } from './supervisor.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const clock = () => fromMillis(Date.now());
const untilStopped = ({ signal }: PartRoom): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
/** What is waited for has happened, as far as no time has to pass for it. */
const settle = () => vi.advanceTimersByTimeAsync(0);

/** A part that tells what becomes of it. */
function part(name: string, after: readonly string[], events: string[], more: Partial<Part> = {}): Part {
  return {
    name,
    after,
    run: async (room) => {
      events.push(`${name} begins`);
      room.running();
      await untilStopped(room);
      events.push(`${name} ends`);
    },
    ...more,
  };
}

/** `a` is `state` for every part, by name. */
const statesOf = (supervisor: Supervisor): Readonly<Record<string, string>> =>
  Object.fromEntries(supervisor.status.map(({ name, state }) => [name, state]));

describe('starting and stopping', () => {
  test('goes in the order of what parts need, and back', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('store', [], events));
    supervisor.start(part('work', ['store'], events));
    supervisor.start(part('face', ['work', 'store'], events));
    await settle();
    expect(await supervisor.stop(1_000)).toEqual([]);
    expect(events).toEqual([
      'store begins',
      'work begins',
      'face begins',
      'face ends',
      'work ends',
      'store ends',
    ]);
    expect(new Set(Object.values(statesOf(supervisor)))).toEqual(new Set(['stopped']));
  });

  test('a part waits until what it needs is up', async () => {
    const events: string[] = [];
    let up: () => void = () => undefined;
    const supervisor = new Supervisor({ clock });
    supervisor.start({
      name: 'slow',
      after: [],
      run: async (room) => {
        await new Promise<void>((resolve) => {
          up = resolve;
        });
        room.running();
        await untilStopped(room);
      },
    });
    supervisor.start(part('user', ['slow'], events));
    await settle();
    expect(statesOf(supervisor)).toEqual({ slow: 'starting', user: 'starting' });
    expect(events).toEqual([]);
    up();
    await settle();
    expect(events).toEqual(['user begins']);
    await supervisor.stop(1_000);
  });

  test('what needs a part that fails at once is started all the same', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('broken', [], events, { run: () => Promise.reject(new Error('no')) }));
    supervisor.start(part('user', ['broken'], events));
    await settle();
    expect(statesOf(supervisor)).toEqual({ broken: 'failing', user: 'running' });
    await supervisor.stop(1_000);
  });

  test('what does not end in time is named, and holds up nobody else', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('store', [], events));
    supervisor.start(
      part('deaf', ['store'], events, { run: (room) => (room.running(), new Promise(() => {})) }),
    );
    supervisor.start(part('other', ['store'], events));
    await settle();
    const stopped = supervisor.stop(5_000);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(statesOf(supervisor)).toMatchObject({ other: 'stopped', deaf: 'running' });
    await vi.advanceTimersByTimeAsync(201);
    expect(await stopped).toEqual(['deaf']);
    expect(events).toContain('store ends');
  });

  test('nothing is started any more once it stops, and a name is given once', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('one', [], events));
    expect(() => supervisor.start(part('one', [], events))).toThrow(TypeError);
    await supervisor.stop(1_000);
    supervisor.start(part('late', [], events));
    await settle();
    expect(supervisor.status.map(({ name }) => name)).toEqual(['one']);
  });

  test('one part can be ended alone, and come back as another', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('a', [], events));
    supervisor.start(part('b', [], events));
    await settle();
    expect(await supervisor.end('a', 1_000)).toBe(true);
    expect(statesOf(supervisor)).toEqual({ b: 'running' });
    supervisor.start(part('a', [], events));
    await settle();
    expect(statesOf(supervisor)).toEqual({ b: 'running', a: 'running' });
    expect(events).toEqual(['a begins', 'b begins', 'a ends', 'a begins']);
    await supervisor.stop(1_000);
  });
});

describe('a part that fails', () => {
  test('is started again after longer and longer, takes nobody down, and says why', async () => {
    const events: string[] = [];
    const supervisor = new Supervisor({ clock });
    supervisor.start(part('well', [], events));
    const starts: number[] = [];
    supervisor.start(
      part('broken', [], events, {
        run: async () => {
          starts.push(Date.now() / 1_000);
          throw new Fault('sinks/refused', 'the receiver said no', 'Ask it.');
        },
      }),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    expect(starts).toEqual([0, 1, 3, 7, 15]);
    const status = supervisor.status.find(({ name }) => name === 'broken');
    expect(status).toMatchObject({
      state: 'failing',
      restarts: 4,
      failures: 5,
      next: fromMillis(31_000),
      error: {
        code: 'sinks/refused',
        message: 'the receiver said no',
        fix: 'Ask it.',
        at: fromMillis(15_000),
      },
    });
    expect(statesOf(supervisor)['well']).toBe('running');
    await supervisor.stop(1_000);
  });

  test('forgets earlier failures when it has done its work', async () => {
    let round = 0;
    const supervisor = new Supervisor({ clock });
    supervisor.start({
      name: 'rounds',
      after: [],
      run: async (room) => {
        round += 1;
        if (round % 3 !== 0) throw new Error(`round ${round}`);
        room.waiting('all done');
        await new Promise((resolve) => {
          setTimeout(resolve, 10_000);
        });
        throw new Error('later');
      },
    });
    // Fails at 0 and 1 s, does well at 3 s, fails at 13 s: the pause is the first one again.
    await vi.advanceTimersByTimeAsync(13_500);
    expect(supervisor.status[0]).toMatchObject({ state: 'failing', failures: 1, next: fromMillis(14_000) });
    const stopped = supervisor.stop(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await stopped;
  });

  test('that ended by itself has failed, unless it may', async () => {
    const supervisor = new Supervisor({ clock });
    supervisor.start({ name: 'gone', after: [], run: async () => undefined });
    supervisor.start({ name: 'done', after: [], run: async () => undefined, ends: true });
    await settle();
    expect(statesOf(supervisor)).toEqual({ gone: 'failing', done: 'stopped' });
    expect(supervisor.status[0]?.error?.message).toContain('ended by itself');
    await supervisor.stop(1_000);
  });

  test('is given up after too many failures in a row, and starts again when it is asked to', async () => {
    let healed = false;
    const supervisor = new Supervisor({ clock });
    supervisor.start({
      name: 'broken',
      after: [],
      run: async (room) => {
        if (!healed) throw new Error('still broken');
        room.waiting();
        await untilStopped(room);
      },
    });
    await vi.advanceTimersByTimeAsync(4 * 3_600_000);
    expect(supervisor.status[0]).toMatchObject({
      state: 'stopped',
      givenUp: true,
      failures: MOST_FAILURES,
      next: undefined,
      error: { message: 'still broken' },
    });
    healed = true;
    await vi.advanceTimersByTimeAsync(4 * 3_600_000);
    expect(supervisor.status[0]).toMatchObject({ givenUp: true });
    expect(supervisor.revive()).toEqual(['broken']);
    await settle();
    expect(supervisor.status[0]).toMatchObject({ state: 'waiting', givenUp: false, failures: 0 });
    expect(supervisor.revive()).toEqual([]);
    expect(await supervisor.stop(1_000)).toEqual([]);
  });

  test('is stopped while it waits to be started again, or was given up', async () => {
    const supervisor = new Supervisor({ clock });
    const broken = (name: string): Part => ({ name, after: [], run: () => Promise.reject(new Error(name)) });
    supervisor.start(broken('old'));
    await vi.advanceTimersByTimeAsync(4 * 3_600_000);
    supervisor.start(broken('young'));
    await settle();
    expect(await supervisor.stop(1_000)).toEqual([]);
    expect(statesOf(supervisor)).toEqual({ old: 'stopped', young: 'stopped' });
  });

  test('keeps a long message short', async () => {
    const supervisor = new Supervisor({ clock });
    supervisor.start({ name: 'loud', after: [], run: () => Promise.reject(new Error('x'.repeat(1e6))) });
    await settle();
    expect(supervisor.status[0]?.error?.message.length).toBeLessThan(2_000);
    await supervisor.stop(1_000);
  });
});

test.each([
  [1, 1],
  [2, 2],
  [5, 16],
  [9, 256],
  [10, 300],
  [1_000, 300],
])('after %i failures in a row the pause is %i s', (failures, seconds) => {
  expect(pauseAfter(failures)).toBe(seconds);
});

test('every change is told, with the state before it known to who listens', async () => {
  const told: string[] = [];
  const supervisor = new Supervisor({
    clock,
    onChange: ({ name, state }) => told.push(`${name} ${state}`),
  });
  supervisor.start({
    name: 'a',
    after: [],
    run: async (room) => {
      room.running('looking');
      room.waiting('for more');
      await untilStopped(room);
    },
  });
  await settle();
  await supervisor.stop(1_000);
  expect(told).toEqual(['a running', 'a waiting', 'a stopped']);
});
