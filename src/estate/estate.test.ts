import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { NmapXmlReader } from '../exposure/parse/nmap-xml.ts';
import type { Host, Port } from '../exposure/model/host.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { generateEstate, type Estate, type EstateScan } from './estate.ts';
import { NOISE } from './history.ts';
import { PROFILE_NAMES } from './profiles.ts';
import { EVENT_KINDS, type EventKind, type Truth } from './truth.ts';

const digest = (scan: EstateScan): string => {
  const hash = createHash('sha256');
  for (const chunk of scan.xml) hash.update(chunk);
  return hash.digest('hex');
};

/** What a reader of the XML sees, by address. */
function read(scan: EstateScan): Map<IpAddress, Host> {
  const reader = new NmapXmlReader();
  const encoder = new TextEncoder();
  const hosts = new Map<IpAddress, Host>();
  const take = (events: ReturnType<typeof reader.push>): void => {
    for (const event of events) {
      if (event.kind === 'problem') throw new Error(event.problem.message);
      if (event.kind === 'host') hosts.set(event.host.address, event.host);
    }
  };
  for (const chunk of scan.xml) take(reader.push(encoder.encode(chunk)));
  take(reader.end());
  return hosts;
}

const openPort = (host: Host | undefined, key: string | undefined): Port | undefined =>
  host?.ports.find((port) => `${port.portid}/${port.protocol}` === key && port.state === 'open');

/** How an event of each kind shows in the scans of the week before and of its week. */
const SHOWS: Readonly<
  Record<EventKind, (before: Host | undefined, after: Host | undefined, truth: Truth) => boolean>
> = {
  'database-exposed': opened,
  'telnet-enabled': opened,
  'admin-port': opened,
  'backdoor-port': opened,
  'slow-drift': opened,
  'service-moved': (before, after, truth) =>
    opened(before, after, truth) &&
    openPort(before, '8080/tcp') !== undefined &&
    openPort(after, '8080/tcp') === undefined,
  'version-downgrade': (before, after, truth) => {
    const [was, is] = [openPort(before, truth.port)?.service, openPort(after, truth.port)?.service];
    return (
      was?.product === is?.product &&
      (was?.version ?? '').localeCompare(is?.version ?? '', 'en', { numeric: true }) > 0
    );
  },
  'host-appeared': (before, after) => before === undefined && after !== undefined,
  'host-disappeared': (before, after) => before !== undefined && after === undefined,
  'mac-swap': (before, after) =>
    before?.mac !== undefined && after?.mac !== undefined && before.mac.address !== after.mac.address,
  'server-swapped': (before, after, truth) =>
    openPort(before, truth.port)?.service?.product !== openPort(after, truth.port)?.service?.product,
  'firewall-opened': (before, after, truth) =>
    before?.extraports[0]?.state === 'filtered' &&
    after?.extraports[0]?.state === 'closed' &&
    (truth.port === undefined || opened(before, after, truth)),
  'tls-removed': (before, after, truth) =>
    openPort(before, truth.port)?.service?.tunnel === 'ssl' &&
    openPort(after, truth.port)?.service?.tunnel === undefined,
};

function opened(before: Host | undefined, after: Host | undefined, truth: Truth): boolean {
  return (
    before !== undefined &&
    openPort(before, truth.port) === undefined &&
    openPort(after, truth.port) !== undefined
  );
}

const shown = (estate: Estate): { missed: Truth[]; kinds: Set<string> } => {
  const weeks = estate.scans.map(read);
  const missed = estate.truth.filter((truth) => {
    const [before, after] = [weeks[truth.week - 2]?.get(truth.host), weeks[truth.week - 1]?.get(truth.host)];
    return !SHOWS[truth.kind as EventKind](before, after, truth);
  });
  return { missed, kinds: new Set(estate.truth.map((truth) => truth.kind)) };
};

