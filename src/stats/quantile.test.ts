import { describe, expect, test } from 'vitest';
import { quantile } from './quantile.ts';

describe('quantile', () => {
  test.each([
    { values: [3, 1, 2], p: 0.5, want: 2 },
    { values: [4, 1, 2, 3], p: 0.5, want: 2.5 },
    { values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], p: 0.9, want: 9.1 },
    { values: [7], p: 0.9, want: 7 },
    { values: [1, 2, 3], p: 0, want: 1 },
    { values: [1, 2, 3], p: 1, want: 3 },
    { values: [10, 9, 100], p: 0.5, want: 10 },
  ])('$p of $values is $want', ({ values, p, want }) => {
    expect(quantile(values, p)).toBeCloseTo(want, 12);
  });

  test('of nothing there is none', () => {
    expect(quantile([], 0.5)).toBeUndefined();
  });

  test('p is a share', () => {
    expect(() => quantile([1], 1.1)).toThrow(RangeError);
  });
});
