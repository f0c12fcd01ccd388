import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressSet } from './address-set.ts';
import { addressOf, addressValue } from './ip-address.ts';
import { parsePrefix } from './prefix.ts';

const set = (...blocks: string[]): AddressSet =>
  AddressSet.ofPrefixes(blocks.map((block) => parsePrefix(block)!));

describe('a set of addresses', () => {
  test.each([
    { of: ['10.0.0.0/25', '10.0.0.128/25'], text: '10.0.0.0/24', size: 256n },
    { of: ['10.0.0.1', '10.0.0.2'], text: '10.0.0.1 10.0.0.2', size: 2n },
    { of: ['2001:db8::/64', '10.0.0.1'], text: '10.0.0.1 2001:db8::/64', size: (1n << 64n) + 1n },
    { of: ['0.0.0.0/0'], text: '0.0.0.0/0', size: 1n << 32n },
    { of: ['::/0'], text: '::/0', size: 1n << 128n },
    { of: [], text: '', size: 0n },
  ])('$of is $text', ({ of, text, size }) => {
    expect(set(...of).toString()).toBe(text);
    expect(set(...of).size).toBe(size);
  });

  // Small numbers, so that sets meet.
  const range = fc
    .tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(60), fc.nat(20))
    .map(([family, from, length]) => ({ family, from: BigInt(from), to: BigInt(from + length) }));
  const anySet = fc.array(range, { maxLength: 6 }).map((ranges) => AddressSet.of(ranges));
  const members = (of: AddressSet): string[] =>
    of.ranges.flatMap(({ family, from, to }) =>
      Array.from({ length: Number(to - from) + 1 }, (_, n) => addressOf(family, from + BigInt(n))),
    );

  test('is what sets of its members are', () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const [left, right] = [new Set(members(a)), new Set(members(b))];
        expect(new Set(members(a.union(b)))).toEqual(new Set([...left, ...right]));
        expect(members(a.subtract(b))).toEqual([...left].filter((one) => !right.has(one)));
        expect(members(a.intersect(b))).toEqual([...left].filter((one) => right.has(one)));
        for (const one of left) expect(a.has(one as never)).toBe(true);
      }),
    );
  });

  test('is the union of its blocks, which do not overlap', () => {
    fc.assert(
      fc.property(anySet, (a) => {
        const blocks = a.prefixes();
        expect(AddressSet.ofPrefixes(blocks)).toEqual(a);
        expect(blocks.reduce((sum, block) => sum + AddressSet.ofPrefixes([block]).size, 0n)).toBe(a.size);
      }),
    );
  });

  test('addresses are numbers and back', () => {
    for (const text of ['0.0.0.0', '10.0.0.1', '255.255.255.255', '::', '2001:db8::1', 'ffff::ffff']) {
      const address = addressOf(text.includes(':') ? 6 : 4, addressValue(text as never));
      expect(address).toBe(text);
    }
    expect(() => addressOf(4, 1n << 32n)).toThrow(RangeError);
  });
});
