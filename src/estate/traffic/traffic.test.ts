import { describe, expect, test } from 'vitest';
import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import { contains } from '../../net/prefix.ts';
import type { Flow, TelemetryRecord } from '../../recon/model/telemetry-record.ts';
import { parseInstant, type Instant } from '../../time/instant.ts';
import { BENIGN_KINDS, benignTraffic, type BenignKind } from './benign.ts';
import { OUR_NETWORKS } from './made-up-network.ts';
import { mixed, SCAN_KINDS, scanTraffic } from './scans.ts';

const MONDAY = parseInstant('2026-01-05') as Instant;
const OPTIONS = { seed: 7, start: MONDAY, days: 2, hosts: 20 };
const SCAN = { ...OPTIONS, interval: 3600 };

const FAILED = new Set(['refused', 'silent', 'unreachable', 'half-open']);

/** The first flow to each (source, destination, port, protocol). */
function firstContacts(records: readonly TelemetryRecord[]): Flow[] {
  const first = new Map<string, Flow>();
  for (const record of records) {
    if (record.kind !== 'flow') continue;
    const key = `${record.source} ${record.destination} ${record.destinationPort} ${record.protocol}`;
    if (!first.has(key)) first.set(key, record);
  }
  return [...first.values()];
}

function share<T>(list: readonly T[], holds: (item: T) => boolean): number {
  return list.filter(holds).length / list.length;
}

function isOurs(address: IpAddress): boolean {
  return OUR_NETWORKS.some((prefix) => contains(prefix, address));
}

const SMALL = { ...OPTIONS, days: 1, hosts: 8 };
const everything = [
  ...BENIGN_KINDS.map((kind) => ({ kind, make: (seed: number) => benignTraffic(kind, { ...SMALL, seed }) })),
  ...SCAN_KINDS.map((kind) => ({ kind, make: (seed: number) => scanTraffic(kind, { ...SCAN, seed }) })),
];

describe.each(everything)('$kind', ({ make }) => {
  const { records } = make(1);

  test('is the same for the same seed, and not for another', () => {
    const text = JSON.stringify(records);
    expect(JSON.stringify(make(1).records) === text).toBe(true);
    expect(JSON.stringify(make(2).records) === text).toBe(false);
  });

  test('is in order of time, from the first midnight on', () => {
    const disorder = records.filter(({ time }, index) => time < (records[index - 1]?.time ?? MONDAY));
    expect(disorder).toEqual([]);
    expect(records.every(({ time }) => Number.isSafeInteger(time))).toBe(true);
  });

  test('has well-formed records of one conversation per identifier', () => {
    const flows = records.filter((record) => record.kind === 'flow');
    expect(new Set(flows.map(({ uid }) => uid)).size).toBe(flows.length);
    const odd = flows.filter(
      ({ source, destination, sourcePort, destinationPort, duration }) =>
        source === destination ||
        isIpv6(source) !== isIpv6(destination) ||
        Math.min(sourcePort, destinationPort, duration) < 0 ||
        Math.max(sourcePort, destinationPort) > 65_535,
    );
    expect(odd).toEqual([]);
  });
});

describe('benign traffic', () => {
  test.each(BENIGN_KINDS)('%s has no scan to be found', (kind) => {
    const { truth } = benignTraffic(kind, OPTIONS);
    expect(truth.scans).toEqual([]);
    expect(truth.ledger).toHaveLength(kind === 'ticketed-scanner' ? 1 : 0);
  });

  test.each<{ kind: BenignKind; atLeast: number; atMost: number; of: string }>([
    {
      kind: 'office-day',
      atLeast: 0.02,
      atMost: 0.06,
      of: 'trackers and sites that are down, a retired server',
    },
    { kind: 'happy-eyeballs', atLeast: 0.05, atMost: 0.12, of: 'sites whose IPv6 is broken' },
    { kind: 'peer-to-peer', atLeast: 0.3, atMost: 0.6, of: 'peers that are gone' },
    { kind: 'dns-resolver', atLeast: 0.04, atMost: 0.09, of: 'lame servers' },
    { kind: 'proxy', atLeast: 0.02, atMost: 0.06, of: 'sites that are down' },
    { kind: 'mail', atLeast: 0.02, atMost: 0.08, of: 'exchangers that are gone' },
    { kind: 'federation', atLeast: 0.07, atMost: 0.13, of: 'instances that are gone' },
    { kind: 'quic', atLeast: 0, atMost: 0, of: 'nobody: unanswered QUIC is unknown' },
    { kind: 'mid-stream', atLeast: 0, atMost: 0, of: 'nobody: half-seen sessions are unknown' },
    { kind: 'one-way', atLeast: 0, atMost: 0, of: 'nobody: half-seen sessions are unknown' },
    { kind: 'bad-checksums', atLeast: 0, atMost: 0, of: 'nobody: half-seen sessions are unknown' },
    { kind: 'backscatter', atLeast: 0, atMost: 0, of: 'nobody: answers are no questions' },
  ])('$kind: first contacts fail because of $of', ({ kind, atLeast, atMost }) => {
    const failures = share(firstContacts(benignTraffic(kind, OPTIONS).records), ({ outcome }) =>
      FAILED.has(outcome),
    );
    expect(failures).toBeGreaterThanOrEqual(atLeast);
    expect(failures).toBeLessThanOrEqual(atMost);
  });

  test('people work by day and rest on weekends', () => {
    const { records } = benignTraffic('office-day', { ...OPTIONS, days: 7 });
    const hour = (time: Instant): number => Math.floor((time - MONDAY) / 3600e6);
    expect(share(records, ({ time }) => hour(time) % 24 >= 7 && hour(time) % 24 < 18)).toBeGreaterThan(0.9);
    expect(share(records, ({ time }) => hour(time) >= 5 * 24)).toBeLessThan(0.05);
  });

  test('machines do not: a poller asks the same targets all day', () => {
    const contacts = firstContacts(benignTraffic('monitoring', OPTIONS).records);
    const tomorrow = contacts.filter(({ time }) => time >= MONDAY + 86_400e6);
    expect(contacts.length).toBeGreaterThan(50);
    expect(tomorrow).toEqual([]);
  });

  test('fan-out of a proxy is far beyond what simple thresholds bear', () => {
    const destinations = new Set(
      benignTraffic('proxy', OPTIONS).records.map(({ destination }) => destination),
    );
    expect(destinations.size).toBeGreaterThan(1000);
  });

  test('a dead server is tried again and again, never answered', () => {
    const flows = benignTraffic('printers-and-dead-hosts', OPTIONS).records.filter(
      ({ destination }) => destination === '10.20.10.38',
    );
    expect(flows.length).toBeGreaterThan(200);
    expect(firstContacts(flows)).toHaveLength(20 * 3);
  });

  test('the ledger covers the scanner that has a ticket', () => {
    const { records, truth } = benignTraffic('ticketed-scanner', OPTIONS);
    const [entry] = truth.ledger;
    for (const { source, destination, time } of records) {
      expect(entry?.sources.some((prefix) => contains(prefix, source))).toBe(true);
      expect(entry?.targets.some((prefix) => contains(prefix, destination))).toBe(true);
      expect(entry?.windows.some(({ from, to }) => time >= from && time < to)).toBe(true);
    }
  });
});

