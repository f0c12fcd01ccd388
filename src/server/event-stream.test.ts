import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ChangeFeed } from '../assembly/change-feed.ts';
import { fromMillis } from '../time/instant.ts';
import { EventStream } from './event-stream.ts';

/** A response that keeps what is written; `stuck` makes it one that nobody reads. */
class Listener extends EventEmitter {
  text = '';
  ended = false;
  destroyed = false;
  stuck = false;
  get writableLength(): number {
    return this.stuck ? this.text.length : 0;
  }
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

const at = fromMillis(Date.UTC(2026, 10, 22));
let feed: ChangeFeed;
let stream: EventStream;
const join = (last?: string, mayStay = (): Promise<boolean> => Promise.resolve(true)): Listener => {
  const listener = new Listener();
  stream.add(listener as unknown as ServerResponse, last, mayStay);
  return listener;
};
const publish = (id: string): void => feed.publish({ kind: 'finding', ids: [id], at });

beforeEach(() => {
  vi.useFakeTimers();
  feed = new ChangeFeed();
  stream = new EventStream(feed, 'run1', 2);
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

test('whoever follows is told what changes, and where to go on', () => {
  const listener = join();
  expect(listener.take()).toBe('retry: 3000\nid: run1-0\nevent: hello\ndata: {}\n\n');
  publish('a');
  expect(listener.take()).toBe(
    'id: run1-1\nevent: finding\ndata: {"kind":"finding","ids":["a"],"at":"2026-11-22T00:00:00Z"}\n\n',
  );
});

test('hostile identifiers stay within their line', () => {
  const listener = join();
  listener.take();
  publish('a\n\nevent: reset\ndata: x');
  expect(listener.take().split('\n\n')).toHaveLength(2);
});

describe('whoever comes back', () => {
  test('is told what was missed, each once and in order', () => {
    for (const id of ['a', 'b', 'c']) publish(id);
    expect(
      [
        ...join('run1-1')
          .take()
          .matchAll(/"ids":\["(\w)"\]/g),
      ].map(([, id]) => id),
    ).toEqual(['b', 'c']);
  });
  test('and missed nothing is told nothing', () => {
    publish('a');
    expect(join('run1-1').take()).toBe('retry: 3000\n\n');
  });
  test.each([
    ['of an earlier run of the server', 'run0-1'],
    ['of the future', 'run1-99'],
    ['that is none', 'x'],
    ['that is none either', 'run1-1-1'],
    ['below all', 'run1--1'],
  ])('with an identifier %s has to read everything again', (_why, last) => {
    publish('a');
    expect(join(last).take()).toContain('event: reset\n');
  });
  test('after more than is kept has to read everything again', () => {
    for (let count = 0; count <= 1_001; count += 1) publish(String(count));
    expect(join('run1-1').take()).toContain('event: reset\n');
    expect(join('run1-2').take()).not.toContain('event: reset\n');
  });
});

test('whoever does not read is let go, and the others go on', () => {
  const slow = join();
  const other = join();
  slow.stuck = true;
  for (let count = 0; count < 10; count += 1)
    feed.publish({ kind: 'finding', ids: Array.from({ length: 500 }, () => 'x'.repeat(100)), at });
  expect(slow.destroyed).toBe(true);
  expect(other.destroyed).toBe(false);
  expect(stream.clients).toBe(1);
});

test('a sign of life comes every quarter of a minute, and whoever may no longer stay goes', async () => {
  let may = true;
  const listener = join(undefined, () => Promise.resolve(may));
  const unsure = join(undefined, () => Promise.reject(new Error('the store does not answer')));
  listener.take();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(listener.take()).toBe(':\n\n');
  may = false;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(listener.ended).toBe(true);
  expect(unsure.ended).toBe(false);
});

test('no more than may follow do, and whoever goes makes room', () => {
  const first = join();
  join();
  expect(stream.isFull).toBe(true);
  first.emit('close');
  expect(stream.isFull).toBe(false);
});

test('a close lets everybody go, and nothing is heard any more', () => {
  const listener = join();
  stream.close();
  expect(listener.ended).toBe(true);
  publish('a');
  expect(stream.clients).toBe(0);
});
