import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createPrint, type Print } from './print.ts';
import { printCsv, printNdjson, printTable, type Answer } from './query-output.ts';

function paper(): { print: Print; written: () => string } {
  const stdout = new PassThrough({ highWaterMark: 1 << 24 });
  const print = createPrint({
    stdout,
    stderr: new PassThrough(),
    env: {},
    json: false,
    quiet: false,
    colorAllowed: true,
  });
  return { print, written: () => String(stdout.read() ?? '') };
}

function answer(names: readonly string[], rows: readonly (readonly unknown[])[], onEnd?: () => void): Answer {
  return {
    columns: names.map((name) => ({ name, type: name === 'n' ? 'UInt64' : 'String' })),
    rows: (async function* () {
      try {
        for (const row of rows) yield await Promise.resolve(row);
      } finally {
        onEnd?.();
      }
    })(),
  };
}

const hostile = '=cmd|"/c calc"!A1\u001B[2J\u202E,\n';
const rows = [
  ['10.0.0.1', '22', null, ['a', 'b'], hostile, '18446744073709551615'],
  ['::1', '18446744073709551615', 'x', [], '', { nested: [1] }],
];
const columns = ['address', 'n', 'nothing', 'names', 'banner', 'other'];

describe('an answer', () => {
  test('as NDJSON: one object a line, everything as it was, nothing that acts', async () => {
    const { print, written } = paper();
    expect(await printNdjson(answer(columns, rows), print)).toBe(2);
    const text = written();
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202E/u);
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => Object.values(JSON.parse(line) as object))).toEqual([
      ['10.0.0.1', 22, null, ['a', 'b'], hostile, '18446744073709551615'],
      rows[1],
    ]);
  });

  test('as CSV: a header, one record a line, no formula, no control', async () => {
    const { print, written } = paper();
    await printCsv(answer(columns, rows), print);
    const text = written();
    expect(text).not.toMatch(/(?!\r?\n)[\p{Cc}](?<!\r)|\u202E/u);
    expect(text.split('\r\n')).toEqual([
      'address,n,nothing,names,banner,other',
      `10.0.0.1,22,,a b,"'=cmd|""/c calc""!A1\\x1b[2J\\u202e,\\n",18446744073709551615`,
      '::1,18446744073709551615,x,,,"{""nested"":[1]}"',
      '',
    ]);
  });

  test('as a table: escaped, cut at the limit, and the query is stopped there', async () => {
    const { print, written } = paper();
    let stopped = false;
    const many = Array.from({ length: 50 }, (_, index) => [index, hostile]);
    const result = await printTable(
      answer(['n', 'banner'], many, () => {
        stopped = true;
      }),
      5,
      print,
    );
    expect(result).toEqual({ shown: 5, more: true });
    expect(stopped).toBe(true);
    const text = written();
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202E/u);
    expect(text.trimEnd().split('\n')).toHaveLength(6);
  });

  test('without rows: a header, and no claim of more', async () => {
    const { print, written } = paper();
    expect(await printTable(answer(['n'], []), 5, print)).toEqual({ shown: 0, more: false });
    expect(written()).toBe('n\n');
  });
});
