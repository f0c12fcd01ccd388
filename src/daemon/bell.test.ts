import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Bell, pause } from './bell.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const never = new AbortController().signal;

test('wakes who waits, and keeps a ring for who comes later', async () => {
  const bell = new Bell();
  const waiting = bell.wait(1e9, never);
  bell.ring();
  expect(await waiting).toBe(true);
  bell.ring();
  bell.ring();
  expect(await bell.wait(1e9, never)).toBe(true);
  const later = bell.wait(50, never);
  await vi.advanceTimersByTimeAsync(50);
  expect(await later).toBe(false);
});

test('ends with the signal, and leaves nothing on it', async () => {
  const control = new AbortController();
  const waiting = new Bell().wait(1e15, control.signal);
  control.abort();
  expect(await waiting).toBe(false);
  await pause(1e15, control.signal);
  expect(vi.getTimerCount()).toBe(0);
});
