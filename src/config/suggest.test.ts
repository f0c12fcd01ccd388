import { expect, test } from 'vitest';
import { suggest } from './suggest.ts';

const known = ['vantage', 'profile', 'policy', 'networks', 'dataDir', 'at'];

test.each([
  { why: 'a letter too many', word: 'vantagge', want: 'vantage' },
  { why: 'neighbours swapped', word: 'vatnage', want: 'vantage' },
  { why: 'a letter missing', word: 'polcy', want: 'policy' },
  { why: 'another way to join words', word: 'data_dir', want: 'dataDir' },
  { why: 'another case', word: 'Networks', want: 'networks' },
  { why: 'a word of its own', word: 'colour', want: undefined },
  { why: 'a short word is not turned into another short word', word: 'ok', want: undefined },
])('$why: $word → $want', ({ word, want }) => {
  expect(suggest(word, known)).toBe(want);
});
