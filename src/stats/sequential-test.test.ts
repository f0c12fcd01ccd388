import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { firstExcursion, outcomeRatios, waldThreshold } from './sequential-test.ts';

describe('likelihood ratios', () => {
  test('of the defaults: four failures in a row suffice, three do not', () => {
    const { success, failure } = outcomeRatios(0.92, 0.1);
    expect(success).toBeCloseTo(-2.219, 3);
    expect(failure).toBeCloseTo(2.42, 3);
    expect(4 * failure).toBeGreaterThan(waldThreshold(1e-4));
    expect(3 * failure).toBeLessThan(waldThreshold(1e-4));
  });
});

describe('first excursion', () => {
  test.each([
    ['reaches it at once', [5], { onset: 0, alarm: 0, peak: 0, score: 5 }],
    ['rises, falls, rises', [2, 2, -1, 3], { onset: 0, alarm: 3, peak: 3, score: 6 }],
    ['begins after the last zero', [2, -3, -1, 2, 3], { onset: 3, alarm: 4, peak: 4, score: 5 }],
    ['goes on to its peak', [5, 4, -2, -1], { onset: 0, alarm: 0, peak: 1, score: 9 }],
    ['ends where it is back at zero', [5, -6, 9], { onset: 0, alarm: 0, peak: 0, score: 5 }],
  ])('%s', (_, steps, want) => {
    expect(firstExcursion(steps, 5)).toEqual(want);
  });

  test.each([
    ['nothing', []],
    ['too little', [4.9]],
    ['successes in between', [3, -3, 3, -3, 3, -3]],
  ])('none: %s', (_, steps) => {
    expect(firstExcursion(steps, 5)).toBeUndefined();
  });

  test('looks from where it is told', () => {
    expect(firstExcursion([9, -9, 1, 5], 5, 1)).toEqual({ onset: 2, alarm: 3, peak: 3, score: 6 });
  });

  test('the steps from onset to peak sum to the score, and every part of them is above zero', () => {
    const step = fc.integer({ min: -300, max: 300 }).map((value) => value / 100);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const found = firstExcursion(steps, 6);
        if (found === undefined) return;
        let sum = 0;
        for (let index = found.onset; index <= found.peak; index += 1) {
          sum += steps[index]!;
          expect(sum).toBeGreaterThan(0);
        }
        expect(sum).toBeCloseTo(found.score, 9);
        expect(found.alarm).toBeLessThanOrEqual(found.peak);
      }),
    );
  });

  test('successes before buy nothing', () => {
    const failures = [3, 3];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (many) => {
        const steps = [...Array.from({ length: many }, () => -2), ...failures];
        expect(firstExcursion(steps, 6)?.alarm).toBe(many + 1);
      }),
    );
  });
});
