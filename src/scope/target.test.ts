import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTarget } from './target.ts';

const said = (text: string): string => {
  const target = parseTarget(text);
  switch (target.kind) {
    case 'addresses':
      return target.addresses.toString();
    case 'name':
      return `name ${target.name}${target.mask === undefined ? '' : `/${target.mask}`}`;
    case 'refused':
      return `refused: ${target.rule}`;
    default:
      return target satisfies never;
  }
};

describe("a target in Nmap's syntax", () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.77/24', '10.0.0.0/24'],
    ['10.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.1-6', '10.0.0.1 10.0.0.2/31 10.0.0.4/31 10.0.0.6'],
    ['10.0.0-1.*', '10.0.0.0/23'],
    ['10.0.0.-', '10.0.0.0/24'],
    ['10.0.0.-3', '10.0.0.0/30'],
    ['10.0.0.252-', '10.0.0.252/30'],
    ['10.0.0,2.1,3', '10.0.0.1 10.0.0.3 10.0.2.1 10.0.2.3'],
    ['*.*.*.*', '0.0.0.0/0'],
    ['1-2.*.*.*', '1.0.0.0/8 2.0.0.0/8'],
    ['10.*.*.*', '10.0.0.0/8'],
    ['2001:db8::5', '2001:db8::5'],
    ['2001:db8::5/64', '2001:db8::/64'],
    ['::1', '::1'],
    ['www.Example.org', 'name www.example.org'],
    ['www.example.org.', 'name www.example.org'],
    ['www.example.org/28', 'name www.example.org/28'],
    ['db_1', 'name db_1'],
    ['1and1.example', 'name 1and1.example'],
  ])('%s is %s', (text, want) => {
    expect(said(text)).toBe(want);
  });

  test.each([
    ['-iL', 'looks-like-option'],
    ['--script=exploit', 'looks-like-option'],
    ['-', 'looks-like-option'],
    ['', 'target-syntax'],
    [' 10.0.0.1', 'target-syntax'],
    ['10.0.0.1 10.0.0.2', 'target-syntax'],
    ['10.0.0.1\n-iL', 'target-syntax'],
    ['10.0.0.1\u0000', 'target-syntax'],
    ['１０.0.0.1', 'target-syntax'],
    ['bücher.example', 'target-syntax'],
    ['$(id)', 'target-syntax'],
    ['`id`', 'target-syntax'],
    ['a;b', 'target-syntax'],
    ['a|b', 'target-syntax'],
    ['@/etc/hosts', 'target-syntax'],
    ['file:///etc/hosts', 'target-syntax'],
    ['http://10.0.0.1/', 'target-syntax'],
    ['10.0.0.1:80', 'target-syntax'],
    ['user@host', 'target-syntax'],
    ['10.0.0.1/33', 'target-syntax'],
    ['10.0.0.1/-1', 'target-syntax'],
    ['10.0.0.1/24/8', 'target-syntax'],
    ['10.0.0.1/', 'target-syntax'],
    ['10.0.0.1/0x8', 'target-syntax'],
    ['10.0.0.256', 'target-syntax'],
    ['10.0.0.5-3', 'target-syntax'],
    ['10.0.0.1-300', 'target-syntax'],
    ['10.0.0.1,', 'target-syntax'],
    ['10.0.0.1--5', 'target-syntax'],
    ['10.0.0.1-3/24', 'target-syntax'],
    ['010.0.0.1', 'ambiguous-address'],
    ['10.0.0.01', 'ambiguous-address'],
    ['10.0.0.1-08', 'ambiguous-address'],
    ['167772161', 'ambiguous-address'],
    ['0', 'ambiguous-address'],
    ['10.1', 'ambiguous-address'],
    ['10.0.1', 'ambiguous-address'],
    ['0x0a000001', 'ambiguous-address'],
    ['0x0a.0.0.1', 'ambiguous-address'],
    ['::ffff:10.0.0.1', 'ambiguous-address'],
    ['::ffff:0a00:0001', 'ambiguous-address'],
    ['::10.0.0.1', 'ambiguous-address'],
    ['64:ff9b::10.0.0.1', 'ambiguous-address'],
    ['2002:0a00:0001::1', 'ambiguous-address'],
    ['2001:0:0a00:1::1', 'ambiguous-address'],
    ['::/0', 'ambiguous-address'],
    ['fe80::1%eth0', 'target-syntax'],
    ['2001:db8::/129', 'target-syntax'],
    ['2001:db8:::1', 'target-syntax'],
    ['[2001:db8::1]', 'target-syntax'],
    [`${'a'.repeat(64)}.example`, 'target-syntax'],
    [`${'a.'.repeat(127)}example`, 'target-syntax'],
    ['-a.example', 'looks-like-option'],
    ['a-.example', 'target-syntax'],
    ['a..example', 'target-syntax'],
    ['example.123', 'target-syntax'],
    ['www.example.org/33', 'target-syntax'],
    ['1-254.1,3,5.1-254,255.1,3,5', 'too-many-addresses'],
  ])('%j is refused: %s', (text, rule) => {
    expect(said(text)).toBe(`refused: ${rule}`);
  });

  test('whatever is typed, the answer is one of three', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-0-9.,*/:a-f]{0,24}$/)), (text) => {
        const target = parseTarget(text);
        if (target.kind === 'addresses') expect(target.addresses.isEmpty).toBe(false);
        if (text.startsWith('-')) expect(target).toMatchObject({ rule: 'looks-like-option' });
      }),
      { numRuns: 2_000 },
    );
  });

  test('octet patterns mean what walking all addresses would find', () => {
    const octet = fc.constantFrom('1', '3-5', '*', '1,4', '250-', '-2', '0,255');
    const matches = (pattern: string, value: number): boolean =>
      pattern.split(',').some((piece) => {
        if (piece === '*') return true;
        const [from, to] = piece.includes('-') ? piece.split('-') : [piece, piece];
        return value >= Number(from === '' ? 0 : from) && value <= Number(to === '' ? 255 : to);
      });
    fc.assert(
      fc.property(octet, octet, fc.nat(255), fc.nat(255), (third, fourth, c, d) => {
        const target = parseTarget(`10.0.${third}.${fourth}`);
        const has = target.kind === 'addresses' && target.addresses.has(`10.0.${c}.${d}` as never);
        expect(has).toBe(matches(third, c) && matches(fourth, d));
      }),
    );
  });
});
