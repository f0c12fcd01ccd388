import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PortSet } from './port-set.ts';

const ports = fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 40 });
/** Dense, so that ranges touch and overlap. */
const dense = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 });

describe('PortSet', () => {
  test.each([
    { text: '', want: '' },
    { text: '22', want: '22' },
    { text: '3,1-2,4', want: '1-4' },
    { text: '1-1024,3306', want: '1-1024,3306' },
    { text: '5-3', want: undefined },
    { text: '65536', want: undefined },
    { text: 'T:22', want: undefined },
    { text: '1,,2', want: undefined },
    { text: ' 1', want: undefined },
  ])('parse "$text" → $want', ({ text, want }) => {
    expect(PortSet.parse(text)?.toString()).toBe(want);
  });

  test('a number that is no port is refused', () => {
    expect(() => PortSet.of([70_000])).toThrow(RangeError);
    expect(() => PortSet.fromRanges([[5, 3]])).toThrow(RangeError);
  });

  test('parse(print(x)) = x', () => {
    fc.assert(
      fc.property(ports, (list) => PortSet.parse(PortSet.of(list).toString())!.equals(PortSet.of(list))),
    );
  });

  test('agrees with Set on every operation', () => {
    fc.assert(
      fc.property(fc.oneof(dense, ports), fc.oneof(dense, ports), (left, right) => {
        const a = new Set(left);
        const b = new Set(right);
        const inOrder = (values: Iterable<number>): number[] => [...values].toSorted((x, y) => x - y);
        const A = PortSet.of(left);
        const B = PortSet.of(right);
        expect([...A]).toEqual(inOrder(a));
        expect(A.size).toBe(a.size);
        expect([...A.union(B)]).toEqual(inOrder(new Set([...a, ...b])));
        expect([...A.intersect(B)]).toEqual(inOrder([...a].filter((port) => b.has(port))));
        expect([...A.subtract(B)]).toEqual(inOrder([...a].filter((port) => !b.has(port))));
        for (const port of [...left, ...right, 7]) expect(A.has(port)).toBe(a.has(port));
      }),
    );
  });
});
