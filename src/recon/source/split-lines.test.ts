import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter, MAX_LINE_BYTES } from './split-lines.ts';

/** Bytes cut at these fractions of their length. */
function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((to, index) => bytes.subarray(at[index], to));
}

function splitAll(chunks: readonly Uint8Array[]): { lines: string[]; splitter: LineSplitter } {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  lines.push(...splitter.end());
  return { lines, splitter };
}

/** What String.split makes of the text; the empty piece after a last break is no line. */
function reference(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
const texts = fc
  .array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\r\n', '\n\n', 'é', '𝄞', '\uFEFF', '')),
  )
  .map((parts) => Buffer.from(parts.join(''), 'utf8'));

describe('LineSplitter', () => {
  test('gives what String.split gives, however the bytes were cut', () => {
    fc.assert(
      fc.property(texts, cuts, (bytes, at) => {
        expect(splitAll(cutAt(bytes, at)).lines).toEqual(reference(bytes));
      }),
    );
  });

  test('gives the same lines of any bytes, however they were cut, and never joins two', () => {
    const anything = fc.array(fc.constantFrom(0x0a, 0x0d, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xf0, 0x9d, 0xff), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(anything, cuts, (values, at) => {
        const bytes = Uint8Array.from(values);
        const { lines } = splitAll(cutAt(bytes, at));
        expect(lines).toEqual(splitAll([bytes]).lines);
        expect(lines.length).toBe(
          values.filter((value) => value === 0x0a).length +
            (values.length > 0 && values.at(-1) !== 0x0a ? 1 : 0),
        );
      }),
    );
  });

  test('invalid UTF-8 becomes U+FFFD and does not swallow the break', () => {
    expect(splitAll([Uint8Array.from([0x61, 0xe2, 0x82, 0x0a, 0x62])]).lines).toEqual(['a\uFFFD', 'b']);
  });

  test('knows at every moment where the next line begins', () => {
    fc.assert(
      fc.property(texts, cuts, (bytes, at) => {
        const splitter = new LineSplitter();
        let lines = 0;
        for (const chunk of cutAt(bytes, at)) {
          lines += splitter.push(chunk).length;
          const before = bytes.subarray(0, splitter.consumed);
          expect(before.filter((value) => value === 0x0a).length).toBe(lines);
          expect(splitter.consumed === 0 || before.at(-1) === 0x0a).toBe(true);
        }
        splitter.end();
        expect(splitter.consumed).toBe(bytes.length);
      }),
    );
  });

  test('begins in the middle of a file where it is told', () => {
    const splitter = new LineSplitter(100);
    expect(splitter.push(Buffer.from('\uFEFFab\ncd'))).toEqual(['\uFEFFab']);
    expect(splitter.consumed).toBe(106);
    expect(splitter.pending).toBe(2);
  });

  test.each([
    { why: 'in one chunk', size: Number.POSITIVE_INFINITY },
    { why: 'in small chunks', size: 65_536 },
    { why: 'in chunks of a line’s greatest length', size: MAX_LINE_BYTES },
  ])('cuts a line that is too long at a character, and goes on after it ($why)', ({ size }) => {
    const long = `${'x'.repeat(MAX_LINE_BYTES - 1)}é${'y'.repeat(300_000)}`;
    const bytes = Buffer.from(`first\n${long}\nnext\n${'z'.repeat(MAX_LINE_BYTES)}\nlast`, 'utf8');
    const chunks: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += size) chunks.push(bytes.subarray(from, from + size));
    const { lines, splitter } = splitAll(chunks);
    expect(lines.map((line) => `${line[0]} ${line.length}`)).toEqual([
      'f 5',
      `x ${MAX_LINE_BYTES - 1}`,
      'n 4',
      `z ${MAX_LINE_BYTES}`,
      'l 4',
    ]);
    expect(splitter.cutLines).toBe(1);
    expect(splitter.lines).toBe(5);
    expect(splitter.consumed).toBe(bytes.length);
  });

  test('keeps no more than a line of a line without end', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(MAX_LINE_BYTES, 0x61);
    for (let n = 0; n < 64; n += 1) expect(splitter.push(chunk)).toEqual([]);
    expect(splitter.pending).toBe(64 * MAX_LINE_BYTES);
    expect(splitter.end().map((line) => line.length)).toEqual([MAX_LINE_BYTES]);
  });
});
