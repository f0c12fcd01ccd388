import { describe, expect, test } from 'vitest';
import {
  Calibration,
  calibrationScans,
  CHANNELS,
  driftOf,
  identityHash,
  keepForCalibration,
  type CalibrationScan,
} from './calibrate.ts';
import { Feedback } from './feedback.ts';

const strata = {
  channel: 'new-port',
  group: 1,
  network: '10.0.0.0/24',
  token: 'tcp/22',
  identity: 'a',
} as const;

/** A scan of 100 hosts of which some had evidence. */
function scan(
  census: string,
  scores: readonly number[],
  more: Partial<CalibrationScan> = {},
): CalibrationScan {
  const channels = new Float32Array(scores.length * CHANNELS.length);
  for (const [row, score] of scores.entries()) channels[row * CHANNELS.length] = score;
  return {
    census,
    profile: 'quick',
    broad: false,
    judged: 100,
    identities: Uint32Array.from(scores, (_, row) => identityHash(String.fromCodePoint(97 + row))),
    scores: Float32Array.from(scores),
    channels,
    strata: scores.map(() => strata),
    low: 0.05,
    told: 0,
    ...more,
  };
}

const plain = (scans: readonly CalibrationScan[]): Calibration =>
  new Calibration(
    scans,
    () => 0,
    () => false,
  );

describe('p-values', () => {
  const calibration = plain([scan('1', [5, 3, 1]), scan('2', [4, 2])]);
  test.each([
    { why: 'larger than all: one of 201', score: 6, p: 1 / 201 },
    { why: 'as large as the largest counts it', score: 5, p: 2 / 201 },
    { why: 'in between', score: 3.5, p: 3 / 201 },
    { why: 'below all that had evidence', score: 0, p: 6 / 201 },
  ])('$why', ({ score, p }) => {
    expect(calibration.ofScore(score)).toBeCloseTo(p, 12);
    expect(calibration.ofChannel(0, score)).toBeCloseTo(score > 0 ? p : 1, 12);
  });

  test('a silent channel is no surprise', () => {
    expect(calibration.ofChannel(1, 0)).toBe(1);
  });

  test('confirmed rows do not show what is usual', () => {
    const without = new Calibration(
      [scan('1', [5, 3])],
      () => 0,
      (id, identity) => id === '1' && identity === identityHash('a'),
    );
    expect(without.ofScore(4)).toBeCloseTo(1 / 100, 12);
  });

  test('offsets move earlier rows as they move today', () => {
    const moved = new Calibration(
      [scan('1', [5, 3])],
      () => -2,
      () => false,
    );
    expect(moved.ofScore(4)).toBeCloseTo(1 / 101, 12);
    expect(moved.ofScore(3)).toBeCloseTo(2 / 101, 12);
  });

  test.each([
    { why: 'one scan is no rate', scans: 1, budget: 100, ready: false },
    {
      why: '200 host-scans for 10 in 1,000: two alerts may be told apart',
      scans: 2,
      budget: 10,
      ready: true,
    },
    { why: 'for 9 they may not', scans: 2, budget: 9, ready: false },
  ])('$why', ({ scans, budget, ready }) => {
    expect(plain(Array.from({ length: scans }, (_, n) => scan(String(n), []))).isReady(budget)).toBe(ready);
  });
});

test('a daily profile is held against its last twenty scans, a broad one against all that are kept', () => {
  const history: CalibrationScan[] = [];
  for (let day = 0; day < 70; day += 1) {
    keepForCalibration(history, scan(`q${day}`, []));
    keepForCalibration(history, scan(`f${day}`, [], { profile: 'full', broad: true }));
  }
  expect(calibrationScans(history, 'quick').map(({ census }) => census)).toEqual(
    Array.from({ length: 20 }, (_, n) => `q${69 - n}`),
  );
  expect(calibrationScans(history, 'full')).toHaveLength(60);
  expect(calibrationScans(history, 'udp')).toEqual([]);
});

describe('drift of the environment', () => {
  const rates = (...low: readonly (number | undefined)[]): CalibrationScan[] =>
    low.map((rate, n) => scan(String(n), [], { low: rate }));
  const usual = [0.05, 0.05, 0.04, 0.06, 0.05];
  test.each([
    { why: 'three scans with twice the usual rate', history: rates(...usual, 0.1, 0.12, 0.14), rate: 0.12 },
    { why: 'two are a coincidence', history: rates(...usual, 0.05, 0.12, 0.14), rate: undefined },
    { why: 'nothing is usual yet', history: rates(0.05, 0.2, 0.2, 0.2), rate: undefined },
    {
      why: 'scans before calibration do not count',
      history: rates(undefined, undefined, 0.05, 0.2, 0.2, 0.2),
      rate: undefined,
    },
  ])('$why', ({ history, rate }) => {
    const drift = driftOf(history, 'quick');
    if (rate === undefined) expect(drift).toBeUndefined();
    else expect(drift).toEqual({ rate: expect.closeTo(rate, 9), usual: expect.closeTo(0.05, 9), scans: 3 });
  });
});

describe('the budget follows what alerts turned out to be', () => {
  // 100 hosts at 20 in 1,000: two false alerts a scan, of which 1.8 are aimed for.
  const level = (told: number, verdicts: readonly ('true' | 'noise')[]): number => {
    const history = [scan('1', [5, 4, 3], { told })];
    const said = verdicts.map((verdict, n) => ({
      census: '1',
      identity: String.fromCodePoint(97 + n),
      verdict,
    }));
    return new Feedback(said, history).level(history, 20);
  };
  test.each([
    { why: 'none: it grows', told: 0, verdicts: [], expected: Math.exp((0.25 * 1.8) / 2.8) },
    {
      why: 'three of them false: it shrinks',
      told: 3,
      verdicts: ['noise', 'noise', 'noise'] as const,
      expected: Math.exp((0.25 * -1.2) / 2.8),
    },
    {
      why: 'all of them true: it grows',
      told: 3,
      verdicts: ['true', 'true', 'true'] as const,
      expected: Math.exp((0.25 * 1.8) / 2.8),
    },
    {
      why: 'nobody looked: as if all were false',
      told: 3,
      verdicts: [],
      expected: Math.exp((0.25 * -1.2) / 2.8),
    },
    {
      why: 'half of them judged: the rest is as these',
      told: 4,
      verdicts: ['true', 'noise'] as const,
      expected: Math.exp((0.25 * -0.2) / 2.8),
    },
  ])('$why', ({ told, verdicts, expected }) => {
    expect(level(told, verdicts)).toBeCloseTo(expected, 12);
  });
});

test('verdicts name their effects, and the largest come first', () => {
  const feedback = new Feedback(
    [
      { census: '1', identity: 'a', verdict: 'noise' },
      { census: '1', identity: 'b', verdict: 'expected' },
      { census: '9', identity: 'a', verdict: 'noise' },
    ],
    [scan('1', [5, 4])],
  );
  expect(
    feedback.effects.map(({ by, name, confirmed, dismissed }) => ({ by, name, confirmed, dismissed })),
  ).toEqual(expect.arrayContaining([{ by: 'token', name: 'tcp/22', confirmed: 0, dismissed: 2 }]));
  expect(feedback.effects).toHaveLength(4);
  expect(feedback.offset(strata)).toBeLessThan(0);
  expect(feedback.offset({ ...strata, channel: 'os', token: '', network: 'x' })).toBe(0);
});
