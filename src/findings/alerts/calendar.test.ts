import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant, type Instant } from '../../time/instant.ts';
import { AlertCalendar } from './calendar.ts';
import { alertsConfig } from './config.ts';

const at = (text: string): Instant => parseInstant(text)!;
const calendar = (section: object) => new AlertCalendar(alertsConfig.parse(section));

describe('the local day', () => {
  test.each([
    { why: 'UTC', zone: 'UTC', at: '2026-11-22T23:30:00Z', from: '2026-11-22T00:00:00Z', hours: 24 },
    {
      why: 'ahead of UTC',
      zone: 'Europe/Zurich',
      at: '2026-11-22T23:30:00Z',
      from: '2026-11-22T23:00:00Z',
      hours: 24,
    },
    {
      why: 'behind UTC',
      zone: 'America/Los_Angeles',
      at: '2026-11-22T07:59:00Z',
      from: '2026-11-21T08:00:00Z',
      hours: 24,
    },
    {
      why: 'clocks go forward',
      zone: 'Europe/Zurich',
      at: '2026-03-29T12:00:00Z',
      from: '2026-03-28T23:00:00Z',
      hours: 23,
    },
    {
      why: 'clocks go back',
      zone: 'Europe/Zurich',
      at: '2026-10-25T12:00:00Z',
      from: '2026-10-24T22:00:00Z',
      hours: 25,
    },
    {
      why: 'a zone of half hours',
      zone: 'Asia/Kolkata',
      at: '2026-11-22T18:29:00Z',
      from: '2026-11-21T18:30:00Z',
      hours: 24,
    },
    {
      why: 'no midnight: clocks go forward over it',
      zone: 'Africa/Cairo',
      at: '2026-04-23T22:30:00Z',
      from: '2026-04-23T22:00:00Z',
      hours: 23,
    },
    {
      why: 'two midnights: clocks go back at 00:01',
      zone: 'America/St_Johns',
      at: '2010-11-07T03:00:00Z',
      from: '2010-11-07T02:30:00Z',
      hours: 25,
    },
  ])('$why: $zone', ({ zone, at: text, from, hours }) => {
    const { opens, closes } = calendar({ timeZone: zone }).dayOf(at(text));
    expect(formatInstant(opens)).toBe(from);
    expect((closes - opens) / 3600e6).toBe(hours);
  });
});

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00' };
  test.each([
    { why: 'before', at: '2026-11-22T20:59:00Z', until: undefined },
    { why: 'from their first minute', at: '2026-11-22T21:00:00Z', until: '2026-11-23T06:00:00Z' },
    { why: 'after midnight', at: '2026-11-23T01:00:00Z', until: '2026-11-23T06:00:00Z' },
    { why: 'up to their last minute', at: '2026-11-23T05:59:59Z', until: '2026-11-23T06:00:00Z' },
    { why: 'not at their end', at: '2026-11-23T06:00:00Z', until: undefined },
    { why: 'a night in which clocks go back', at: '2026-10-24T22:00:00Z', until: '2026-10-25T06:00:00Z' },
    { why: 'a night in which clocks go forward', at: '2026-03-28T23:00:00Z', until: '2026-03-29T05:00:00Z' },
  ])('$why', ({ at: text, until }) => {
    const found = calendar({ timeZone: 'Europe/Zurich', quietHours: night }).quietUntil(at(text));
    expect(found === undefined ? undefined : formatInstant(found)).toBe(until);
  });
  test('of some days only: the night from Saturday to Sunday begins on Saturday', () => {
    const weekend = calendar({ quietHours: { from: '20:00', to: '10:00', days: ['sat'] } });
    expect(weekend.quietUntil(at('2026-11-22T09:00:00Z'))).toBeDefined();
    expect(weekend.quietUntil(at('2026-11-22T21:00:00Z'))).toBeUndefined();
  });
  test('none unless said', () => {
    expect(calendar({}).quietUntil(at('2026-11-22T03:00:00Z'))).toBeUndefined();
  });
});

describe('the hour of the digest', () => {
  test.each([
    { why: 'yesterday, before it', at: '2026-11-22T06:59:59Z', last: '2026-11-21T07:00:00Z' },
    { why: 'now', at: '2026-11-22T07:00:00Z', last: '2026-11-22T07:00:00Z' },
    { why: 'today, after it', at: '2026-11-22T22:30:00Z', last: '2026-11-22T07:00:00Z' },
    { why: 'the day clocks go back', at: '2026-10-25T07:00:00Z', last: '2026-10-25T07:00:00Z' },
    { why: 'an hour later by UTC in summer', at: '2026-07-01T06:30:00Z', last: '2026-07-01T06:00:00Z' },
  ])('$why', ({ at: text, last }) => {
    expect(formatInstant(calendar({ timeZone: 'Europe/Zurich' }).lastDigest(at(text)))).toBe(last);
  });
  test('an hour that the clocks skip is an hour later that day', () => {
    const skipped = calendar({ timeZone: 'Europe/Zurich', digestAt: '02:30' });
    expect(formatInstant(skipped.lastDigest(at('2026-03-29T02:00:00Z')))).toBe('2026-03-29T01:30:00Z');
  });
});

test.each([
  { why: 'an hour without minutes', section: { digestAt: '8' } },
  { why: 'an unknown zone', section: { timeZone: 'Mars/Olympus' } },
  { why: 'less than nothing', section: { budget: -1 } },
  { why: 'half an alert', section: { budget: 1.5 } },
  { why: 'quiet hours without an end', section: { quietHours: { from: '22:00' } } },
])('$why is refused', ({ section }) => {
  expect(alertsConfig.safeParse(section).success).toBe(false);
});
