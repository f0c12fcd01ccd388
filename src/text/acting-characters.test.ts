import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, piecesOf, showControls } from './acting-characters.ts';

/** Whatever acts, and piles of marks: said another way than the code says it. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const PILE = /[\p{Mn}\p{Me}]{5}/u;
/** Texts in which marks, invisible marks and controls stand next to each other. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom(
        'a',
        '\u0301',
        '\u0489',
        '\ufe0f',
        '\u034f',
        '\n',
        '\r\n',
        '\u202e',
        '\ud800',
        '\u{e0041}',
      ),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

describe('text of others', () => {
  test.each([
    {
      why: 'what acts is marked, what only draws is not',
      text: 'exe.\u202egnp\n',
      want: [
        { text: 'exe.', acting: false },
        { text: '\\u202e', acting: true },
        { text: 'gnp', acting: false },
        { text: '\\n', acting: true },
      ],
    },
    {
      why: 'four marks are a script, the rest of the pile is one character',
      text: `Z${'\u0301'.repeat(9)}o`,
      want: [
        { text: `Z${'\u0301'.repeat(4)}`, acting: false },
        { text: '\ufffd', acting: true },
        { text: 'o', acting: false },
      ],
    },
    {
      why: 'invisible marks are shown, however many stand together',
      text: 'a\ufe0f\ufe0f\ufe0f\ufe0f\ufe0f',
      want: [
        { text: 'a', acting: false },
        ...Array.from({ length: 5 }, () => ({ text: '\\ufe0f', acting: true })),
      ],
    },
    { why: 'nothing has no pieces', text: '', want: [] },
  ])('$why', ({ text, want }) => {
    expect(piecesOf(text)).toStrictEqual(want);
  });

  test('nothing that acts is left, whatever stands beside it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = showControls(text);
        expect(shown).not.toMatch(ACTS);
        expect(shown).not.toMatch(PILE);
      }),
    );
  });

  test('lines are kept where they are asked for, and nothing else is', () => {
    expect(showControls('a\r\nb\r\tc', { multiline: true })).toBe('a\nb\\r\\tc');
  });

  test('cutting never leaves half a character', () => {
    expect(clip('ab🖥️', 4)).toBe('ab…');
    expect(clip('x'.repeat(400), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(clip('short', 5)).toBe('short');
  });
});
