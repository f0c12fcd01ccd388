import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inTunnels, overLinks } from '../../test/written/carriers.ts';
import { ethernet, icmp, ipv4, ipv6, tcp, udp } from '../../test/written/packets.ts';
import { PacketDecoder } from './decoder.ts';

/** What is in frames, as one line each, and what was counted. */
function decode(
  linkType: number,
  ...frames: readonly Buffer[]
): { seen: string[]; faults: Record<string, number> } {
  const decoder = new PacketDecoder();
  const seen: string[] = [];
  for (const [index, frame] of frames.entries())
    decoder.decode(
      {
        number: index + 1,
        time: index * 1_000,
        linkType,
        data: frame,
        start: 0,
        end: frame.length,
        wireLength: frame.length,
      },
      (view) => {
        const payload = Buffer.from(view.data.subarray(view.payloadStart, view.payloadEnd)).toString(
          'latin1',
        );
        const cut = view.payloadLength === payload.length ? '' : ` of ${view.payloadLength}`;
        const pieces =
          view.fragments === 1 ? '' : ` in ${view.fragments}${view.tinyFragments ? ' tiny' : ''}`;
        const what =
          view.type === 0 && view.code === 0
            ? `${view.sourcePort}>${view.destinationPort}`
            : `${view.type}/${view.code}`;
        seen.push(`${view.protocol} ${what} "${payload}"${cut}${pieces}`);
      },
    );
  decoder.end();
  return {
    seen,
    faults: Object.fromEntries(decoder.tally.entries().map(({ reason, count }) => [reason, count])),
  };
}

const question = udp(1_234, 53, 'ask');
const packet = ipv4(17, question);
const packet6 = ipv6(17, question);
const SEEN = ['17 1234>53 "ask"'];
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

describe('what lies below IP', () => {
  test.each(overLinks(packet, packet6))('%s', (_, linkType, frame) => {
    expect(decode(linkType, frame)).toEqual({ seen: SEEN, faults: {} });
  });
});

describe('packets in packets', () => {
  test.each(inTunnels(packet, packet6))('%s', (name, inside) => {
    // Of VXLAN both are seen, the datagram and what it carries.
    const outer = name === 'VXLAN' ? [expect.stringContaining('9999>4789')] : [];
    expect(decode(101, inside)).toEqual({ seen: [...outer, ...SEEN], faults: {} });
  });

  test('a datagram to the port of VXLAN that is none', () => {
    expect(decode(101, ipv4(17, udp(9_999, 4_789, 'no')))).toEqual({
      seen: ['17 9999>4789 "no"'],
      faults: {},
    });
  });

  test('too deep', () => {
    let deep = packet;
    for (let level = 0; level < 20; level += 1) deep = ipv4(4, deep);
    expect(decode(101, deep)).toEqual({ seen: [], faults: { 'packets-in-packets': 1 } });
  });
});

