import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { significant, tokenize } from './lexer.ts';
import { bindParameters, inlineParameters } from './parameters.ts';
import { quoteName, quoteString, settingsList } from './quote.ts';

describe('inlineParameters', () => {
  test.each([
    { why: 'a text', text: '{a:String}', params: { a: "it's" }, want: "CAST('it\\'s', 'String')" },
    { why: 'a number', text: '{a:UInt16}', params: { a: 443 }, want: "CAST(443, 'UInt16')" },
    {
      why: 'a big number',
      text: '{a:UInt64}',
      params: { a: 2n ** 64n - 1n },
      want: "CAST(18446744073709551615, 'UInt64')",
    },
    {
      why: 'an array',
      text: '{a:Array(String)}',
      params: { a: ["'", ''] },
      want: "CAST(['\\'',''], 'Array(String)')",
    },
    { why: 'a name', text: 'FROM {t:Identifier}', params: { t: 'a`b' }, want: 'FROM `a\\`b`' },
    {
      why: 'a time in ISO',
      text: '{t:DateTime64(6)}',
      params: { t: '2026-11-22T04:02:00.5Z' },
      want: "CAST('2026-11-22 04:02:00.5', 'DateTime64(6)')",
    },
    {
      why: 'not what is in quotes',
      text: "'{a:String}' {a:String}",
      params: { a: '' },
      want: "'{a:String}' CAST('', 'String')",
    },
  ])('writes $why', ({ text, params, want }) => {
    expect(inlineParameters(text, params)).toBe(want);
  });
});

describe('bindParameters', () => {
  test('leaves values to the engine and writes names into the text', () => {
    expect(bindParameters('SELECT {a:String} FROM {t:Identifier}', { a: 'x\n', t: 'tab' })).toEqual({
      text: 'SELECT {a:String} FROM `tab`',
      values: { a: 'x\n' },
    });
  });

  test.each([
    { why: 'one is missing', text: '{a:String}', params: {} },
    { why: 'a number is out of range', text: '{a:UInt8}', params: { a: 256 } },
    { why: 'a number is negative', text: '{a:UInt64}', params: { a: -1n } },
    { why: 'a number is not whole', text: '{a:UInt32}', params: { a: 0.5 } },
    { why: 'a number is past what a double holds', text: '{a:UInt64}', params: { a: 2 ** 60 } },
    { why: 'a number is text', text: '{a:UInt8}', params: { a: '1' } },
    { why: 'a float is infinite', text: '{a:Float64}', params: { a: Infinity } },
    { why: 'a text is a number', text: '{a:String}', params: { a: 1 } },
    { why: 'an array is none', text: '{a:Array(String)}', params: { a: 'x' } },
    { why: 'an element is of another type', text: '{a:Array(UInt16)}', params: { a: [1, 'x'] } },
    { why: 'a time has another zone', text: '{a:DateTime64(6)}', params: { a: '2026-11-22T04:02:00+01:00' } },
    { why: 'a time is SQL', text: '{a:DateTime64(6)}', params: { a: "2026-11-22 04:02:00' OR 1" } },
    { why: 'a boolean is a number', text: '{a:Bool}', params: { a: 1 } },
  ])('refuses when $why', ({ text, params }) => {
    for (const work of [bindParameters, inlineParameters]) {
      expect(() => work(text, params)).toThrow(Fault);
      expect(() => work(text, params)).toThrow(
        expect.objectContaining({ code: 'store/bad-parameter', where: { field: 'a' } }),
      );
    }
  });
});

describe('quoting', () => {
  test('any text is one token, whatever stands behind it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, after) => {
        const [string] = tokenize(`${quoteString(text)} ${after}`);
        expect(string).toMatchObject({ kind: 'string', text: quoteString(text) });
        const [name] = significant(tokenize(`${quoteName(text)} ${after}`));
        expect(name).toMatchObject({ kind: 'quoted', text: quoteName(text) });
      }),
      { numRuns: 2000 },
    );
  });

  test('settings take plain names only', () => {
    expect(settingsList({ a: 1, b: true, c: "x'" })).toBe("a=1, b=1, c='x\\''");
    expect(() => settingsList({ 'a=1, b': 2 })).toThrow(TypeError);
  });
});
