import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareIpAddresses,
  formatIpv4,
  parseIpAddress,
  parseIpv4,
  parseIpv6,
  type IpAddress,
} from './ip-address.ts';

describe('parseIpAddress', () => {
  test.each([
    { why: 'dotted quad', text: '10.0.0.1', want: '10.0.0.1' },
    { why: 'leading zero: resolvers disagree on its base', text: '010.0.0.1', want: undefined },
    { why: 'short form, a host name to Nmap', text: '127.1', want: undefined },
    { why: 'hexadecimal octet', text: '0x7f.0.0.1', want: undefined },
    { why: 'octet above 255', text: '10.0.0.256', want: undefined },
    { why: 'empty', text: '', want: undefined },
    { why: 'trailing dot', text: '10.0.0.1.', want: undefined },
    { why: 'IPv6 in capitals, with zeros', text: '2001:0DB8:0:0:0:0:0:1', want: '2001:db8::1' },
    {
      why: 'the longest run of zeros is shortened, the first of equals',
      text: '2001:0:0:1:0:0:0:1',
      want: '2001:0:0:1::1',
    },
    {
      why: 'one zero word alone is not shortened (RFC 5952, 4.2.2)',
      text: '2001:db8:0:1:1:1:1:1',
      want: '2001:db8:0:1:1:1:1:1',
    },
    { why: 'unspecified', text: '::', want: '::' },
    { why: 'a zone names an interface of ours', text: 'fe80::1%eth0', want: 'fe80::1' },
    { why: 'IPv4-mapped is the IPv4 host', text: '::ffff:10.0.0.1', want: '10.0.0.1' },
    { why: 'embedded quad', text: '64:ff9b::192.0.2.33', want: '64:ff9b::c000:221' },
    { why: 'two gaps', text: '1::2::3', want: undefined },
    { why: 'nine words', text: '1:2:3:4:5:6:7:8:9', want: undefined },
    { why: 'a gap that stands for nothing', text: '1:2:3:4::5:6:7:8', want: undefined },
    { why: 'longer than any address', text: '1'.repeat(100), want: undefined },
  ])('$why: $text', ({ text, want }) => {
    expect(parseIpAddress(text)).toBe(want);
  });

  test('is canonical: parsing its own output changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = parseIpAddress(text);
        expect(once).toBeDefined();
        expect(parseIpAddress(once!)).toBe(once);
      }),
    );
  });

  test('any 32-bit number survives as dotted quad', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => parseIpv4(formatIpv4(value)) === value),
    );
  });

  test('words of an IPv6 address survive its canonical form', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0xdb8), { minLength: 8, maxLength: 8 }),
        (words) => {
          const text = parseIpAddress(words.map((word) => word.toString(16)).join(':'))!;
          // Mapped addresses come back as the IPv4 they map.
          expect(parseIpv6(text.includes(':') ? text : `::ffff:${text}`)).toEqual(words);
        },
      ),
    );
  });
});

describe('compareIpAddresses', () => {
  test('sorts numerically, IPv4 first', () => {
    const sorted = [
      '10.0.0.9',
      '10.0.0.10',
      '192.168.0.1',
      '::1',
      '2001:db8::9',
      '2001:db8::10',
    ] as IpAddress[];
    expect(sorted.toReversed().toSorted(compareIpAddresses)).toEqual(sorted);
  });
});
