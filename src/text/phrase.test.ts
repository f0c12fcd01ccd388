import { describe, expect, test } from 'vitest';
import { counted, formatSpan, listed } from './phrase.ts';

describe('phrases', () => {
  test.each([
    [0, 'an instant'],
    [400_000, '0.4 s'],
    [2e6, '2 s'],
    [89e6, '89 s'],
    [900e6, '15 min'],
    [33_120e6, '9.2 h'],
    [36_000e6, '10 h'],
    [172_800e6, '2 days'],
    [-5, 'an instant'],
  ])('%d µs are %s', (micros, want) => {
    expect(formatSpan(micros)).toBe(want);
  });
  test.each([
    [1, '1 port'],
    [0, '0 ports'],
    [1_000, '1,000 ports'],
  ])('%d', (value, want) => {
    expect(counted(value, 'port')).toBe(want);
  });
  test.each([
    [[], 'none'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ])('%j, at most three named', (parts, want) => {
    expect(listed(parts, 3)).toBe(want);
  });
});
