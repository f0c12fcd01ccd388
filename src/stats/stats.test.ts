import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { median } from './median.ts';
import { orderCorrelation } from './rank-correlation.ts';

describe('median', () => {
  test.each([[[3], 3], [[4, 1], 2.5], [[9, 1, 5], 5], [[1, 1, 1, 9], 1]])('%j', (values, want) => {
    expect(median(values)).toBe(want);
  }); // prettier-ignore

  test('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('correlation with the order', () => {
  test.each([
    ['rising', [1, 5, 9, 80], 1],
    ['falling', [80, 9, 5, 1], -1],
    // Spearman of 1 2 3 4 5 and 2 1 4 3 5 is 1 - 6·4/(5·24).
    ['neighbours exchanged', [2, 1, 4, 3, 5], 0.8],
    // Ranks 0.5 0.5 2.5 2.5 against 0 1 2 3.
    ['ties share a rank', [1, 1, 2, 2], 4 / Math.sqrt(4 * 5)],
  ])('%s', (_, values, want) => {
    expect(orderCorrelation(values)).toBeCloseTo(want, 12);
  });

  test.each([['one value', [4]], ['all equal', [4, 4, 4]], ['none', []]])('not a number: %s', (_, values) => {
    expect(orderCorrelation(values)).toBeNaN();
  }); // prettier-ignore

  test('the other way round it is the same with the other sign', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { minLength: 2 }), (values) => {
        expect(orderCorrelation(values.toReversed())).toBeCloseTo(-orderCorrelation(values), 9);
      }),
    );
  });
});
