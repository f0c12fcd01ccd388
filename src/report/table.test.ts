import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { harmOnTerminal } from '../../test/hostile-strings.ts';
import { painter } from './style.ts';
import { renderTable } from './table.ts';
import { pad, truncate, wrap } from './wrap.ts';

describe('renderTable', () => {
  test('aligns text left and numbers right, and leaves no trailing space', () => {
    expect(
      renderTable(
        [{ title: 'Host' }, { title: 'Open' }, { title: 'Name' }],
        [
          ['10.0.0.1', 3, 'a'],
          ['10.0.0.100', 1200, undefined],
        ],
      ),
    ).toBe(['Host        Open  Name', '10.0.0.1       3  a', '10.0.0.100  1200  -', ''].join('\n'));
  });

  test('a cell that is too wide is cut, or wrapped where the column says so', () => {
    const row = ['one two three four five', 'one two three four five'];
    expect(renderTable([{ title: 'A' }, { title: 'B', overflow: 'wrap' }], [row], { width: 24 })).toBe(
      ['A            B', 'one two th…  one two', '             three four', '             five', ''].join(
        '\n',
      ),
    );
  });

  test('wide characters keep the columns straight', () => {
    const table = renderTable(
      [{ title: 'Name' }, { title: 'N' }],
      [
        ['東京', 1],
        ['ab', 2],
      ],
    );
    expect(table).toBe(['Name  N', '東京  1', 'ab    2', ''].join('\n'));
  });

  test('an empty table is its head', () => {
    expect(renderTable([{ title: 'A' }, { title: 'B' }], [])).toBe('A  B\n');
  });

  test('reverse video does not fill the column', () => {
    const table = renderTable(
      [{ title: 'Risk' }, { title: 'N' }],
      [
        [{ text: 'low', tone: 'critical' }, 1],
        ['medium', 2],
      ],
      { paint: painter(true) },
    );
    const [, first = ''] = table.split('\n');
    expect(stripVTControlCharacters(first)).toBe('low     1');
    // The sequences end before the padding begins.
    expect(first.endsWith('m     1')).toBe(true);
  });

  test('any text: harmless, and every line fits when the least widths do', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.integer()), {
          maxLength: 5,
        }),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 40, max: 120 }),
        (rows, title, width) => {
          const table = renderTable(
            [{ title }, { title: 'Second', overflow: 'wrap' }, { title: 'Third' }],
            rows,
            { width },
          );
          expect(harmOnTerminal(table)).toStrictEqual([]);
          for (const line of table.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('wrap', () => {
  test.each([
    { why: 'at spaces', text: 'one two three', columns: 7, want: ['one two', 'three'] },
    { why: 'inside a long word', text: 'abcdefgh ij', columns: 3, want: ['abc', 'def', 'gh', 'ij'] },
    { why: 'wide characters', text: '東京東京', columns: 5, want: ['東京', '東京'] },
    { why: 'nothing', text: '', columns: 5, want: [''] },
    { why: 'a wide character that cannot fit', text: '東', columns: 1, want: ['東'] },
  ])('$why', ({ text, columns, want }) => {
    expect(wrap(text, columns)).toStrictEqual(want);
  });

  test('loses nothing but spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, columns) => {
        expect(wrap(text, columns).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});

describe('truncate and pad', () => {
  test.each([
    { why: 'short text stays', text: 'abc', columns: 3, want: 'abc' },
    { why: 'the cut is shown', text: 'abcd', columns: 3, want: 'ab…' },
    { why: 'no half of a wide character', text: '東京', columns: 3, want: '東…' },
    { why: 'no room', text: 'abc', columns: 0, want: '' },
  ])('$why', ({ text, columns, want }) => {
    expect(truncate(text, columns)).toBe(want);
  });

  test('pads on either side', () => {
    expect(pad('a', 3, 'left')).toBe('a  ');
    expect(pad('a', 3, 'right')).toBe('  a');
    expect(pad('東', 3, 'right')).toBe(' 東');
  });
});
