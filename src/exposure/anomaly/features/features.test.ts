import { describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../../net/ip-address.ts';
import type { PortKey } from '../../../net/port-key.ts';
import type { Instant } from '../../../time/instant.ts';
import type { Census, CensusHost } from '../../model/census.ts';
import { FEATURES } from '../../model/feature-catalogue.ts';
import { ForestDetector, judgeAsSeed, SeedDetector } from './feature-detectors.ts';
import { FeatureHistory } from './features.ts';
import { seedLevel, seedRuleRisk, seedTotal } from './seed-risk.ts';

/** `22/tcp=ssh OpenSSH 9.2`: a port, its state unless open, and what answered. */
function port(text: string): CensusHost['ports'][number] {
  const [where, ...words] = text.split('=');
  const [key, state = 'open'] = where!.split(' ');
  const [service = '', product = '', version = ''] = (words[0] ?? '').split(' ');
  return { key: key as PortKey, state, service, product, version, confidence: 10 };
}

const host = (address: string, ports: readonly string[], more: Partial<CensusHost> = {}): CensusHost => ({
  address: parseIpAddress(address)!,
  roles: [],
  network: `${address.split('.').slice(0, 3).join('.')}.0/24`,
  ports: ports.map(port),
  folded: {},
  profiles: ['services'],
  contradictions: [],
  partial: false,
  ...more,
});

const DAY = 86_400e6;
const census = (day: number, hosts: readonly CensusHost[], profile = 'services'): Census => ({
  id: `run-${day}`,
  at: (1_700_000_000e6 + day * DAY) as Instant,
  profile,
  vantage: 'inside',
  coverage: new Map(),
  partial: false,
  hosts,
});

/** The features of the first host of the last census, the others learned before it. */
function lastOf(...censuses: readonly Census[]): Readonly<Record<string, number>> {
  const history = new FeatureHistory();
  for (const earlier of censuses.slice(0, -1)) history.learn(earlier);
  const [row] = history.features(censuses.at(-1)!).rows;
  return Object.fromEntries(FEATURES.map(({ name }, index) => [name, row![index]!]));
}

describe('features of a host', () => {
  const web = ['22/tcp=ssh OpenSSH 9.2', '80/tcp=http nginx 1.24'];
  const one = (...ports: string[]) => [host('10.0.0.1', ports)];

  test.each<{ why: string; of: readonly Census[]; want: Readonly<Record<string, number>> }>([
    {
      why: 'the scan alone',
      of: [
        census(0, [
          host('10.0.0.1', [...web, '53/udp=domain', '5432/tcp=postgresql', '23/tcp filtered'], {
            folded: { closed: 990, filtered: 5 },
            os: { family: 'Linux', generation: '5.X', accuracy: 96 },
          }),
        ]),
      ],
      want: {
        open_ports: 4,
        filtered_ports: 6,
        closed_ports: 990,
        unique_services: 4,
        versioned_services: 2,
        administrative_ports: 1,
        tcp_ports: 3,
        udp_ports: 1,
        os_confidence: 96,
        deprecated_ports: 0,
        database_ports: 1,
        port_change_rate: 0,
        new_services: 0,
        new_host: 0,
        stability: 1,
      },
    },
    {
      why: 'a port more and a port less: two of the three that either saw',
      of: [census(0, one(...web)), census(1, one('22/tcp=ssh OpenSSH 9.2', '8080/tcp=http-proxy'))],
      want: { port_change_rate: 2 / 3, new_ports: 1, missing_ports: 1, new_services: 1, known_scans: 1 },
    },
    {
      why: 'a port that comes back is not new',
      of: [census(0, one(...web)), census(1, one('22/tcp=ssh')), census(2, one(...web))],
      want: { port_change_rate: 1 / 2, new_ports: 0, new_services: 0, stability: 1 / 2 },
    },
    {
      why: 'another version',
      of: [census(0, one(...web)), census(1, one('22/tcp=ssh OpenSSH 9.3', '80/tcp=http nginx 1.24'))],
      want: { service_change_rate: 1 / 2, port_change_rate: 0 },
    },
    {
      why: 'a version that was not asked for has not changed',
      of: [census(0, one(...web)), census(1, one('22/tcp=ssh', '80/tcp=http'))],
      want: { service_change_rate: 0 },
    },
    {
      why: 'three steady scans, then four ports more',
      of: [0, 1, 2]
        .map((day) => census(day, one(...web)))
        .concat(census(3, one(...web, '1/tcp', '2/tcp', '3/tcp', '4/tcp'))),
      want: { open_ports_deviation: 4, days_unchanged: 3, stability: 1 },
    },
    {
      why: 'another profile has a history of its own',
      of: [census(0, one(...web), 'udp'), census(1, one('161/udp=snmp'))],
      want: { known_scans: 0, port_change_rate: 0, new_ports: 0, new_host: 0 },
    },
    {
      why: 'a host that no earlier scan saw',
      of: [census(0, [host('10.0.0.9', web)]), census(1, one(...web))],
      want: { new_host: 1 },
    },
    {
      why: 'a host that the scanner gave up on has lost nothing',
      of: [census(0, one(...web)), census(1, [host('10.0.0.1', ['22/tcp'], { partial: true })])],
      want: { missing_ports: 0 },
    },
    {
      why: 'the subnet and the network',
      of: [
        census(0, [
          host('10.0.0.1', ['22/tcp', '3306/tcp', '23/tcp']),
          host('10.0.0.2', ['22/tcp']),
          host('10.0.0.3', ['22/tcp']),
          host('10.0.1.1', ['22/tcp', '3306/tcp']),
        ]),
      ],
      want: {
        alone_in_subnet: 2,
        open_ports_against_subnet: 2,
        rarest_port: Math.log(4),
        mean_rarity: (0 + Math.log(2) + Math.log(4)) / 3,
        // 30 + 20 + 25 of (75 + 20 + 20).
        risk_share: 75 / 115,
        risk_concentration: 75 / 115,
      },
    },
  ])('$why', ({ of, want }) => {
    const have = lastOf(...of);
    for (const [name, value] of Object.entries(want))
      expect({ [name]: have[name] }).toEqual({ [name]: expect.closeTo(value, 9) as number });
  });

  test('other profiles of the window add what they saw, and are no change of the series', () => {
    const history = new FeatureHistory();
    history.learn(census(0, one(...web)));
    const tcp = census(1, one(...web));
    const window = census(1, [
      host('10.0.0.1', [...web, '161/udp=snmp'], {
        profiles: ['services', 'udp'],
        contradictions: ['22/tcp'],
      }),
    ]);
    const [row] = history.features(tcp, window).rows;
    const have = Object.fromEntries(FEATURES.map(({ name }, index) => [name, row![index]]));
    expect(have).toMatchObject({
      udp_ports: 1,
      profiles: 2,
      contradictions: 1,
      port_change_rate: 0,
      new_ports: 0,
    });
  });

  test('every feature is named once and explained in a sentence', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
    for (const { meaning } of FEATURES) expect(meaning).toMatch(/^[A-Z0-9].*\.$/s);
  });

  test('a host is itself at another address when its MAC address says so', () => {
    const mac = '52:54:00:12:34:56';
    const have = lastOf(
      census(0, [host('10.0.0.1', web, { mac })]),
      census(1, [host('10.0.0.77', web, { mac })]),
    );
    expect(have['known_scans']).toBe(1);
  });
});

