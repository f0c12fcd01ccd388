import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { host, finding } from '../../../test/fixtures/summaries.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { riskOf } from '../../findings/risk.ts';
import type { Severity } from '../../findings/severity.ts';
import type { HostSummary } from '../../findings/summary.ts';
import { SubnetTally } from './subnets.ts';

/** A host with findings of these rules, scored as the product scores it. */
function scored(
  address: string,
  found: Readonly<Record<string, readonly [Severity, number]>> = {},
): HostSummary {
  const findings = Object.entries(found).map(([rule, [severity, score]]) =>
    finding({
      rule,
      title: rule,
      severity,
      score,
      host: address,
      port: '1/tcp',
      fact: 'open',
      text: 'open',
      impact: '',
      actions: [],
    }),
  );
  const risk = riskOf(findings.map((each) => ({ ...each, category: each.rule })));
  return { ...host(address, [], 2, findings), risk };
}

function sum(hosts: readonly HostSummary[], networks: readonly string[] = []) {
  const tally = new SubnetTally(networks.map((text) => parsePrefix(text)!));
  for (const each of hosts) tally.add(each);
  return tally.summaries();
}

const TELNET = { telnet: ['high', 30] } as const;

describe('where a host is counted', () => {
  test.each([
    { why: 'by /24', networks: [], host: '10.1.2.3', want: '10.1.2.0/24' },
    { why: 'by /64', networks: [], host: '2001:db8:1:2::3', want: '2001:db8:1:2::/64' },
    { why: 'by a configured network', networks: ['10.1.0.0/16'], host: '10.1.2.3', want: '10.1.0.0/16' },
    {
      why: 'by the longest of several',
      networks: ['10.0.0.0/8', '10.1.2.0/25', '10.1.0.0/16'],
      host: '10.1.2.3',
      want: '10.1.2.0/25',
    },
    {
      why: 'outside of all of them by /24',
      networks: ['10.0.0.0/16'],
      host: '10.1.2.3',
      want: '10.1.2.0/24',
    },
  ])('$why', ({ networks, host: address, want }) => {
    expect(sum([scored(address)], networks).subnets.map(({ network }) => network)).toEqual([want]);
  });
});

describe('what a subnet comes to', () => {
  const { subnets } = sum([
    ...Array.from({ length: 4 }, (_, index) => scored(`10.0.1.${index + 1}`, TELNET)),
    ...Array.from({ length: 16 }, (_, index) => scored(`10.0.2.${index + 1}`, index === 0 ? TELNET : {})),
    scored('10.0.3.1', { ssh: ['low', 20], web: ['info', 0] }),
  ]);

  test('worst first, with hosts, ports and findings', () => {
    expect(
      subnets.map(({ network, risk, hosts, openPorts, hostsByRisk }) => ({
        network,
        score: risk.score,
        hosts,
        openPorts,
        hostsByRisk,
      })),
    ).toEqual([
      {
        network: '10.0.1.0/24',
        score: 78,
        hosts: 4,
        openPorts: 8,
        hostsByRisk: { low: 0, medium: 0, high: 4, critical: 0 },
      },
      {
        network: '10.0.2.0/24',
        score: 76,
        hosts: 16,
        openPorts: 32,
        hostsByRisk: { low: 15, medium: 0, high: 1, critical: 0 },
      },
      {
        network: '10.0.3.0/24',
        score: 20,
        hosts: 1,
        openPorts: 2,
        hostsByRisk: { low: 1, medium: 0, high: 0, critical: 0 },
      },
    ]);
    expect(subnets[0]?.risk.parts.map(({ text }) => text)).toEqual([
      'the worst host, 10.0.1.1',
      '4 hosts are at high risk',
    ]);
    expect(subnets[2]?.findings).toEqual([
      { rule: 'ssh', title: 'ssh', severity: 'low', hosts: 1, ofHosts: 1 },
    ]);
  });

  test('concentrated is what most hosts with it have here, and what the size of the subnet does not explain', () => {
    expect(subnets.map(({ concentrated }) => concentrated)).toEqual([
      [{ rule: 'telnet', title: 'telnet', severity: 'high', hosts: 4, ofHosts: 5 }],
      [],
      [],
    ]);
    const everywhere = sum(Array.from({ length: 20 }, (_, index) => scored(`10.0.1.${index + 1}`, TELNET)));
    expect(everywhere.subnets[0]?.concentrated).toEqual([]);
  });

  test('the worst tenth and the points it carries', () => {
    expect(subnets.map(({ worstTenth }) => worstTenth)).toEqual([
      { hosts: 1, points: 76, ofPoints: 304 },
      { hosts: 2, points: 76, ofPoints: 76 },
      { hosts: 1, points: 20, ofPoints: 20 },
    ]);
  });
});

test('of many subnets the worst are shown, and the others counted', () => {
  const all = Array.from({ length: 120 }, (_, index) =>
    scored(`10.0.${index}.1`, index === 77 ? TELNET : {}),
  );
  const { subnets, leftOut } = sum(all);
  expect(subnets[0]?.network).toBe('10.0.77.0/24');
  expect(subnets.length + leftOut).toBe(120);
});

test('every host is in one subnet, and each score is explained', () => {
  const arb = fc.record({
    third: fc.integer({ min: 0, max: 5 }),
    fourth: fc.integer({ min: 1, max: 254 }),
    severity: fc.constantFrom<Severity>('info', 'low', 'medium', 'high', 'critical'),
    score: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(arb, { maxLength: 40, selector: ({ third, fourth }) => third * 256 + fourth }),
      (hosts) => {
        const { subnets } = sum(
          hosts.map(({ third, fourth, severity, score }) =>
            scored(`10.0.${third}.${fourth}`, { r: [severity, score] }),
          ),
        );
        expect(subnets.reduce((total, each) => total + each.hosts, 0)).toBe(hosts.length);
        for (const { risk, worstTenth } of subnets) {
          expect(risk.parts.reduce((total, { points }) => total + points, 0)).toBe(risk.score);
          expect(worstTenth.points).toBeLessThanOrEqual(worstTenth.ofPoints);
        }
      },
    ),
  );
});
