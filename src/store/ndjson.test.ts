import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { checkNdjson } from './ndjson.ts';

const check = (text: string): { rows: number; text: string } => {
  const { rows, body } = checkNdjson(Buffer.from(text));
  return { rows, text: Buffer.from(body).toString() };
};

const outcome = (text: string): unknown => {
  try {
    return check(text).text;
  } catch (error) {
    return error;
  }
};

describe('checkNdjson', () => {
  test.each([
    { why: 'nothing', text: '', want: { rows: 0, text: '' } },
    { why: 'one line without its end', text: '{"a":1}', want: { rows: 1, text: '{"a":1}' } },
    { why: 'two lines', text: '{"a":1}\n{}\n', want: { rows: 2, text: '{"a":1}\n{}\n' } },
    {
      why: 'blank lines at every place',
      text: '\n\n{"a":1}\n\n \t\n{}\n\n',
      want: { rows: 2, text: '{"a":1}\n{}\n' },
    },
    {
      why: 'lines that end as Windows ends them',
      text: '{"a":1}\r\n{}\r\n',
      want: { rows: 2, text: '{"a":1}\r\n{}\r\n' },
    },
    {
      why: 'brackets and line breaks as text',
      text: '{"a":"}\\n\\n{[\\"","b":[[{}]]}\n',
      want: { rows: 1, text: '{"a":"}\\n\\n{[\\"","b":[[{}]]}\n' },
    },
    { why: 'letters of many bytes', text: '{"é😀":"字"}\n', want: { rows: 1, text: '{"é😀":"字"}\n' } },
  ])('takes $why', ({ text, want }) => {
    expect(check(text)).toEqual(want);
  });

  test.each([
    { why: 'SQL', text: 'DROP TABLE x', line: 1 },
    { why: 'SQL after a blank line', text: '{"a":1}\n\nDROP TABLE x', line: 3 },
    { why: 'SQL on the same line', text: '{"a":1}; DROP TABLE x', line: 1 },
    { why: 'two objects on a line', text: '{"a":1}{"a":2}', line: 1 },
    { why: 'two objects with a space', text: '{"a":1} {"a":2}', line: 1 },
    { why: 'an array', text: '[{"a":1}]', line: 1 },
    { why: 'an object that goes over lines', text: '{"a":1}\n{"a":\n1}', line: 2 },
    { why: 'a text with a raw line break', text: '{"a":"x\ny"}', line: 1 },
    { why: 'a text with a raw tab', text: '{"a":"x\ty"}', line: 1 },
    { why: 'a backslash before a line break', text: '{"a":"x\\\n\nDROP TABLE x"}', line: 1 },
    { why: 'a text that does not end', text: '{"a":"x', line: 1 },
    { why: 'an object that does not end', text: '{"a":[1}', line: 1 },
    { why: 'a closing bracket too many', text: '{"a":1}}', line: 1 },
    { why: 'a bare word', text: '{"a":1}\nnull\n', line: 2 },
    { why: 'a zero byte', text: '{"a":1}\0', line: 1 },
  ])('refuses $why', ({ text, line }) => {
    const fault = outcome(text);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'store/bad-ndjson', where: { line } });
  });

  test('takes whatever JSON.stringify makes, as it is', () => {
    const row = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const text = `${rows.map((one) => JSON.stringify(one)).join('\n')}\n`;
        expect(check(text)).toEqual({ rows: rows.length, text });
      }),
      { numRuns: 500 },
    );
  });

  test('what it lets through is one object a line, whatever came in', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      '\n',
      '\n\n',
      ' ',
      'x',
      ':',
      ',',
      ';DROP TABLE x',
      '{"a":1}',
      '\r',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const out = outcome(pieces.join(''));
        expect(out).toSatisfy((one: unknown) => typeof one === 'string' || one instanceof Fault);
        if (typeof out !== 'string') return true;
        const lines = out.split('\n').slice(0, -1);
        return lines.every((line) => /^\{.*\}$/s.test(line.trim())) && !/\n\s*\n/.test(out);
      }),
      { numRuns: 20_000 },
    );
  });
});