describe('the seed design', () => {
  const risk = (set: Readonly<Record<string, number>>): number =>
    seedRuleRisk(FEATURES.map(({ name }) => set[name] ?? 0));
  test.each([
    { why: 'nothing', set: {}, want: 0 },
    { why: 'deprecated', set: { deprecated_ports: 2 }, want: 30 },
    { why: 'administrative', set: { administrative_ports: 1 }, want: 20 },
    { why: 'database', set: { database_ports: 3 }, want: 25 },
    { why: 'twenty open ports are not many', set: { open_ports: 20 }, want: 0 },
    { why: 'twenty-one are', set: { open_ports: 21 }, want: 15 },
    {
      why: 'all of it',
      set: { deprecated_ports: 1, administrative_ports: 1, database_ports: 1, open_ports: 30 },
      want: 90,
    },
  ])('rule risk: $why', ({ set, want }) => {
    expect(risk(set)).toBe(want);
  });

  test.each([
    { rules: 90, decision: -1, total: 64 },
    { rules: 90, decision: 0.2, total: 54 },
    { rules: 0, decision: -0.2, total: 2 },
  ])(
    'total of rules $rules and decision $decision is $total: High is out of reach',
    ({ rules, decision, total }) => {
      expect(seedTotal(rules, decision)).toBeCloseTo(total, 9);
      expect(seedLevel(total)).not.toBe('high');
    },
  );

  /** A network of like hosts and one that is another. */
  const hosts = Array.from({ length: 60 }, (_, index) =>
    index === 59
      ? host('10.0.0.60', [
          '21/tcp',
          '22/tcp',
          '23/tcp',
          '3306/tcp',
          ...Array.from({ length: 20 }, (__, n) => `${9000 + n}/tcp`),
        ])
      : host(`10.0.0.${index + 1}`, index % 3 === 0 ? ['22/tcp=ssh'] : ['22/tcp=ssh', '80/tcp=http']),
  );

  test('the odd host has the highest total, and its reasons are its ports', () => {
    const verdicts = judgeAsSeed(new FeatureHistory().features(census(0, hosts)));
    const [first] = verdicts.toSorted((a, b) => b.total - a.total);
    expect(first).toMatchObject({ index: 59, ruleRisk: 90, level: 'medium' });
    expect(first!.reasons.slice(0, 6).map(({ feature }) => feature)).toContain('open_ports');
  });

  test.each([new SeedDetector(), new ForestDetector()])(
    '$name calls a tenth of all hosts outliers, whatever happens',
    (detector) => {
      for (const day of [0, 1, 2]) {
        const alerts = detector.judge(census(day, hosts)).filter(({ alert }) => alert);
        expect(alerts.length).toBeLessThanOrEqual(Math.ceil(hosts.length / 10));
        expect(alerts.map(({ index }) => index)).toContain(59);
      }
    },
  );

  test('an empty scan', () => {
    expect(new SeedDetector().judge(census(0, []))).toEqual([]);
    expect(new ForestDetector().judge(census(0, []))).toEqual([]);
  });
});
