import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecord, escapeCsv } from './escape-csv.ts';

/** Reads one RFC 4180 record without its line end. */
function parseRecord(record: string): string[] {
  // Doubled quotes are set aside first, so that every quote left opens or closes a field.
  const fields = [''];
  let quoted = false;
  for (const character of record.replaceAll('""', '\0')) {
    if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return fields.map((field) => field.replaceAll('\0', '"'));
}

describe('escapeCsv', () => {
  test.each([
    { why: 'formula', value: '=HYPERLINK("http://x")', want: `"'=HYPERLINK(""http://x"")"` },
    { why: 'formula after a space', value: ' =1+1', want: `"' =1+1"` },
    { why: 'command by plus', value: '+cmd|x', want: `"'+cmd|x"` },
    { why: 'at', value: '@SUM(A1)', want: `"'@SUM(A1)"` },
    { why: 'tab', value: '\t=1', want: String.raw`"'\t=1"` },
    { why: 'full-width equals', value: '\uFF1D1', want: `"'\uFF1D1"` },
    { why: 'second line', value: 'a\r\nb', want: String.raw`a\r\nb` },
    { why: 'comma and quote', value: 'a,"b"', want: '"a,""b"""' },
    { why: 'harmless: negative number in text', value: '-3.5', want: '-3.5' },
    { why: 'harmless: number', value: -3, want: '-3' },
    { why: 'harmless: nothing', value: undefined, want: '' },
    { why: 'harmless: text', value: 'OpenSSH 9.2p1', want: 'OpenSSH 9.2p1' },
  ])('$why', ({ value, want }) => {
    expect(escapeCsv(value)).toBe(want);
  });

  test('a record is one line, reads back with as many fields, and no field starts a formula', () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('=+-@\t\r\n,;"\'a1 ')) }),
    );
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (values) => {
        const record = csvRecord(values);
        expect(record.endsWith('\r\n')).toBe(true);
        const line = record.slice(0, -2);
        expect(line).not.toMatch(/[\r\n\0]/);
        const read = parseRecord(line);
        expect(read).toHaveLength(values.length);
        for (const cell of read) expect(cell).not.toMatch(/^\s*(?![+-]\d+(\.\d+)?([eE][+-]?\d+)?$)[=+\-@]/);
      }),
      { numRuns: 2000 },
    );
  });
});
