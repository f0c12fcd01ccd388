import { describe, expect, test } from 'vitest';
import { count, lengthOfTime, localTime, relativeTime, utcTime } from './time-words.ts';

const now = new Date('2026-11-22T12:00:00Z');

describe('relativeTime', () => {
  test.each([
    { at: '2026-11-22T11:59:31Z', want: 'just now' },
    { at: '2026-11-22T11:55:00Z', want: '5 min ago' },
    { at: '2026-11-22T09:00:01Z', want: '2 h ago' },
    { at: '2026-11-21T11:00:00Z', want: '1 day ago' },
    { at: '2026-11-12T11:00:00Z', want: '10 days ago' },
    { at: '2026-08-01T12:00:00Z', want: '3 months ago' },
    { at: '2023-11-01T12:00:00Z', want: '3 years ago' },
    { at: '2026-11-22T15:30:00Z', want: 'in 3 h' },
  ])('$at is $want', ({ at, want }) => {
    expect(relativeTime(new Date(at), now)).toBe(want);
  });
});

test('local times name the year only where it is another one; UTC names everything', () => {
  expect(localTime(new Date('2026-10-12T14:03:07Z'), now, 'UTC')).toBe('12 Oct, 14:03');
  expect(localTime(new Date('2025-10-12T14:03:07Z'), now, 'UTC')).toBe('12 Oct 2025, 14:03');
  expect(utcTime(new Date('2026-10-12T14:03:07.9Z'))).toBe('2026-10-12 14:03:07 UTC');
});

describe('lengthOfTime', () => {
  test.each([
    { of: 12, want: '12 ms' },
    { of: 40_000, want: '40 s' },
    { of: 180_000, want: '3 min' },
    { of: 7_500_000, want: '2 h 5 min' },
    { of: 7_200_000, want: '2 h' },
    { of: 345_600_000, want: '4 days' },
  ])('$of ms are $want', ({ of, want }) => {
    expect(lengthOfTime(of)).toBe(want);
  });
});

test('one of a thing, and several', () => {
  expect(count(1, 'host')).toBe('1 host');
  expect(count(1_200, 'host')).toBe('1,200 hosts');
  expect(count(2, 'address', 'addresses')).toBe('2 addresses');
});
