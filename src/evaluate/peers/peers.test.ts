import { describe, expect, test } from 'vitest';
import { parsePrefix, type Prefix } from '../../net/prefix.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { ARP, ICMP } from '../../recon/model/ip-protocol.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';
import { closedProbe, constantScan, SCANNER, type ScanShape } from '../constant-scan.ts';
import { crowdsec } from './crowdsec.ts';
import { elastic } from './elastic.ts';
import { nemea } from './nemea.ts';
import type { Peer, PeerContext } from './peer.ts';
import { PEERS } from './peers.ts';
import { psad } from './psad.ts';
import { sentinel } from './sentinel.ts';
import { simpleScan } from './simple-scan.ts';
import { slips } from './slips.ts';
import { snort } from './snort.ts';
import { splunk } from './splunk.ts';
import { trw } from './trw.ts';
import { zeekScan } from './zeek-scan.ts';

const context: PeerContext = { networks: [parsePrefix('10.0.0.0/8') as Prefix] };
const HOST = '10.0.0.1' as IpAddress;

const found = (peer: Peer, flows: Iterable<Flow>) => peer.flag(flows, context).length > 0;
const catches = (peer: Peer, shape: ScanShape, interval: number) =>
  found(peer, constantScan(shape, interval));

/** Probes of one host's ports, `gap` seconds apart. */
const ports = (count: number, gap = 1, change: Partial<Flow> = {}): Flow[] =>
  Array.from({ length: count }, (_, index) => ({
    ...closedProbe(SCANNER, HOST, index + 1, (index * gap * 1e6) as Instant),
    ...change,
  }));

/** Probes of one port of many hosts, `gap` seconds apart. */
const hosts = (count: number, gap = 1, change: Partial<Flow> = {}): Flow[] =>
  Array.from({ length: count }, (_, index) => ({
    ...closedProbe(
      SCANNER,
      `10.0.${index >> 8}.${index & 255}` as IpAddress,
      445,
      (index * gap * 1e6) as Instant,
    ),
    ...change,
  }));

/**
 * The slowest constant interval of probes that each rule still finds, in seconds, and the next one that it does not.
 * `published` is what an independent re-implementation found on a coarser list of intervals.
 */
describe('the slowest scan that a rule finds', () => {
  test.each([
    { peer: elastic, shape: 'vertical', found: 2, missed: 3, published: 1 },
    { peer: crowdsec, shape: 'vertical', found: 4, missed: 5, published: 3 },
    { peer: sentinel, shape: 'vertical', found: 5, missed: 6, published: 5 },
    { peer: splunk, shape: 'vertical', found: 7, missed: 8, published: 6 },
    { peer: snort, shape: 'vertical', found: 6, missed: 7, published: 6 },
    { peer: zeekScan, shape: 'vertical', found: 20, missed: 22, published: 20 },
    { peer: slips, shape: 'vertical', found: 300, missed: 400, published: 300 },
    { peer: nemea, shape: 'vertical', found: 300, missed: 301, published: 300 },
    { peer: simpleScan, shape: 'vertical', found: 900, missed: 901, published: 900 },
    { peer: psad, shape: 'vertical', found: 3600, missed: 3601, published: 3600 },
    { peer: elastic, shape: 'horizontal', found: 5, missed: 6, published: 5 },
    { peer: zeekScan, shape: 'horizontal', found: 12, missed: 13, published: 12 },
    { peer: splunk, shape: 'horizontal', found: 14, missed: 15, published: 12 },
    { peer: snort, shape: 'horizontal', found: 15, missed: 16, published: 15 },
    { peer: slips, shape: 'horizontal', found: 300, missed: 400, published: 300 },
    { peer: simpleScan, shape: 'horizontal', found: 900, missed: 901, published: 900 },
    { peer: trw, shape: 'horizontal', found: 1800, missed: 1801, published: 1800 },
    { peer: psad, shape: 'horizontal', found: 3600, missed: 3601, published: 3600 },
  ] as const)('$peer.name, $shape: $found s', ({ peer, shape, found: slowest, missed, published }) => {
    expect(catches(peer, shape, slowest)).toBe(true);
    expect(catches(peer, shape, missed)).toBe(false);
    expect(catches(peer, shape, published)).toBe(true);
  });

  test.each([
    { peer: trw, shape: 'vertical' },
    { peer: sentinel, shape: 'horizontal' },
    { peer: crowdsec, shape: 'horizontal' },
    { peer: nemea, shape: 'horizontal' },
    { peer: elastic, shape: 'block' },
    { peer: splunk, shape: 'block' },
    { peer: sentinel, shape: 'block' },
    { peer: crowdsec, shape: 'block' },
    { peer: nemea, shape: 'block' },
  ] as const)('$peer.name never finds a $shape scan', ({ peer, shape }) => {
    expect(catches(peer, shape, 0.1)).toBe(false);
  });
});