describe('IP and what it carries', () => {
  const extensions = join(hex('3c00000000000000'), hex('1100000000000000'));
  test.each<[string, Buffer, string[], Record<string, number>]>([
    ['IPv4 with options', ipv4(17, question, { options: hex('0101010101010100') }), SEEN, {}],
    ['IPv6 with extension headers', ipv6(17, question, { next: 0, extensions }), SEEN, {}],
    ['TCP with payload', ipv4(6, tcp({ payload: 'x', options: hex('020405b4') })), ['6 40000>80 "x"'], {}],
    ['ICMP', ipv4(1, icmp(8, 3)), ['1 8/3 ""'], {}],
    ['ICMPv6', ipv6(58, icmp(128, 1)), ['58 128/1 ""'], {}],
    ['SCTP', ipv4(132, join(hex('0b590035'), Buffer.alloc(8), hex('01000004'))), ['132 1/0 "\u0001\0\0\u0004"'], {}],
    ['another protocol', ipv4(89, Buffer.from('ospf')), ['89 0>0 "ospf"'], {}],
    ['a wrong checksum of IP is counted', withOctet(packet, 10, 1), SEEN, { 'ipv4-checksum': 1 }],
    ['a wrong checksum of UDP is counted', withOctet(packet, 26, 1), SEEN, { 'udp-checksum': 1 }],
    ['UDP without a checksum', withOctet(withOctet(packet, 26), 27), SEEN, {}],
    ['a wrong checksum of TCP over IPv6', withOctet(ipv6(6, tcp()), 56, 1), ['6 40000>80 ""'], { 'tcp-checksum': 1 }],
    ['a length of zero', withOctet(withOctet(packet, 2), 3), SEEN, { 'ipv4-checksum': 1 }],
    ['a packet that was cut', packet.subarray(0, packet.length - 2), ['17 1234>53 "a" of 3'], {}],
    ['a TCP header that was cut', ipv4(6, tcp()).subarray(0, 38), [], { 'tcp-cut': 1 }],
    ['a TCP header longer than the packet', withOctet(ipv4(6, tcp()), 32, 0xf0), [], { 'tcp-header-length': 1 }],
    ['a TCP header too short', withOctet(ipv4(6, tcp()), 32, 0x40), [], { 'tcp-header-length': 1 }],
    ['UDP longer than the packet', withOctet(packet, 25, 200), [], { 'udp-length': 1 }],
    ['a header length too short', withOctet(packet, 0, 0x44), [], { 'ipv4-header-length': 1 }],
    ['another version', withOctet(packet, 0, 0x75), [], { 'no-ip': 1 }],
    ['extension headers that end in nothing', ipv6(0, hex('3b')), [], { 'ipv6-extension-cut': 1 }],
    ['extension headers without end', ipv6(59, Buffer.alloc(0), { next: 60, extensions: Buffer.concat(Array.from({ length: 30 }, () => hex('3c00000000000000'))) }), [], { 'ipv6-extensions-too-many': 1 }],
    ['nothing', Buffer.alloc(0), [], { 'link-cut': 1 }],
    ['an IPv4 header that was cut', packet.subarray(0, 19), [], { 'ipv4-cut': 1 }],
    ['IPv4 options that were cut', ipv4(17, question, { options: hex('01010101') }).subarray(0, 22), [], { 'ipv4-cut': 1 }],
    ['IPv4 shorter than its header', withOctet(packet, 3, 19), [], { 'ipv4-total-length': 1 }],
    ['an IPv6 header that was cut', packet6.subarray(0, 39), [], { 'ipv6-cut': 1 }],
    ['UDP that was cut', packet.subarray(0, 27), [], { 'udp-cut': 1 }],
    ['ICMP that was cut', ipv4(1, hex('0800')), [], { 'icmp-cut': 1 }],
    ['a wrong checksum of ICMP', withOctet(ipv4(1, icmp(8, 3)), 25, 1), ['1 8/3 ""'], { 'icmp-checksum': 1 }],
    ['SCTP that was cut', ipv4(132, hex('0b59003500')), [], { 'sctp-cut': 1 }],
    ['GRE that was cut', ipv4(47, hex('0000')), [], { 'gre-cut': 1 }],
    ['GRE whose key was cut', ipv4(47, hex('20000800')), [], { 'gre-cut': 1 }],
  ])('%s', (_, inside, seen, faults) => {
    expect(decode(101, inside)).toEqual({ seen, faults });
  }); // prettier-ignore

  test('ARP', () => {
    const body = hex('0001080006040001020202020202c0a80001000000000000c0a80002');
    expect(decode(1, ethernet(body, 0x0806), ethernet(body.subarray(0, 20), 0x0806))).toEqual({
      seen: ['2054 1/0 ""'],
      faults: { 'arp-cut': 1 },
    });
  });

  test.each<[string, Buffer, string]>([
    ['IPv4 that says it is IPv6', ethernet(withOctet(packet, 0, 0x65), 0x0800), 'ipv4-version'],
    ['IPv6 that says it is IPv4', ethernet(withOctet(packet6, 0, 0x40), 0x86dd), 'ipv6-version'],
    ['ARP for something else than IPv4', ethernet(join(hex('000186dd0604'), Buffer.alloc(22)), 0x0806), 'arp-of-other-addresses'],
    ['ARP for addresses of another length', ethernet(join(hex('000108000610'), Buffer.alloc(22)), 0x0806), 'arp-of-other-addresses'],
    ['tags upon tags', ethernet(Buffer.concat(Array.from({ length: 30 }, () => hex('00648100'))), 0x8100), 'tags-too-many'],
    ['a tag that was cut', ethernet(hex('0064'), 0x8100), 'link-cut'],
    ['labels without a bottom', ethernet(hex('0001003f'), 0x8847), 'link-cut'],
  ])('%s', (_, frame, reason) => {
    expect(decode(1, frame)).toEqual({ seen: [], faults: { [reason]: 1 } });
  }); // prettier-ignore

  test('a link type that is not known', () => {
    expect(decode(147, packet)).toEqual({ seen: [], faults: { 'link-type-unknown': 1 } });
  });
});

