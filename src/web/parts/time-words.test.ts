import { describe, expect, test } from 'vitest';
import { localTime, relativeTime, utcTime } from './time-words.ts';

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
