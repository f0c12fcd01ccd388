import { describe, expect, test } from 'vitest';
import { showControls } from '../../src/report/control-characters.ts';
import { clip, inertString, piecesOf } from '../../src/web/parts/acting-characters.ts';
import { HOSTILE_STRINGS } from '../hostile-strings.ts';

describe('text of others in the dashboard', () => {
  // The web may not import the report: this holds the two together.
  test.each(HOSTILE_STRINGS)('$name reads as in the reports', ({ text }) => {
    expect(
      piecesOf(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(showControls(text));
  });

  test('what acts is marked, what only draws is not', () => {
    expect(piecesOf('exe.\u202egnp\n')).toStrictEqual([
      { text: 'exe.', acting: false },
      { text: '\\u202e', acting: true },
      { text: 'gnp', acting: false },
      { text: '\\n', acting: true },
    ]);
  });

  test('cutting never leaves half a character', () => {
    expect(clip('ab🖥️', 4)).toBe('ab…');
    expect(inertString('x'.repeat(400), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
