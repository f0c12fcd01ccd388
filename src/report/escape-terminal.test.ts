import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip } from '../text/acting-characters.ts';
import { escapeTerminal } from './escape-terminal.ts';

const ACTING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Any code units, lone surrogates included, with the dangerous ones made common. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]8;;x\u0007',
        '\u009b31m',
        '\r\n',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u2028',
        '\ud800',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('escapeTerminal', () => {
  test.each([
    { why: 'colour sequence', text: 'a\u001b[31mred', want: String.raw`a\x1b[31mred` },
    { why: 'OSC 8 link', text: '\u001b]8;;http://x\u0007y', want: String.raw`\x1b]8;;http://x\x07y` },
    { why: 'C1 form of CSI', text: '\u009b2J', want: String.raw`\x9b2J` },
    { why: 'carriage return that would overwrite the line', text: 'bad\rgood', want: String.raw`bad\rgood` },
    { why: 'line feed', text: 'a\nb', want: String.raw`a\nb` },
    { why: 'NUL and DEL', text: '\u0000\u007f', want: String.raw`\x00\x7f` },
    { why: 'right-to-left override', text: 'exe.\u202etxt', want: String.raw`exe.\u202etxt` },
    { why: 'zero-width space and BOM', text: 'a\u200bb\ufeff', want: String.raw`a\u200bb\ufeff` },
    { why: 'line separator', text: 'a\u2028b', want: String.raw`a\u2028b` },
    { why: 'lone surrogate', text: 'a\ud800b', want: String.raw`a\ud800b` },
    { why: 'tag characters', text: '\u{e0041}', want: String.raw`\u{e0041}` },
    { why: 'piled combining marks', text: `a${'\u0301'.repeat(40)}b`, want: `a${'\u0301'.repeat(4)}\ufffdb` },
    {
      why: 'harmless: other scripts and wide characters',
      text: 'Müller 東京 שלום 🖥 1.2-3',
      want: 'Müller 東京 שלום 🖥 1.2-3',
    },
    { why: 'harmless: backslashes', text: String.raw`C:\temp`, want: String.raw`C:\temp` },
  ])('$why', ({ text, want }) => {
    expect(escapeTerminal(text)).toBe(want);
  });

  test('multiline keeps line feeds and nothing else', () => {
    expect(escapeTerminal('a\r\nb\n\tc', { multiline: true })).toBe('a\nb\n\\tc');
  });

  test('never lets an acting character through', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(escapeTerminal(text)).not.toMatch(ACTING);
        expect(escapeTerminal(text, { multiline: true }).replaceAll('\n', '')).not.toMatch(ACTING);
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves printable ASCII unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(escapeTerminal(text)).toBe(text);
      }),
    );
  });
});

describe('clip', () => {
  test.each([
    { why: 'short text is left alone', text: 'abc', units: 3, want: 'abc' },
    { why: 'long text says that it was cut', text: 'abcdef', units: 4, want: 'abc…' },
    { why: 'a character of two units is not halved', text: 'ab🖥cd', units: 4, want: 'ab…' },
  ])('$why', ({ text, units, want }) => {
    expect(clip(text, units)).toBe(want);
  });
});
