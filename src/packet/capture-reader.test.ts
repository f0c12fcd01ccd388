import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pcapngBlock, interfaceBlock, packetBlock, pcap, section } from '../../test/written/packets.ts';
import { CaptureReader } from './capture-reader.ts';

interface Seen {
  readonly number: number;
  readonly time: number;
  readonly linkType: number;
  readonly octets: string;
  readonly wireLength: number;
}

/** All packets of a capture that comes in these chunks, and what was counted. */
function read(...chunks: readonly Uint8Array[]): { packets: Seen[]; faults: string[] } {
  const packets: Seen[] = [];
  const faults: string[] = [];
  const reader = new CaptureReader((reason) => faults.push(reason));
  for (const chunk of chunks)
    reader.push(chunk, ({ number, time, linkType, data, start, end, wireLength }) => {
      packets.push({
        number,
        time,
        linkType,
        wireLength,
        octets: Buffer.from(data.subarray(start, end)).toString(),
      });
    });
  reader.end();
  return { packets, faults };
}

const TIME = 1_795_290_136_266_907;
const frames = [
  { time: TIME, frame: Buffer.from('first') },
  { time: TIME + 1, frame: Buffer.from('') },
  { time: TIME + 2_000_000, frame: Buffer.from('the third') },
];
const WANTED = frames.map(({ time, frame }, index) => ({
  number: index + 1, time, linkType: 1, octets: frame.toString(), wireLength: frame.length,
})); // prettier-ignore

describe('libpcap', () => {
  test.each([
    ['microseconds, little-endian', { little: true, nanoseconds: false }],
    ['microseconds, big-endian', { little: false, nanoseconds: false }],
    ['nanoseconds, little-endian', { little: true, nanoseconds: true }],
    ['nanoseconds, big-endian', { little: false, nanoseconds: true }],
  ])('%s', (_, fields) => {
    expect(read(pcap(frames, fields))).toEqual({ packets: WANTED, faults: [] });
  });

  test('a snapshot length cuts packets and keeps their length', () => {
    const { packets } = read(pcap(frames, { snapLength: 4 }));
    expect(packets.map(({ octets, wireLength }) => [octets, wireLength])).toEqual([['firs', 5], ['', 0], ['the ', 9]]); // prettier-ignore
  });

  test("the patched form of Red Hat's libpcap has longer records", () => {
    const capture = Buffer.from(pcap([]));
    capture.writeUInt32LE(0xa1b2cd34, 0);
    const record = Buffer.alloc(24);
    record.writeUInt32LE(3, 8);
    record.writeUInt32LE(3, 12);
    expect(read(Buffer.concat([capture, record, Buffer.from('abc')])).packets[0]?.octets).toBe('abc');
  });

  test('bits for a frame check sequence are not part of the link type', () => {
    const capture = Buffer.from(pcap(frames));
    capture.writeUInt32LE(0x5000_0001, 20);
    expect(read(capture).packets[0]?.linkType).toBe(1);
  });
});

describe('pcapng', () => {
  const units = BigInt(TIME);
  test.each([
    ['microseconds without an option', {}, units],
    ['nanoseconds', { resolution: 9 }, units * 1_000n + 999n],
    ['milliseconds', { resolution: 3 }, units / 1_000n],
    ['picoseconds', { resolution: 12 }, 1_795_290n * 10n ** 12n],
    ['a power of two', { resolution: 0x80 | 10 }, 1_795_290n << 10n],
    ['an offset', { offset: 1_000 }, units],
  ])('%s', (_, fields, time) => {
    const { packets, faults } = read(
      section(),
      interfaceBlock(1, fields),
      packetBlock(0, time, Buffer.from('x')),
    );
    const exponent = 'resolution' in fields ? (fields.resolution ?? 6) : 6;
    const seconds = exponent >= 0x80 ? Number(time) / 2 ** (exponent & 0x7f) : Number(time) / 10 ** exponent;
    const want = seconds + ('offset' in fields ? (fields.offset ?? 0) : 0);
    expect(faults).toEqual([]);
    expect(Math.abs((packets[0]?.time ?? 0) / 1e6 - want)).toBeLessThan(1e-5);
  });

  test('nanoseconds are cut to the exact microsecond', () => {
    const { packets } = read(
      section(),
      interfaceBlock(1, { resolution: 9 }),
      packetBlock(0, units * 1_000n + 999n, Buffer.from('x')),
    );
    expect(packets[0]?.time).toBe(TIME);
  });

  test('interfaces have link types of their own, sections a byte order and interfaces of their own', () => {
    const { packets, faults } = read(
      section(), interfaceBlock(1), interfaceBlock(113), packetBlock(1, units, Buffer.from('a')), packetBlock(0, units, Buffer.from('b')),
      section(false), interfaceBlock(276, { little: false }), packetBlock(0, units, Buffer.from('c'), false), packetBlock(1, units, Buffer.from('d'), false),
    ); // prettier-ignore
    expect(packets.map(({ linkType, octets }) => `${octets} ${linkType}`)).toEqual(['a 113', 'b 1', 'c 276']);
    expect(faults).toEqual(['packet-of-no-interface']);
  });

  test('simple and obsolete packets', () => {
    const simple = Buffer.concat([Buffer.from([5, 0, 0, 0]), Buffer.from('abcd')]);
    const obsolete = Buffer.alloc(22);
    obsolete.writeUInt32LE(Math.floor(TIME / 2 ** 32), 4);
    obsolete.writeUInt32LE(TIME % 2 ** 32, 8);
    obsolete.writeUInt32LE(2, 12);
    obsolete.writeUInt32LE(2, 16);
    obsolete.write('xy', 20);
    const { packets } = read(
      section(),
      interfaceBlock(1, { snapLength: 4 }),
      pcapngBlock(2, obsolete),
      pcapngBlock(3, simple),
    );
    expect(packets).toEqual([
      { number: 1, time: TIME, linkType: 1, octets: 'xy', wireLength: 2 },
      { number: 2, time: TIME, linkType: 1, octets: 'abcd', wireLength: 5 },
    ]);
  });

  test('unknown blocks are skipped, however long', () => {
    const { packets, faults } = read(
      section(),
      pcapngBlock(0x0bad, Buffer.alloc(3_000_000)),
      interfaceBlock(1),
      packetBlock(0, units, Buffer.from('x')),
    );
    expect(packets).toHaveLength(1);
    expect(faults).toEqual([]);
  });
});

