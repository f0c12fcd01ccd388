import { describe, expect, test } from 'vitest';
import { NativeGate } from './native-gate.ts';

describe('NativeGate', () => {
  test.each([
    { why: 'nothing is set', env: {}, want: 4 },
    { why: 'it is set', env: { UV_THREADPOOL_SIZE: '16' }, want: 16 },
    { why: 'it is nonsense', env: { UV_THREADPOOL_SIZE: 'many' }, want: 4 },
    { why: 'it is more than libuv takes', env: { UV_THREADPOOL_SIZE: '5000' }, want: 1024 },
  ])('knows the size of the pool when $why', ({ env, want }) => {
    expect(NativeGate.threads(env)).toBe(want);
  });

  test('leaves a thread free, serves in turn, and survives failures', async () => {
    const gate = new NativeGate(4);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        gate.pass(async () => {
          running += 1;
          most = Math.max(most, running);
          order.push(index);
          await new Promise(setImmediate);
          running -= 1;
          if (index % 3 === 0) throw new Error('no');
        }),
      ),
    );
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(7);
  });
});