describe('the same options', () => {
  test.each([
    { why: 'a small office', hosts: 50, seed: 7 },
    { why: 'several segments', hosts: 600, seed: 8 },
  ])('give the same bytes, and another seed gives others: $why', ({ hosts, seed }) => {
    const options = { hosts, weeks: 3, profiles: PROFILE_NAMES };
    const once = generateEstate({ ...options, seed }).scans.map(digest);
    const again = generateEstate({ ...options, seed })
      .scans.toReversed()
      .map(digest)
      .toReversed();
    const other = generateEstate({ ...options, seed: seed + 1 }).scans.map(digest);
    expect(again).toEqual(once);
    expect(other.filter((hash) => once.includes(hash))).toEqual([]);
  });
});

describe('truth', () => {
  test.each([
    { why: '50 hosts', hosts: 50, weeks: 8, seed: 7 },
    { why: '1,000 hosts', hosts: 1_000, weeks: 8, seed: 11 },
    { why: 'several sites', hosts: 5_000, weeks: 4, seed: 3 },
  ])('every planted event shows in the XML of its week: $why', ({ hosts, weeks, seed }) => {
    const { missed, kinds } = shown(generateEstate({ hosts, weeks, seed }));
    expect(missed).toEqual([]);
    // A small network may have no host for a kind; a large one has for all.
    expect(kinds.size).toBeGreaterThanOrEqual(EVENT_KINDS.length - (hosts < 1_000 ? 2 : 0));
  });

  test('no event falls in the quiet weeks, and none at all when all weeks are quiet', () => {
    const estate = generateEstate({ hosts: 200, weeks: 6, seed: 5, quietWeeks: 4 });
    expect(Math.min(...estate.truth.map((truth) => truth.week))).toBeGreaterThan(4);
    expect(generateEstate({ hosts: 200, weeks: 6, seed: 5, quietWeeks: 6 }).truth).toEqual([]);
  });
});

describe('noise', () => {
  const estate = generateEstate({ hosts: 4_000, weeks: 5, seed: 1, quietWeeks: 5 });
  const noise: Truth[] = [];
  let seen = 0;
  let ports = 0;
  let probed = 0;
  for (const scan of estate.scans) {
    for (const host of scan.hosts((truth) => noise.push(truth))) {
      seen += 1;
      ports += host.ports.length;
      probed += host.ports.filter((port) => port.service?.method === 'probed').length;
    }
  }
  const count = (kind: Truth['kind']): number => noise.filter((truth) => truth.kind === kind).length;
  const leased = estate.network.segments
    .filter((s) => s.kind === 'workstation')
    .reduce((sum, s) => sum + s.hosts, 0);

  // Five standard deviations of a binomial count: the seed is fixed, so this fails only when the code changes.
  test.each([
    { kind: 'scan-loss', n: ports, p: NOISE.scanLoss },
    { kind: 'service-wobble', n: probed, p: NOISE.serviceWobble },
    { kind: 'os-wobble', n: seen, p: NOISE.osWobble },
    { kind: 'ptr-change', n: 4_000 * 4, p: NOISE.ptrChange },
    { kind: 'dhcp-churn', n: leased * 4, p: NOISE.dhcpChurn },
    { kind: 'flapping-port', n: 4_000 * 4, p: NOISE.flapping / 2 },
  ] as const)('$kind is as frequent as documented', ({ kind, n, p }) => {
    expect(Math.abs(count(kind) - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)) + 1);
    expect(count(kind)).toBeGreaterThan(0);
  });

  test('hosts that are said to be down are not in the scan, and the rest is', () => {
    expect(seen + count('host-down')).toBe(4_000 * 5);
  });
});

describe('limits', () => {
  test.each([
    { why: 'too few hosts', hosts: 49, weeks: 1 },
    { why: 'too many hosts', hosts: 65_537, weeks: 1 },
    { why: 'a fraction of a host', hosts: 50.5, weeks: 1 },
    { why: 'no week', hosts: 50, weeks: 0 },
  ])('$why is a RangeError', ({ hosts, weeks }) => {
    expect(() => generateEstate({ hosts, weeks, seed: 1 })).toThrow(RangeError);
  });

  test('65,536 hosts begin to stream at once', () => {
    const [scan] = generateEstate({ hosts: 65_536, weeks: 1, seed: 1 }).scans;
    let hosts = 0;
    for (const host of scan!.hosts()) {
      expect(host.address).toMatch(/^10\.1\./);
      hosts += 1;
      if (hosts === 100) break;
    }
    expect(hosts).toBe(100);
  });
});
