import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordingSink } from '../../../test/recording-sink.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import { ICMP, ICMP6, TCP, UDP } from '../model/ip-protocol.ts';
import type { Flow } from '../model/telemetry-record.ts';
import { FlowStitcher, type OneWayFlow } from './stitch.ts';

const A = parseIpAddress('10.0.0.1')!;
const B = parseIpAddress('10.0.0.2')!;
const SECOND = 1_000_000;
const at = (seconds: number): Instant => (seconds * SECOND) as Instant;

const there = (over: Partial<OneWayFlow> = {}): OneWayFlow => ({
  time: at(1000), duration: 0, source: A, sourcePort: 40_000, destination: B, destinationPort: 80, protocol: TCP,
  packets: 1, bytes: 0, flags: 0x02, sampling: 1, service: '', uid: '', ...over,
}); // prettier-ignore
const back = (over: Partial<OneWayFlow> = {}): OneWayFlow =>
  there({ source: B, sourcePort: 80, destination: A, destinationPort: 40_000, flags: 0x14, ...over });

function stitched(
  records: readonly OneWayFlow[],
  limit?: number,
): { flows: Flow[]; lines: readonly number[] } {
  const stitcher = new FlowStitcher(limit);
  const sink = new RecordingSink();
  for (const [index, record] of records.entries()) stitcher.add(record, index + 1, sink);
  stitcher.end(sink);
  return { flows: sink.records as Flow[], lines: sink.lines };
}
const brief = (records: readonly OneWayFlow[]): string[] =>
  stitched(records).flows.map(
    ({ source, sourcePort, destinationPort, outcome, sourcePackets, destinationPackets }) =>
      `${source}:${sourcePort} > ${destinationPort} ${outcome} ${sourcePackets}:${destinationPackets}`,
  );

describe('pairs', () => {
  test.each<readonly [string, readonly OneWayFlow[], readonly string[]]>([
    ['SYN and RST', [there(), back()], ['10.0.0.1:40000 > 80 refused 1:1']],
    ['RST before SYN in the file, later in time', [back({ time: at(1000.5) }), there()], ['10.0.0.1:40000 > 80 refused 1:1']],
    ['at one time, the answer first in the file', [back({ flags: 0x12 }), there({ flags: 0x06, packets: 2 })], ['10.0.0.1:40000 > 80 half-open 2:1']],
    [
      'at one time and without flags, the way to the lower port is forward',
      [back({ flags: 0, protocol: UDP }), there({ flags: 0, protocol: UDP })],
      ['10.0.0.1:40000 > 80 answered 1:1'],
    ],
    ['a session', [there({ flags: 0x1b, packets: 5 }), back({ flags: 0x1b, packets: 4 })], ['10.0.0.1:40000 > 80 answered 5:4']],
    [
      'a long flow in several records',
      [there({ flags: 0x02 }), there({ time: at(1060), flags: 0x18, packets: 9 }), back({ time: at(1000.1), duration: 60 * SECOND, flags: 0x1a, packets: 7 })],
      ['10.0.0.1:40000 > 80 answered 10:7'],
    ],
    ['just within the window', [there(), back({ time: at(1120) })], ['10.0.0.1:40000 > 80 refused 1:1']],
    ['past the window', [there(), back({ time: at(1121) })], ['10.0.0.1:40000 > 80 silent 1:0', '10.0.0.2:80 > 40000 backscatter 1:0']],
    ['the window is from the end of a long record', [there({ duration: 300 * SECOND }), back({ time: at(1400) })], ['10.0.0.1:40000 > 80 refused 1:1']],
    ['the same ports again, after the window', [there(), there({ time: at(1500) })], ['10.0.0.1:40000 > 80 silent 1:0', '10.0.0.1:40000 > 80 silent 1:0']],
    ['UDP', [there({ protocol: UDP, flags: 0 }), back({ protocol: UDP, flags: 0, time: at(1000.1) })], ['10.0.0.1:40000 > 80 answered 1:1']],
    [
      'echo and its reply, which have other types',
      [
        there({ protocol: ICMP, flags: 0, sourcePort: 0, destinationPort: 8 << 8 }),
        back({ protocol: ICMP, flags: 0, sourcePort: 0, destinationPort: 0 }),
      ],
      ['10.0.0.1:0 > 2048 answered 1:1'],
    ],
    [
      'the reply first: ICMP says which is which',
      [
        back({ protocol: ICMP6, flags: 0, sourcePort: 0, destinationPort: 129 << 8 }),
        there({ protocol: ICMP6, flags: 0, sourcePort: 0, destinationPort: 128 << 8 }),
      ],
      ['10.0.0.1:0 > 32768 answered 1:1'],
    ],
  ])('%s', (_, records, want) => {
    expect(brief(records)).toEqual(want);
  }); // prettier-ignore

  test('times, bytes and identifiers of both, and the line of the first', () => {
    const { flows, lines } = stitched([
      there({ time: at(5), duration: SECOND, bytes: 10, flags: 0x1b, uid: 'x' }),
      there({ destinationPort: 81, time: at(5) }),
      back({ time: at(6), duration: 3 * SECOND, bytes: 20, flags: 0x1b, service: 'http' }),
    ]);
    expect(flows[0]).toMatchObject({
      time: at(5),
      duration: 4 * SECOND,
      sourceBytes: 10,
      destinationBytes: 20,
      service: 'http',
      uid: 'x',
      state: 'paired',
      sourceFlags: 0x1b,
    });
    expect(lines).toEqual([1, 2]);
  });
});

