import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poissonUpperBound } from './poisson-bound.ts';

describe('poissonUpperBound', () => {
  // Table of Garwood (1936), one-sided 95 %: half the 95 % quantile of chi-square with 2k+2 degrees of freedom.
  test.each([
    { events: 0, want: 2.9957 },
    { events: 1, want: 4.7439 },
    { events: 2, want: 6.2958 },
    { events: 5, want: 10.513 },
    { events: 10, want: 16.962 },
    { events: 100, want: 118.079 },
  ])('after $events events the mean is at most $want', ({ events, want }) => {
    expect(poissonUpperBound(events)).toBeCloseTo(want, 3);
  });

  test('97.5 % is the upper end of the two-sided 95 % interval', () => {
    expect(poissonUpperBound(0, 0.975)).toBeCloseTo(3.6889, 3);
  });

  test('it lies above the count and grows with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), (events) => {
        const bound = poissonUpperBound(events);
        return bound > events && bound < poissonUpperBound(events + 1);
      }),
      { numRuns: 50 },
    );
  });

  test.each([-1, 1.5, Number.NaN])('%d is not a count', (events) => {
    expect(() => poissonUpperBound(events)).toThrow(RangeError);
  });

  test('certainty has no bound', () => {
    expect(() => poissonUpperBound(0, 1)).toThrow(RangeError);
  });
});
