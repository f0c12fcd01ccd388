import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeholders, significant, tokenize, withoutTail } from './lexer.ts';

const kinds = (text: string): string =>
  significant(tokenize(text))
    .map((token) => `${token.kind}:${token.text}`)
    .join(' ');

describe('tokenize', () => {
  test.each([
    {
      why: 'words, marks and numbers',
      text: 'SELECT a+1.5e3, .5, 0xFF',
      want: 'word:SELECT word:a mark:+ number:1.5e3 mark:, number:.5 mark:, number:0xFF',
    },
    { why: 'a string with a doubled quote', text: "'it''s'", want: "string:'it''s'" },
    { why: 'a string with an escaped quote', text: "'it\\'s' x", want: "string:'it\\'s' word:x" },
    { why: 'a string that ends in a backslash', text: "'x\\\\' y", want: "string:'x\\\\' word:y" },
    { why: 'quoted names', text: '`a b`."c`d"', want: 'quoted:`a b` mark:. quoted:"c`d"' },
    { why: 'comments of three kinds', text: 'a -- b\n/* c */ d # e\n#! f\ng', want: 'word:a word:d word:g' },
    { why: 'a comment opener in a string', text: "'--' '/*' x", want: "string:'--' string:'/*' word:x" },
    { why: 'a quote in a comment', text: "/* ' */ x -- '\ny", want: 'word:x word:y' },
    { why: 'a heredoc', text: "$$it's$$ $a$ $$ $a$ x", want: "string:$$it's$$ string:$a$ $$ $a$ word:x" },
    { why: 'a lone dollar', text: '$x', want: 'bad:$ word:x' },
    { why: 'an open string', text: "a 'b", want: "word:a bad:'b" },
    { why: 'an open comment', text: 'a /* b', want: 'word:a bad:/* b' },
    { why: 'letters outside of ASCII', text: 'a é 😀', want: 'word:a bad:é bad:😀' },
    { why: 'a zero byte', text: 'a\0b', want: 'word:a bad:\0 word:b' },
    { why: 'a hash without a space is no comment', text: 'a #b', want: 'word:a mark:# word:b' },
  ])('$why', ({ text, want }) => {
    expect(kinds(text)).toBe(want);
  });

  test('loses nothing of any text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom("'", '"', '`', '\\', '--', '/*', '*/', '$$', '$a$', '\n', ';', '{', '#'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const tokens = tokenize(text);
        expect(tokens.map((token) => token.text).join('')).toBe(text);
        expect(tokens.every((token) => token.text !== '' && text.startsWith(token.text, token.start))).toBe(
          true,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('withoutTail', () => {
  test.each([
    { why: 'nothing at the end', text: 'SELECT 1', want: 'SELECT 1' },
    { why: 'semicolons and spaces', text: ' SELECT 1 ; ;\n', want: ' SELECT 1' },
    { why: 'a comment that would swallow what is added', text: 'SELECT 1 -- x', want: 'SELECT 1' },
    { why: 'a semicolon in a string', text: "SELECT ';'", want: "SELECT ';'" },
    { why: 'nothing but a comment', text: '/* x */;', want: '' },
  ])('$why', ({ text, want }) => {
    expect(withoutTail(text)).toBe(want);
  });
});

describe('placeholders', () => {
  test.each([
    { why: 'two of them', text: 'a {x:UInt8} b { y : Array(String) }', want: ['x:UInt8', 'y:Array(String)'] },
    { why: 'a type with arguments', text: '{at:DateTime64(6)}', want: ['at:DateTime64(6)'] },
    {
      why: 'none in strings, names and comments',
      text: "'{a:String}' `{b:String}` -- {c:String}\n/* {d:String} */",
      want: [],
    },
    { why: 'a map literal is none', text: "{'a': 1}", want: [] },
    { why: 'the same twice', text: '{a:String}{a:String}', want: ['a:String', 'a:String'] },
    { why: 'one that does not end', text: '{a:String', want: [] },
  ])('$why', ({ text, want }) => {
    const found = placeholders(text);
    expect(found.map(({ name, type }) => `${name}:${type}`)).toEqual(want);
    for (const { start, end } of found) expect(text.slice(start, end)).toMatch(/^\{[^]*\}$/);
  });
});
