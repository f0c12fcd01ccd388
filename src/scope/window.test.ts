import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant } from '../time/instant.ts';
import { formatWindow, nextOpening, openingAt, openUntil, WEEKDAYS, type ScanWindow } from './window.ts';

const window = (more: Partial<ScanWindow>): ScanWindow => ({
  days: WEEKDAYS,
  from: 0,
  to: 1_440,
  timeZone: 'UTC',
  except: [],
  ...more,
});
const at = (text: string) => parseInstant(text)!;
const said = (opening: ReturnType<typeof openingAt>) =>
  opening === undefined ? 'closed' : `${formatInstant(opening.opens)} to ${formatInstant(opening.closes)}`;

const night = window({
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: 22 * 60,
  to: 5 * 60,
  timeZone: 'Europe/Zurich',
});

describe('a window', () => {
  test.each([
    {
      why: 'the whole day',
      window: window({}),
      when: '2026-11-22T12:00:00Z',
      want: '2026-11-22T00:00:00Z to 2026-11-23T00:00:00Z',
    },
    {
      why: 'winter time',
      window: night,
      when: '2026-11-23T21:30:00Z',
      want: '2026-11-23T21:00:00Z to 2026-11-24T04:00:00Z',
    },
    { why: 'an hour too early', window: night, when: '2026-11-23T20:59:59Z', want: 'closed' },
    {
      why: 'past midnight it is still open',
      window: night,
      when: '2026-11-24T03:59:59Z',
      want: '2026-11-23T21:00:00Z to 2026-11-24T04:00:00Z',
    },
    { why: 'its end is not in it', window: night, when: '2026-11-24T04:00:00Z', want: 'closed' },
    {
      why: "Saturday's small hours are Friday's night",
      window: night,
      when: '2026-11-28T02:00:00Z',
      want: '2026-11-27T21:00:00Z to 2026-11-28T04:00:00Z',
    },
    { why: 'Sunday', window: night, when: '2026-11-29T22:00:00Z', want: 'closed' },
    {
      why: 'summer time',
      window: night,
      when: '2026-07-01T20:30:00Z',
      want: '2026-07-01T20:00:00Z to 2026-07-02T03:00:00Z',
    },
    {
      why: 'an exception',
      window: { ...night, except: ['2026-11-23'] },
      when: '2026-11-23T21:30:00Z',
      want: 'closed',
    },
    {
      why: 'an exception takes the night after it too',
      window: { ...night, except: ['2026-11-23'] },
      when: '2026-11-24T01:00:00Z',
      want: 'closed',
    },
    {
      why: 'west of Greenwich',
      window: window({ from: 60, to: 120, timeZone: 'America/New_York' }),
      when: '2026-11-22T06:30:00Z',
      want: '2026-11-22T06:00:00Z to 2026-11-22T07:00:00Z',
    },
    {
      why: 'half-hour zones',
      window: window({ from: 0, to: 60, timeZone: 'Asia/Kolkata' }),
      when: '2026-11-21T18:30:00Z',
      want: '2026-11-21T18:30:00Z to 2026-11-21T19:30:00Z',
    },
    {
      why: 'the night that loses an hour is shorter',
      window: window({ from: 60, to: 240, timeZone: 'Europe/Zurich' }),
      when: '2026-03-29T01:30:00Z',
      want: '2026-03-29T00:00:00Z to 2026-03-29T02:00:00Z',
    },
    {
      why: 'the night that gains one is longer',
      window: window({ from: 60, to: 240, timeZone: 'Europe/Zurich' }),
      when: '2026-10-25T02:30:00Z',
      want: '2026-10-24T23:00:00Z to 2026-10-25T03:00:00Z',
    },
    {
      why: 'a time that is skipped is an hour later',
      window: window({ from: 150, to: 240, timeZone: 'Europe/Zurich' }),
      when: '2026-03-29T01:30:00Z',
      want: '2026-03-29T01:30:00Z to 2026-03-29T02:00:00Z',
    },
    {
      why: 'a time that comes twice begins with the first',
      window: window({ from: 150, to: 240, timeZone: 'Europe/Zurich' }),
      when: '2026-10-25T00:40:00Z',
      want: '2026-10-25T00:30:00Z to 2026-10-25T03:00:00Z',
    },
  ])('$why', ({ window: given, when, want }) => {
    expect(said(openingAt(given, at(when)))).toBe(want);
  });

  test.each([
    { why: 'tonight', window: night, after: '2026-11-23T12:00:00Z', want: '2026-11-23T21:00:00Z' },
    { why: 'over the weekend', window: night, after: '2026-11-28T12:00:00Z', want: '2026-11-30T21:00:00Z' },
    {
      why: 'while it is open: the next one',
      window: night,
      after: '2026-11-23T22:00:00Z',
      want: '2026-11-24T21:00:00Z',
    },
    {
      why: 'past an exception',
      window: { ...night, except: ['2026-11-23', '2026-11-24'] },
      after: '2026-11-23T12:00:00Z',
      want: '2026-11-25T21:00:00Z',
    },
  ])('next opens: $why', ({ window: given, after, want }) => {
    expect(formatInstant(nextOpening(given, at(after))!.opens)).toBe(want);
  });

  test('a window without days never opens', () => {
    expect(nextOpening(window({ days: [] }), at('2026-11-22T00:00:00Z'))).toBeUndefined();
  });

  test('windows that meet are one', () => {
    const windows = [window({ from: 0, to: 120 }), window({ from: 120, to: 300 })];
    expect(formatInstant(openUntil(windows, at('2026-11-22T01:00:00Z'))!)).toBe('2026-11-22T05:00:00Z');
    expect(openUntil(windows, at('2026-11-22T06:00:00Z'))).toBeUndefined();
  });

  test('always open has an end all the same', () => {
    expect(openUntil([window({})], at('2026-11-22T01:00:00Z'))).toBeGreaterThan(at('2027-11-22T00:00:00Z'));
  });

  test('is said in one line', () => {
    expect(formatWindow(night)).toBe('22:00-05:00 mon,tue,wed,thu,fri Europe/Zurich');
    expect(formatWindow(window({}))).toBe('00:00-24:00 every day UTC');
  });
});
