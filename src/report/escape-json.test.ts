import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeJson } from './escape-json.ts';

describe('escapeJson', () => {
  test.each([
    { why: 'C1 control sequence', value: '\u009b2J', want: String.raw`"\u009b2J"` },
    { why: 'right-to-left override', value: '\u202e', want: String.raw`"\u202e"` },
    { why: 'end of a script element', value: '</script>', want: String.raw`"\u003c/script>"` },
    { why: 'a tag character takes two escapes', value: '\u{e0041}', want: String.raw`"\udb40\udc41"` },
    { why: 'harmless', value: { a: ['ü 東京', 1, null] }, want: '{"a":["ü 東京",1,null]}' },
  ])('$why', ({ value, want }) => {
    expect(escapeJson(value)).toBe(want);
  });

  test('is JSON of the same value, without acting characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, key) => {
        const value = { [`k${key}`]: [text, { text }] };
        const json = escapeJson(value, 2);
        expect(JSON.parse(json)).toStrictEqual(value);
        expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<]/u);
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses what JSON cannot say', () => {
    expect(() => escapeJson(undefined)).toThrow(TypeError);
  });
});
