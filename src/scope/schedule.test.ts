import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant } from '../time/instant.ts';
import { schedulesConfig, schedulesOf } from './config.ts';
import { dueNow, isCronExpression, nextOccurrences, type Occurrence, type Schedule } from './schedule.ts';

const at = (text: string) => parseInstant(text)!;
const schedule = (more: Partial<Schedule> = {}): Schedule => ({
  ...schedulesOf(
    schedulesConfig.parse([
      { name: 'nightly', cron: '30 2 * * *', profiles: ['exposure'], targets: ['10.0.0.0/24'] },
    ]),
  )[0]!,
  ...more,
});
const nominals = (occurrences: readonly Occurrence[]) =>
  occurrences.map(({ nominal }) => formatInstant(nominal));

describe('times', () => {
  test.each([
    {
      why: 'UTC',
      of: schedule(),
      after: '2026-11-23T02:30:00Z',
      want: ['2026-11-24T02:30:00Z', '2026-11-25T02:30:00Z'],
    },
    {
      why: 'weekdays',
      of: schedule({ cron: '0 22 * * mon-fri' }),
      after: '2026-11-20T22:00:00Z',
      want: ['2026-11-23T22:00:00Z', '2026-11-24T22:00:00Z'],
    },
    {
      why: 'a time that the spring change skips comes when the clock has jumped',
      of: schedule({ timeZone: 'Europe/Zurich' }),
      after: '2026-03-28T12:00:00Z',
      want: ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    },
    {
      why: 'a time that comes twice in autumn is run once, the first time',
      of: schedule({ timeZone: 'Europe/Zurich' }),
      after: '2026-10-24T12:00:00Z',
      want: ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    },
    {
      why: 'a leap day',
      of: schedule({ cron: '0 0 29 2 *' }),
      after: '2026-03-01',
      want: ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
    },
  ])('$why', ({ of, after, want }) => {
    expect(nominals(nextOccurrences(of, at(after), 2))).toEqual(want);
  });

  test.each(['* * * * * *', '60 * * * *', 'a b c d e', '', '0 0 31 2 *', '2026-01-01T00:00:00', '@reboot'])(
    'no expression: %s',
    (text) => {
      expect(isCronExpression(text)).toBe(false);
    },
  );
  test.each(['*/5 * * * *', '@daily', '0 22 * * 1-5', '0 3 L * *'])('an expression: %s', (text) => {
    expect(isCronExpression(text)).toBe(true);
  });
});

describe('jitter', () => {
  const late = (of: Schedule) =>
    nextOccurrences(of, at('2026-01-01'), 200).map(({ nominal, due }) => (due - nominal) / 1e6);

  test('is the same for the same name and time, within its bound, and another for another name', () => {
    const first = late(schedule({ jitter: 600 }));
    expect(late(schedule({ jitter: 600 }))).toEqual(first);
    expect(late(schedule({ jitter: 600, name: 'other' }))).not.toEqual(first);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThanOrEqual(600);
    expect(new Set(first).size).toBeGreaterThan(100);
    expect(first.slice(0, 3)).toMatchInlineSnapshot(`
      [
        551,
        14,
        592,
      ]
    `);
  });

  test('none is none', () => {
    expect(new Set(late(schedule()))).toEqual(new Set([0]));
  });
});

describe('what is due', () => {
  const LAST = '2026-11-20T02:30:00Z';
  const NEWEST = '2026-11-23T02:30:00Z';
  const EARLIER = ['2026-11-21T02:30:00Z', '2026-11-22T02:30:00Z'];
  test.each<{
    why: string;
    of?: Partial<Schedule>;
    last?: string;
    now: string;
    run?: string;
    missed: string[];
  }>([
    { why: 'not yet', last: EARLIER[1]!, now: '2026-11-23T02:29:59Z', missed: [] },
    { why: 'on time', last: EARLIER[1]!, now: NEWEST, run: NEWEST, missed: [] },
    { why: 'within its grace', last: EARLIER[1]!, now: '2026-11-23T02:45:00Z', run: NEWEST, missed: [] },
    { why: 'past it', last: EARLIER[1]!, now: '2026-11-23T02:45:01Z', missed: [NEWEST] },
    {
      why: 'past it, made up for',
      of: { missed: 'run-once' },
      last: EARLIER[1]!,
      now: '2026-11-23T20:00:00Z',
      run: NEWEST,
      missed: [],
    },
    { why: 'three days off, skipped', now: '2026-11-23T20:00:00Z', missed: [...EARLIER, NEWEST] },
    {
      why: 'three days off, made up for once',
      of: { missed: 'run-once' },
      now: '2026-11-23T20:00:00Z',
      run: NEWEST,
      missed: EARLIER,
    },
    { why: 'three days off, back in time for the last', now: NEWEST, run: NEWEST, missed: EARLIER },
    { why: 'dealt with already', last: NEWEST, now: '2026-11-23T02:31:00Z', missed: [] },
    { why: 'a clock that was set back', last: '2026-12-01', now: NEWEST, missed: [] },
  ])('$why', ({ of = {}, last = LAST, now, run, missed }) => {
    const due = dueNow(schedule(of), at(last), at(now));
    expect(due.run === undefined ? undefined : formatInstant(due.run.nominal)).toBe(run);
    expect(nominals(due.missed)).toEqual(missed);
    expect(due.more).toBe(false);
  });

  test('what is late on purpose is neither due nor missed before its time', () => {
    const of = schedule({ jitter: 3600 });
    const next = nextOccurrences(of, at('2026-11-22T12:00:00Z'), 1)[0]!;
    expect(next.due).toBeGreaterThan(next.nominal);
    const before = (next.due - 1) as typeof next.due;
    expect(dueNow(of, at(EARLIER[1]!), before)).toEqual({ run: undefined, missed: [], more: false });
    expect(dueNow(of, at(EARLIER[1]!), next.due).run).toEqual(next);
  });

  test('a year without anybody costs no more than a week', () => {
    const due = dueNow(schedule({ cron: '* * * * *' }), at('2025-01-01'), at('2026-01-01'));
    expect(due.more).toBe(true);
    expect(due.missed).toHaveLength(10_079);
  });
});