describe('records that stay alone', () => {
  test.each<readonly [string, OneWayFlow, string]>([
    ['SYN', there(), 'silent'],
    ['SYN, sampled', there({ sampling: 100 }), 'unknown'],
    [
      'SYN from a service port: a scan with `-g 53`',
      there({ sourcePort: 53, destinationPort: 8080 }),
      'silent',
    ],
    ['RST', back({ flags: 0x04 }), 'backscatter'],
    ['RST with ACK', back({ flags: 0x14 }), 'backscatter'],
    ['SYN-ACK', back({ flags: 0x12 }), 'backscatter'],
    ['SYN-ACK, sent again', back({ flags: 0x12, packets: 3 }), 'backscatter'],
    ['data from a service port', back({ flags: 0x18, packets: 5 }), 'backscatter'],
    ['data to a service port: the other side was not seen', there({ flags: 0x1a, packets: 5 }), 'unknown'],
    ['no flags', there({ flags: 0 }), 'unknown'],
    ['UDP', there({ protocol: UDP, flags: 0, destinationPort: 161 }), 'silent'],
    ['UDP to 443', there({ protocol: UDP, flags: 0, destinationPort: 443 }), 'unknown'],
    ['UDP from a service port', back({ protocol: UDP, flags: 0, sourcePort: 53 }), 'backscatter'],
    ['echo', there({ protocol: ICMP, flags: 0, sourcePort: 0, destinationPort: 8 << 8 }), 'silent'],
    [
      'port unreachable',
      there({ protocol: ICMP, flags: 0, sourcePort: 0, destinationPort: (3 << 8) | 3 }),
      'backscatter',
    ],
    ['GRE', there({ protocol: 47, flags: 0, sourcePort: 0, destinationPort: 0 }), 'unknown'],
  ])('%s', (_, record, want) => {
    const { flows } = stitched([record]);
    expect(flows.map((flow) => flow.outcome)).toEqual([want]);
    expect(flows[0]?.state).toBe('one-way');
  });
});

test('what waits is bounded: the oldest goes first', () => {
  const records = Array.from({ length: 10 }, (_, index) => there({ destinationPort: 1000 + index }));
  const stitcher = new FlowStitcher(4);
  const sink = new RecordingSink();
  for (const [index, record] of records.entries()) {
    stitcher.add(record, index + 1, sink);
    expect(index + 1 - sink.records.length).toBeLessThanOrEqual(4);
    expect(stitcher.heldFrom).toBe(sink.records.length + 1);
  }
  stitcher.end(sink);
  expect(sink.lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(stitcher.heldFrom).toBeUndefined();
});

test('records go out when the stream has passed them', () => {
  const stitcher = new FlowStitcher();
  const sink = new RecordingSink();
  stitcher.add(there(), 1, sink);
  stitcher.add(there({ destinationPort: 81, time: at(1120) }), 2, sink);
  expect(sink.lines).toEqual([]);
  stitcher.add(there({ destinationPort: 82, time: at(1121) }), 3, sink);
  expect(sink.lines).toEqual([1]);
  expect(stitcher.heldFrom).toBe(2);
});

test('a record that waits while thousands are paired behind it keeps its place', () => {
  const stitcher = new FlowStitcher();
  const sink = new RecordingSink();
  stitcher.add(there({ destinationPort: 79 }), 1, sink);
  for (let pair = 0; pair < 3000; pair += 1) {
    stitcher.add(there({ sourcePort: 1024 + pair }), 2 + pair * 2, sink);
    stitcher.add(back({ destinationPort: 1024 + pair }), 3 + pair * 2, sink);
    expect(stitcher.heldFrom).toBe(1);
  }
  expect(sink.lines).toEqual(Array.from({ length: 3000 }, (_, pair) => 2 + pair * 2));
  stitcher.end(sink);
  expect(sink.lines.at(-1)).toBe(1);
});

test('no packet is lost or made up, whatever the order', () => {
  const record = fc.record({
    forward: fc.boolean(), port: fc.integer({ min: 80, max: 82 }), seconds: fc.integer({ min: 0, max: 400 }),
    duration: fc.integer({ min: 0, max: 200 }), packets: fc.integer({ min: 1, max: 9 }), flags: fc.integer({ min: 0, max: 63 }),
  }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), (list, limit) => {
      const records = list.map(({ forward, port, seconds, duration, packets, flags }) =>
        forward
          ? there({ destinationPort: port, time: at(seconds), duration: duration * SECOND, packets, flags })
          : back({ sourcePort: port, time: at(seconds), duration: duration * SECOND, packets, flags }),
      );
      const { flows } = stitched(records, limit);
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
      expect(sum(flows.map((flow) => flow.sourcePackets + flow.destinationPackets))).toBe(
        sum(list.map((each) => each.packets)),
      );
    }),
  );
});