function withOctet(octets: Buffer, at: number, change?: number): Buffer {
  const copy = Buffer.from(octets);
  // Without a value, nothing; small values are added, so that something changes for certain.
  copy[at] = change === undefined ? 0 : change < 16 ? (copy[at] ?? 0) + change : change;
  return copy;
}

/** Cuts a transport's octets into IPv4 fragments of so many octets (a multiple of eight). */
function fragmented(body: Buffer, size: number, id = 99): Buffer[] {
  const count = Math.ceil(body.length / size);
  return Array.from({ length: count }, (_, index) =>
    ipv4(17, body.subarray(index * size, (index + 1) * size), {
      id,
      fragment: ((index * size) / 8) | (index < count - 1 ? 0x2000 : 0),
    }),
  );
}

const long = udp(1_234, 53, 'abcdefghijklmnopqrstuvwxyz0123456789');
const LONG = '17 1234>53 "abcdefghijklmnopqrstuvwxyz0123456789"';

describe('fragments', () => {
  test('in any order, repeated or not, they give the packet', () => {
    const pieces = fragmented(long, 8);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(pieces, { minLength: pieces.length }),
        fc.nat(pieces.length - 1),
        (order, again) => {
          const { seen } = decode(
            101,
            ...order.slice(0, again),
            ...order.slice(0, again),
            ...order.slice(again),
          );
          expect(seen).toHaveLength(1);
          expect(seen[0]).toMatch(LONG);
        },
      ),
    );
  });

  test('tiny ones are counted, and the packet knows', () => {
    expect(decode(101, ...fragmented(long, 8))).toEqual({
      seen: [`${LONG} in 6 tiny`],
      faults: { 'fragment-tiny': 5 },
    });
    expect(decode(101, ...fragmented(long, 24))).toEqual({ seen: [`${LONG} in 2`], faults: {} });
  });

  test('what came first stays', () => {
    const [first, ...rest] = fragmented(long, 24);
    const forged =
      fragmented(udp(1_234, 53, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'), 32)[0] ?? Buffer.alloc(0);
    expect(decode(101, first ?? forged, forged, ...rest).seen).toEqual([
      '17 1234>53 "abcdefghijklmnopQRSTUVWXyz0123456789" in 3',
    ]);
    const { seen, faults } = decode(101, forged, first ?? forged, ...rest);
    expect(seen).toEqual(['17 1234>53 "ABCDEFGHIJKLMNOPQRSTUVWXyz0123456789" in 3']);
    expect(faults).toEqual({ 'fragment-overlap': 2 });
  });

  test.each<[string, Buffer[], Record<string, number>]>([
    ['one is missing', fragmented(long, 24).slice(1), { 'fragments-incomplete': 1 }],
    ['beyond the longest packet', [ipv4(17, Buffer.alloc(24), { fragment: 0x1fff })], { 'fragment-beyond-65535': 1 }],
    ['beyond the last', [fragmented(long, 24)[1] ?? long, ipv4(17, Buffer.alloc(8), { id: 99, fragment: 0x2000 | 20 })], { 'fragment-beyond-last': 1, 'fragments-incomplete': 1 }],
    ['cut by the snapshot length', [(fragmented(long, 24)[0] ?? long).subarray(0, 30)], { 'fragment-cut': 1 }],
  ])('%s', (_, frames, faults) => {
    expect(decode(101, ...frames)).toEqual({ seen: [], faults });
  }); // prettier-ignore

  test('pieces of nothing, and more pieces than there are places for', () => {
    const piece = (offset: number, size = 1): Buffer =>
      ipv4(17, Buffer.alloc(size), { id: 5, fragment: 0x2000 | offset });
    expect(decode(101, piece(0, 0)).faults).toEqual({ 'fragment-empty': 1 });
    const every = Array.from({ length: 8_192 }, (_, offset) => piece(offset));
    expect(decode(101, ...every, piece(0)).faults).toEqual({
      'fragment-tiny': 8_192,
      'fragments-incomplete': 1,
      'fragments-too-many': 1,
    });
  });

  describe('a flood of them', () => {
    const first = (id: number, size: number): Buffer =>
      ipv4(17, Buffer.alloc(size), { id: id & 0xffff, from: `10.1.${id >> 16}.1`, fragment: 0x2000 });
    /** How many were given up before the capture ended, of packets that are never whole. */
    const givenUp = (count: number, size: number): number => {
      const decoder = new PacketDecoder();
      for (let id = 0; id < count; id += 1) {
        const data = first(id, size);
        decoder.decode({ number: id + 1, time: id, linkType: 101, data, start: 0, end: data.length, wireLength: data.length }, () => {});
      }
      return decoder.tally.count('fragments-incomplete');
    };

    test('at most 4,096 packets wait, and 16 MB', () => {
      expect(givenUp(4_096, 24)).toBe(0);
      expect(givenUp(5_000, 24)).toBe(5_000 - 4_096);
      const size = 8_000;
      expect(givenUp(3_000, size)).toBe(3_000 - Math.floor((16 * 1024 * 1024) / (size + 2 * 96)));
    });

    test('what is not whole after thirty seconds is given up', () => {
      const { seen, faults } = decode(101, ...fragmented(long, 24).slice(0, 1), ...Array.from({ length: 30_001 }, () => packet), ...fragmented(long, 24).slice(1));
      expect(seen.every((line) => line === SEEN[0])).toBe(true);
      expect(faults['fragments-incomplete']).toBe(2);
    });
  }); // prettier-ignore

  test('of IPv6, with an extension header behind', () => {
    const body = join(hex('1100000000000000'), question);
    const piece = (offset: number, more: number, octets: Buffer): Buffer =>
      ipv6(255, octets, {
        next: 44,
        extensions: join(hex('3c00'), Buffer.from([offset >> 8, (offset & 0xff) | more]), hex('00000001')),
      });
    expect(decode(101, piece(8, 0, body.subarray(8)), piece(0, 1, body.subarray(0, 8))).seen).toEqual([
      '17 1234>53 "ask" in 2 tiny',
    ]);
  });
});

test('any octets are survived, on any link', () => {
  const link = fc.constantFrom(0, 1, 9, 101, 113, 276, 999);
  const start = fc.constantFrom(
    Buffer.alloc(0),
    ethernet(packet),
    packet6,
    ipv4(6, tcp({ options: hex('020405b4') })),
    fragmented(long, 8)[0] ?? long,
  );
  fc.assert(
    fc.property(link, start, fc.nat(60), fc.uint8Array({ maxLength: 80 }), (linkType, head, keep, tail) => {
      expect(() => decode(linkType, join(head.subarray(0, keep), Buffer.from(tail)))).not.toThrow();
    }),
    { numRuns: 500 },
  );
});