describe('lies and damage', () => {
  const huge = Buffer.alloc(16);
  huge.writeUInt32LE(0xffff_fff0, 8);
  const capture = pcap(frames);
  const withLength = (length: number): Buffer => {
    const lying = Buffer.alloc(8);
    lying.writeUInt32LE(6, 0);
    lying.writeUInt32LE(length, 4);
    return Buffer.concat([section(), lying, Buffer.alloc(64)]);
  };
  test.each([
    ['no capture', Buffer.from('hello world'), ['not-a-capture'], 0],
    ['an empty file', Buffer.alloc(0), [], 0],
    ['half a magic number', Buffer.from([0xd4, 0xc3]), ['file-cut'], 0],
    ['a header that breaks off', capture.subarray(0, 20), ['file-cut'], 0],
    ['a record that breaks off', capture.subarray(0, capture.length - 3), ['file-cut'], 2],
    ['a record header that breaks off', capture.subarray(0, 24 + 16 + 5 + 7), ['file-cut'], 1],
    ['a record of four gigabytes', Buffer.concat([capture, huge, capture]), ['record-length-lies'], 3],
    ['a block of four gigabytes', withLength(0xffff_fff0), ['block-too-long', 'file-cut'], 0],
    ['a block of nothing', withLength(8), ['block-length-lies'], 0],
    ['a packet longer than its block', Buffer.concat([section(), interfaceBlock(1), pcapngBlock(6, Buffer.alloc(20, 255))]), ['packet-of-no-interface'], 0],
    ['a time beyond 2106', Buffer.concat([section(), interfaceBlock(1), packetBlock(0, 2n ** 63n, Buffer.from('x'))]), ['time-out-of-range'], 1],
    ['an interface that breaks off', Buffer.concat([section(), pcapngBlock(1, Buffer.alloc(4))]), ['interface-cut'], 0],
    ['a packet block that breaks off', Buffer.concat([section(), interfaceBlock(1), pcapngBlock(6, Buffer.alloc(12))]), ['packet-block-cut'], 0],
    ['a packet that claims more than its block has', Buffer.concat([section(), interfaceBlock(1), pcapngBlock(6, Buffer.alloc(20).fill(9, 12, 13))]), ['packet-length-lies'], 0],
    ['a block whose lengths differ', Buffer.concat([section(), interfaceBlock(1), packetBlock(0, 1n, Buffer.from('x')).fill(9, 32, 33)]), ['block-lengths-differ'], 1],
    ['more interfaces than any host has', Buffer.concat([section(), ...Array.from({ length: 65_537 }, () => interfaceBlock(1))]), ['too-many-interfaces'], 0],
    ['a section without byte order', Buffer.concat([Buffer.from('0a0d0d0a1c000000', 'hex'), Buffer.alloc(20)]), ['section-without-byte-order'], 0],
  ])('%s', (_, octets, faults, packets) => {
    const seen = read(octets);
    expect(seen.faults).toEqual(faults);
    expect(seen.packets).toHaveLength(packets);
  }); // prettier-ignore
});

/** A capture, cut at random places. */
function cut(octets: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (octets.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((from, index) => octets.subarray(from, at[index] ?? octets.length));
}

const mixed = Buffer.concat([
  section(), interfaceBlock(1), pcapngBlock(0x0bad, Buffer.alloc(50)), packetBlock(0, BigInt(TIME), Buffer.from('a')),
  section(false), interfaceBlock(1, { little: false }), packetBlock(0, BigInt(TIME), Buffer.from('abc'), false),
]); // prettier-ignore

test('any chunking gives the same packets', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(pcap(frames), mixed),
      fc.array(fc.nat(), { maxLength: 20 }),
      (octets, places) => {
        expect(read(...cut(octets, places))).toEqual(read(octets));
      },
    ),
  );
});

test.each([1_000, 65_536, 100_000, 150_000, 399_999])(
  'records longer than a chunk, in chunks of %i',
  (size) => {
    const long = [
      { time: TIME, frame: Buffer.alloc(200_000, 'a') },
      { time: TIME + 1, frame: Buffer.from('b') },
      { time: TIME + 2, frame: Buffer.alloc(199_000, 'c') },
    ];
    const octets = pcap(long);
    const chunks = Array.from({ length: Math.ceil(octets.length / size) }, (_, index) =>
      octets.subarray(index * size, (index + 1) * size),
    );
    const { packets, faults } = read(...chunks);
    expect(faults).toEqual([]);
    expect(packets.map(({ octets: text }) => [text.length, text[0]])).toEqual([[200_000, 'a'], [1, 'b'], [199_000, 'c']]); // prettier-ignore
  },
);

test('any octets are survived, in any chunking alike', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(Buffer.alloc(0), pcap(frames).subarray(0, 24), section()),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      (head, tail, places) => {
        const octets = Buffer.concat([head, tail]);
        expect(read(...cut(octets, places))).toEqual(read(octets));
      },
    ),
  );
});
