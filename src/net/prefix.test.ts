import { describe, expect, test } from 'vitest';
import type { IpAddress } from './ip-address.ts';
import { contains, formatPrefix, parsePrefix, segmentOf } from './prefix.ts';

describe('Prefix', () => {
  test.each([
    { text: '10.1.2.3/8', want: '10.0.0.0/8' },
    { text: '10.1.2.3', want: '10.1.2.3/32' },
    { text: '0.0.0.0/0', want: '0.0.0.0/0' },
    { text: '2001:db8:1::/32', want: '2001:db8::/32' },
    { text: '10.0.0.0/33', want: undefined },
    { text: '10.0.0.0/', want: undefined },
    { text: '10.0.0.0/8/8', want: undefined },
    { text: '10.0.0.0/-1', want: undefined },
    { text: 'example.org/24', want: undefined },
  ])('$text → $want', ({ text, want }) => {
    const prefix = parsePrefix(text);
    expect(prefix === undefined ? undefined : formatPrefix(prefix)).toBe(want);
  });

  test.each([
    { prefix: '10.0.0.0/8', address: '10.255.255.255', want: true },
    { prefix: '10.0.0.0/8', address: '11.0.0.0', want: false },
    { prefix: '0.0.0.0/0', address: '2001:db8::1', want: false },
    { prefix: '2001:db8::/32', address: '2001:db8:ffff::1', want: true },
  ])('$prefix contains $address: $want', ({ prefix, address, want }) => {
    expect(contains(parsePrefix(prefix)!, address as IpAddress)).toBe(want);
  });

  test('the segment of an address is its /24 or /64', () => {
    expect(segmentOf('192.168.7.9' as IpAddress)).toBe('192.168.7.0/24');
    expect(segmentOf('2001:db8:1:2:3::4' as IpAddress)).toBe('2001:db8:1:2::/64');
  });
});
