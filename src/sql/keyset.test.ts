import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Keyset } from './keyset.ts';
import type { ParameterValue } from './query.ts';

const keys = [
  { expression: 'score', type: 'UInt64', descending: true },
  { expression: 'address', type: 'IPv6' },
  { expression: 'id', type: 'String' },
] as const;
const keyset = new Keyset('rank', keys);

describe('an order', () => {
  test('and the same the other way round', () => {
    expect(keyset.order).toBe('score DESC, address, id');
    expect(new Keyset('rank', keys, true).order).toBe('score, address DESC, id DESC');
    expect(keyset.place).toBe('[toString(score), toString(address), toString(id)]');
  });

  test('what comes after a place: later in the first key, or equal in it and later in the next', () => {
    const params: Record<string, ParameterValue> = {};
    const cursor = keyset.cursor(['18446744073709551615', '::ffff:10.0.0.1', "') OR 1=1 --"]);
    expect(keyset.after(cursor, params)).toBe(
      '(score < {after0:UInt64} OR (score = {after0:UInt64} AND (address > {after1:IPv6} OR (address = {after1:IPv6} AND id > {after2:String}))))',
    );
    expect(params).toEqual({
      after0: 18446744073709551615n,
      after1: '::ffff:10.0.0.1',
      after2: "') OR 1=1 --",
    });
  });
});

describe('places are compared as the store orders them', () => {
  test.each([
    { why: 'numbers by size, the greatest first', a: ['9', '::1', 'a'], b: ['10', '::1', 'a'], want: 1 },
    {
      why: 'addresses by their octets',
      a: ['1', '::ffff:10.0.0.9', 'a'],
      b: ['1', '::ffff:10.0.0.10', 'a'],
      want: -1,
    },
    {
      why: 'IPv4 mapped after what is less',
      a: ['1', '::fffe:0:0', 'a'],
      b: ['1', '::ffff:0.0.0.0', 'a'],
      want: -1,
    },
    { why: 'texts octet by octet', a: ['1', '::1', 'Z'], b: ['1', '::1', 'a'], want: -1 },
    { why: 'texts beyond the first plane too', a: ['1', '::1', '\uffff'], b: ['1', '::1', '😀'], want: -1 },
    { why: 'the same', a: ['1', '::1', 'a'], b: ['1', '::1', 'a'], want: 0 },
  ])('$why', ({ a, b, want }) => {
    expect(Math.sign(keyset.compare(a, b))).toBe(want);
    expect(Math.sign(new Keyset('rank', keys, true).compare(a, b)) + want).toBe(0);
    expect(keyset.isAfter(keyset.cursor(b), a)).toBe(want > 0);
  });
});

describe('a cursor is refused', () => {
  const other = (place: unknown): string => {
    const [name] = JSON.parse(
      Buffer.from(keyset.cursor(['1', '::1', 'a']), 'base64url').toString('utf8'),
    ) as string[];
    return Buffer.from(JSON.stringify([name, ...(place as unknown[])])).toString('base64url');
  };
  test.each([
    { why: 'nothing', cursor: '' },
    { why: 'no JSON', cursor: 'abc' },
    { why: 'of another order', cursor: new Keyset('rule', keys).cursor(['1', '::1', 'a']) },
    { why: 'of the order reversed', cursor: new Keyset('rank', keys, true).cursor(['1', '::1', 'a']) },
    { why: 'too short', cursor: other(['1', '::1']) },
    { why: 'a text for a number', cursor: other(['one', '::1', 'a']) },
    { why: 'a name for an address', cursor: other(['1', 'localhost', 'a']) },
    { why: 'numbers where texts belong', cursor: other([1, '::1', 'a']) },
  ])('$why', ({ cursor }) => {
    expect(() => keyset.after(cursor, {})).toThrow(expect.objectContaining({ code: 'page/cursor' }));
    expect(() => keyset.isAfter(cursor, ['1', '::1', 'a'])).toThrow(
      expect.objectContaining({ code: 'page/cursor' }),
    );
  });
});