describe('scans', () => {
  const scanOf = (kind: (typeof SCAN_KINDS)[number], interval = 3600) => {
    const { records, truth } = scanTraffic(kind, { ...SCAN, interval });
    const [scan] = truth.scans;
    if (scan === undefined) throw new Error('nothing planted');
    return { records, scan };
  };

  test.each<{ kind: (typeof SCAN_KINDS)[number]; destinations: number; contacts: number; sources: number }>([
    { kind: 'vertical-syn', sources: 1, destinations: 1, contacts: 1000 },
    { kind: 'vertical-connect', sources: 1, destinations: 1, contacts: 200 },
    { kind: 'full-range', sources: 1, destinations: 1, contacts: 65_535 },
    { kind: 'horizontal-syn', sources: 1, destinations: 253, contacts: 253 },
    { kind: 'block', sources: 1, destinations: 64, contacts: 512 },
    { kind: 'strobe', sources: 1, destinations: 90, contacts: 270 },
    { kind: 'decoys', sources: 5, destinations: 1, contacts: 100 },
    { kind: 'distributed', sources: 8, destinations: 1, contacts: 400 },
    { kind: 'distributed-thin', sources: 60, destinations: 120, contacts: 120 },
    { kind: 'arp-sweep', sources: 1, destinations: 253, contacts: 253 },
    { kind: 'request-enumeration', sources: 1, destinations: 1, contacts: 1 },
  ])('$kind: $sources sources, $destinations destinations, $contacts contacts', ({ kind, ...want }) => {
    const { scan } = scanOf(kind);
    expect({
      sources: scan.sources.length,
      destinations: scan.destinations,
      contacts: scan.contacts,
    }).toEqual(want);
  });

  test.each([1, 15, 300, 3600, 86_400])('slow: a probe every %i seconds', (interval) => {
    const { records, scan } = scanOf('slow-vertical', interval);
    const gaps = records.slice(1).map(({ time }, index) => time - (records[index]?.time ?? 0));
    expect(new Set(gaps)).toEqual(new Set([interval * 1e6]));
    expect(scan.contacts).toBeGreaterThanOrEqual(12);
    expect(scan.last - scan.first).toBeLessThan(30 * 86_400e6);
  });

  test('parts of a distributed scan are disjoint', () => {
    const targets = scanOf('distributed').records.map(({ destinationPort }) => destinationPort);
    expect(new Set(targets).size).toBe(targets.length);
  });

  test('no probe of internal discovery fails', () => {
    const flows = scanOf('internal-discovery').records.filter((record) => record.kind === 'flow');
    expect(flows.every(({ outcome }) => outcome === 'answered')).toBe(true);
  });

  test('mixed traffic keeps every record and every truth, in order', () => {
    const [a, b] = [benignTraffic('office-day', OPTIONS), scanTraffic('block', SCAN)];
    const both = mixed(a, b);
    expect(both.records).toHaveLength(a.records.length + b.records.length);
    expect(both.truth.scans).toEqual(b.truth.scans);
    const times = both.records.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((x, y) => x - y));
  });

  test('scans come from inside and from outside', () => {
    const inside = SCAN_KINDS.map((kind) => scanOf(kind).scan.sources.every((source) => isOurs(source)));
    expect(new Set(inside)).toEqual(new Set([true, false]));
  });
});
