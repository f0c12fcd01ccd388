import { describe, expect, test } from 'vitest';
import { comparePorts, parsePortKey, portKey } from './port-key.ts';

describe('PortKey', () => {
  test.each([
    { text: '443/tcp', want: { portid: 443, protocol: 'tcp' } },
    { text: '0/udp', want: { portid: 0, protocol: 'udp' } },
    { text: '65536/tcp', want: undefined },
    { text: '443', want: undefined },
    { text: '443/TCP', want: undefined },
    { text: '-1/tcp', want: undefined },
  ])('$text', ({ text, want }) => {
    expect(parsePortKey(text)).toEqual(want);
  });

  test('order is number first, then protocol as Nmap lists it', () => {
    const order = [
      { portid: 53, protocol: 'tcp' },
      { portid: 53, protocol: 'udp' },
      { portid: 53, protocol: 'sctp' },
      { portid: 443, protocol: 'tcp' },
    ] as const;
    expect(
      order
        .toReversed()
        .toSorted(comparePorts)
        .map((port) => portKey(port.portid, port.protocol)),
    ).toEqual(['53/tcp', '53/udp', '53/sctp', '443/tcp']);
  });
});