describe('how many targets a rule needs', () => {
  test.each([
    { peer: zeekScan, least: 15, make: ports },
    { peer: zeekScan, least: 25, make: hosts },
    { peer: simpleScan, least: 25, make: ports },
    { peer: simpleScan, least: 20, make: hosts },
    { peer: trw, least: 4, make: hosts },
    { peer: slips, least: 10, make: ports },
    { peer: slips, least: 10, make: hosts },
    { peer: snort, least: 15, make: ports },
    { peer: snort, least: 7, make: hosts },
    { peer: elastic, least: 50, make: (count: number) => ports(count, 0.1) },
    { peer: elastic, least: 100, make: hosts },
    { peer: splunk, least: 500, make: ports },
    { peer: splunk, least: 250, make: hosts },
    { peer: sentinel, least: 51, make: ports },
    { peer: psad, least: 5, make: ports },
    { peer: psad, least: 10, make: hosts },
    { peer: crowdsec, least: 16, make: (count: number) => ports(count, 0.1) },
    { peer: nemea, least: 50, make: ports },
  ])('$peer.name: $least', ({ peer, least, make }) => {
    expect(found(peer, make(least))).toBe(true);
    expect(found(peer, make(least - 1))).toBe(false);
  });

  test('the time is that of the flow that met the rule', () => {
    expect(zeekScan.flag(ports(40), context)).toEqual([{ source: SCANNER, at: 14e6 }]);
  });
});

describe('what a rule is known to do', () => {
  const answered = { outcome: 'answered', state: 'SF', history: 'ShADadFf', sourcePackets: 6 } as const;

  test.each(PEERS.filter((peer) => ![elastic, splunk, sentinel].includes(peer)))(
    '$name is silent on answered connections',
    (peer) => {
      expect(found(peer, ports(1000, 0.1, answered))).toBe(false);
      expect(found(peer, hosts(1000, 0.1, { ...answered, destinationPort: 8443 }))).toBe(false);
    },
  );

  test.each([elastic, splunk, sentinel])('$name counts answered connections like any other', (peer) => {
    expect(found(peer, ports(1000, 0.1, answered))).toBe(true);
  });

  test('TRW: four successes buy an hour', () => {
    const flows = [...hosts(4, 1, { ...answered, destinationPort: 80 }), ...hosts(254, 1).slice(4)];
    expect(found(trw, flows)).toBe(false);
    expect(found(trw, hosts(254, 1).slice(4))).toBe(true);
  });

  test('TRW takes a mid-stream record for a failure', () => {
    expect(found(trw, hosts(4, 1, { outcome: 'unknown', state: 'OTH', history: 'DadA' }))).toBe(true);
  });

  test('TRW: a remote host that a local one reached is friendly', () => {
    const call = { ...closedProbe(HOST, SCANNER, 443, 0 as Instant), ...answered };
    expect(found(trw, [call, ...hosts(100)])).toBe(false);
  });

  test('simple-scan leaves local sources ten times as much', () => {
    const local = { source: '10.9.9.9' as IpAddress };
    expect(found(simpleScan, ports(249, 1, local))).toBe(false);
    expect(found(simpleScan, ports(250, 1, local))).toBe(true);
  });

  test('simple-scan does not see a SYN scan of open ports', () => {
    expect(found(simpleScan, ports(1000, 1, { outcome: 'half-open', state: 'RSTO', history: 'ShR' }))).toBe(
      false,
    );
  });

  test('Slips: ICMP and ARP sweeps of five hosts', () => {
    const echo = { protocol: ICMP, destinationPort: 8 << 8, outcome: 'silent' } as const;
    expect(found(slips, hosts(5, 1, echo))).toBe(true);
    expect(found(slips, hosts(4, 1, echo))).toBe(false);
    const arp = { protocol: ARP, destinationPort: 0, outcome: 'silent' } as const;
    expect(found(slips, hosts(5, 1, arp))).toBe(true);
    expect(found(slips, hosts(50, 10, arp))).toBe(false);
  });

  test('Slips flags the replies of an asymmetric capture', () => {
    expect(found(slips, hosts(10, 1, { outcome: 'unknown', state: 'SHR', history: '^hadf' }))).toBe(true);
  });

  test('Snort: alternation between two hosts counts as many', () => {
    const flows = hosts(14).map((flow, index) => ({
      ...flow,
      destination: `10.0.0.${1 + (index % 2)}` as IpAddress,
    }));
    expect(found(snort, flows)).toBe(true);
  });

  test('Splunk wants twenty privileged ports among them', () => {
    const high = ports(600).map((flow) => ({ ...flow, destinationPort: flow.destinationPort + 1024 }));
    expect(found(splunk, high)).toBe(false);
  });

  test('psad counts packets: five retries of two ports are enough', () => {
    expect(found(psad, ports(2, 1, { sourcePackets: 3 }))).toBe(true);
    expect(found(psad, ports(1, 1, { sourcePackets: 30 }))).toBe(false);
  });

  test('NEMEA forgets a port that comes again', () => {
    const twice = ports(49).flatMap((flow) => [flow, flow]);
    expect(found(nemea, [...twice, ...ports(49)])).toBe(false);
  });

  test('Elastic: sweeps are looked for on nine ports', () => {
    expect(found(elastic, hosts(1000, 0.1, { destinationPort: 8443 }))).toBe(false);
  });
});

describe('PEERS', () => {
  test.each(PEERS)('$name flags nobody on nothing, and has a rule in one line', (peer) => {
    expect(peer.flag([], context)).toEqual([]);
    expect(peer.rule).toMatch(/^[^\n]{10,100}$/);
  });

  test('each has its own name', () => {
    expect(new Set(PEERS.map((peer) => peer.name)).size).toBe(PEERS.length);
  });
});
