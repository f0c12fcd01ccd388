import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowSplitter } from './rows.ts';

describe('RowSplitter', () => {
  test('gives the same rows however the bytes are cut', () => {
    const row = fc.record({ text: fc.string({ unit: 'binary' }), n: fc.integer() });
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(row), cuts, fc.boolean(), (rows, sizes, ended) => {
        const bytes = Buffer.from(rows.map((one) => JSON.stringify(one)).join('\n') + (ended ? '\n' : ''));
        const splitter = new RowSplitter();
        const out: unknown[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          // The memory is overwritten after each turn, as the engine may do.
          const chunk = Uint8Array.from(bytes.subarray(at, at + size));
          out.push(...splitter.push(chunk));
          chunk.fill(0xff);
          at += size;
        }
        out.push(...splitter.end());
        expect(out).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  test('says which line was no JSON', () => {
    const splitter = new RowSplitter();
    expect(() => splitter.push(Buffer.from('{"a":1}\nCode: 1. DB::Exc'))).not.toThrow();
    expect(() => splitter.push(Buffer.from('eption: x\n'))).toThrow(SyntaxError);
    expect(splitter.lastLine).toBe('Code: 1. DB::Exception: x');
  });
});
