import { describe, expect, test } from 'vitest';
import { matchesSegment } from './glob.ts';

describe('matchesSegment', () => {
  test.each([
    { pattern: '*.xml', name: 'a.xml', want: true },
    { pattern: '*.xml', name: 'a.xml.gz', want: false },
    { pattern: '*', name: '.hidden', want: false },
    { pattern: '.*', name: '.hidden', want: true },
    { pattern: 'a?c', name: 'abc', want: true },
    { pattern: 'a?c', name: 'ac', want: false },
    { pattern: 'scan-[0-9][0-9].xml', name: 'scan-07.xml', want: true },
    { pattern: 'scan-[!0-9].xml', name: 'scan-7.xml', want: false },
    { pattern: 'scan-[!0-9].xml', name: 'scan-x.xml', want: true },
    { pattern: '[a-]', name: '-', want: true },
    { pattern: '[]]', name: ']', want: true },
    { pattern: '[open', name: '[open', want: true },
    { pattern: '*a*b*c*', name: 'xxaxxbxxcxx', want: true },
    { pattern: '*a*b*c*', name: 'xxaxxcxxbxx', want: false },
    { pattern: '', name: '', want: true },
    { pattern: '**', name: 'anything', want: true },
  ])('$pattern and $name: $want', ({ pattern, name, want }) => {
    expect(matchesSegment(pattern, name)).toBe(want);
  });

  test('a pattern of many stars ends on a name that nearly fits', () => {
    expect(matchesSegment(`${'*a'.repeat(40)}b`, 'a'.repeat(200))).toBe(false);
  });
});
