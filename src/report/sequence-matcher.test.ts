import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opcodes } from './sequence-matcher.ts';

/** What Python 3.11's difflib.SequenceMatcher(None, a, b).get_opcodes() answered, two lists of over 200 elements among them. */
const fixture = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../test/fixtures/sequence-matcher.json'), 'utf8'),
) as [a: string[], b: string[], opcodes: [string, number, number, number, number][]][];

describe('opcodes', () => {
  test.each(fixture.map(([a, b, want], index) => ({ index, a, b, want })))(
    'as difflib: $index',
    ({ a, b, want }) => {
      expect(opcodes(a, b).map(({ op, i1, i2, j1, j2 }) => [op, i1, i2, j1, j2])).toEqual(want);
    },
  );

  test('lead from a to b without a gap', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const steps = opcodes(a, b);
        const walked = steps.flatMap((step) =>
          step.op === 'equal' ? a.slice(step.i1, step.i2) : b.slice(step.j1, step.j2),
        );
        expect(walked).toEqual(b);
        expect(steps.flatMap((step) => a.slice(step.i1, step.i2))).toEqual(a);
      }),
    );
  });

  test('gives up on a million lines instead of taking their square', () => {
    const lines = Array.from({ length: 100_000 }, () => 'same');
    expect(opcodes(lines, lines.slice(1))).toHaveLength(1);
  });
});
