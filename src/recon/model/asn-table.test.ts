import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { readAsnTable } from './asn-table.ts';

const ip = (text: string): IpAddress => parseIpAddress(text)!;

const TABLE = [
  '198.51.100.0\t198.51.100.255\t64500\tZZ\tEXAMPLE-ONE',
  '198.51.101.0\t198.51.101.255\t0\tNone\tNot routed',
  '203.0.113.0\t203.0.113.127\t64501\tZZ\t',
  '2001:db8::\t2001:db8:0:ffff:ffff:ffff:ffff:ffff\t64502\tZZ\tEXAMPLE-SIX',
  '255.255.255.0\t255.255.255.255\t4294967294\tZZ\tLAST',
].join('\n');

describe('asOf', () => {
  const { table, problems } = readAsnTable(TABLE, 'asn.tsv');
  test.each([
    { why: 'first of a range', address: '198.51.100.0', want: 'AS64500 EXAMPLE-ONE' },
    { why: 'last of a range', address: '198.51.100.255', want: 'AS64500 EXAMPLE-ONE' },
    { why: 'not routed', address: '198.51.101.1', want: undefined },
    { why: 'between ranges', address: '203.0.113.128', want: undefined },
    { why: 'before all', address: '1.1.1.1', want: undefined },
    { why: 'no name', address: '203.0.113.1', want: 'AS64501' },
    { why: 'IPv6 in', address: '2001:db8:0:1::1', want: 'AS64502 EXAMPLE-SIX' },
    { why: 'IPv6 out', address: '2001:db8:1::', want: undefined },
    { why: 'the end of the address space', address: '255.255.255.255', want: 'AS4294967294 LAST' },
  ])('$why', ({ address, want }) => {
    expect(table.asOf(ip(address))).toBe(want);
  });
  test('nothing was wrong with it', () => {
    expect(problems).toEqual([]);
    expect(table.size).toBe(4);
  });
});

test('lines that are no range are set aside with their number, and the rest is read', () => {
  const text =
    '# a comment\r\n1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUD\r\nnonsense\n1.0.2.0\t1.0.1.0\t1\tZZ\tBACKWARDS\n1.0.0.0\t::1\t1\tZZ\tMIXED\n';
  const { table, problems } = readAsnTable(text, 'asn.tsv');
  expect(table.asOf(ip('1.0.0.7'))).toBe('AS13335 CLOUD');
  expect(problems.map(({ where }) => where.line)).toEqual([3, 4, 5]);
});

test('problems are kept to a few', () => {
  const { problems, problemsLeftOut } = readAsnTable('x\n'.repeat(50), 'asn.tsv');
  expect([problems.length, problemsLeftOut]).toEqual([20, 30]);
});

test('any disjoint ranges, in any order, give what a walk over them gives', () => {
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 5 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 400 }), fc.boolean(), (spans, asked, reversed) => {
      let at = 0;
      const ranges = spans.map(([size, gap], index) => {
        const first = at + gap;
        at = first + size;
        return { first, last: at - 1, number: index + 1 };
      });
      const lines = ranges.map(
        ({ first, last, number }) => `${formatIpv4(first)}\t${formatIpv4(last)}\t${number}\tZZ\tN`,
      );
      const { table } = readAsnTable((reversed ? lines.toReversed() : lines).join('\n'), 'asn.tsv');
      const want = ranges.find(({ first, last }) => first <= asked && asked <= last);
      expect(table.asOf(formatIpv4(asked))).toBe(want && `AS${want.number} N`);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (text) => {
      expect(readAsnTable(text, 'f').table.size).toBeGreaterThanOrEqual(0);
    }),
  );
});
