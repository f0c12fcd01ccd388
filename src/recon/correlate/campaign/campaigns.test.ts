import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activity,
  app,
  at,
  episode,
  ip,
  prefix,
  site,
  type WrittenActivity,
  type WrittenContact,
} from '../../../../test/written/source-activity.ts';
import { contains } from '../../../net/prefix.ts';
import type { SourceGroup } from '../../model/activity-reader.ts';
import { serviceKey, type SourceActivity } from '../../model/contact.ts';
import { campaignsOf, fold, type GroupJudge } from './campaigns.ts';

/** Says "a scan" when together they failed at four targets: what the sequential test comes to without successes. */
const judge: GroupJudge = (activities) => {
  const failed = activities
    .flatMap(({ contacts }) => contacts)
    .filter(({ outcome }) => outcome !== 'answered' && outcome !== 'unknown');
  const targets = new Set(failed.map((one) => serviceKey(one.destination, one.port, one.protocol)));
  if (targets.size < 4) return [];
  const times = failed.map(({ first }) => first);
  return [
    episode({
      // Detect's judge names whoever came to a target first.
      sources: [failed[0]!.source],
      internal: false,
      first: Math.min(...times) as never,
      last: Math.max(...times) as never,
    }),
  ];
};
const group = (by: SourceGroup['by'], key: string, activities: readonly SourceActivity[]) => ({
  group: { by, key, sources: activities.map(({ source }) => source) },
  activities,
});
const joined = (groups: Parameters<typeof campaignsOf>[0], of = site()) =>
  campaignsOf(groups, of, judge).map(({ joinedBy, sources, trueSource }) => ({
    joinedBy,
    sources,
    trueSource,
  }));
const fails = (
  source: string,
  targets: readonly (readonly [to: string, port: number])[],
  more: Partial<WrittenContact> & { readonly every?: number; readonly from?: number } = {},
  did: Partial<WrittenActivity> = {},
): SourceActivity => {
  const { every = 1, from = 0, ...rest } = more;
  return activity(source, {
    contacts: targets.map(([to, port], index) => ({
      to,
      port,
      at: from + index * every,
      outcome: 'refused' as const,
      ...rest,
    })),
    ...did,
  });
};
const portsOf = (to: string, ports: readonly number[]) => ports.map((port) => [to, port] as const);
const range = (from: number, length: number, step = 1): number[] =>
  Array.from({ length }, (_, index) => from + index * step);

describe('decoys', () => {
  const targets = portsOf('10.0.0.9', [443, 22, 8080, 3306, 25, 110, 5900, 139]);
  const sources = ['192.0.2.1', '192.0.2.77', '198.51.100.5', '203.0.113.8'];
  const decoys = sources.map((source, index) => fails(source, targets, { from: index * 0.01 }));

  test('four addresses, one order, within the second', () => {
    expect(joined([group('simultaneous', 'x', decoys)])).toEqual([
      { joinedBy: 'decoys', sources, trueSource: undefined },
    ]);
  });

  test.each<{ why: string; did: Partial<WrittenActivity>; extra?: WrittenContact }>([
    {
      why: 'the one that finished a connection',
      did: {},
      extra: { to: '10.0.0.9', port: 80, at: 90, outcome: 'answered', bytes: [80, 4_000] },
    },
    { why: 'the one that spoke a protocol', did: { app: [app('10.0.0.9', 22, 'ssh')] } },
    {
      why: 'the one that went on alone',
      did: {},
      extra: { to: '10.0.0.9', port: 81, at: 90, outcome: 'refused' },
    },
    {
      why: 'the one that reset an open port, where nobody is behind the others',
      did: {},
      extra: { to: '10.0.0.9', port: 82, at: 0.5, outcome: 'half-open', flags: 2 | 4 },
    },
  ])('the true source is $why', ({ did, extra }) => {
    const other = activity(sources[2]!, {
      contacts: extra === undefined ? [] : [extra],
      ...did,
    });
    const real = { ...decoys[2]!, contacts: [...decoys[2]!.contacts, ...other.contacts], app: other.app };
    const [campaign] = campaignsOf(
      [group('simultaneous', 'x', [decoys[0]!, decoys[1]!, real, decoys[3]!])],
      site(),
      judge,
    );
    expect(campaign?.trueSource).toBe(sources[2]);
    expect(campaign?.families[0]?.family).toBe('fragmented-or-decoy');
  });

  test.each<{ why: string; of: readonly SourceActivity[] }>([
    { why: 'two sources', of: decoys.slice(0, 2) },
    {
      why: 'the same targets, each in an order of its own',
      of: sources.map((source, index) =>
        fails(
          source,
          targets.map((_, place) => targets[(place * [1, 3, 5, 7][index]! + index) % targets.length]!),
          { every: 0.05 },
        ),
      ),
    },
    {
      why: 'the same targets minutes apart',
      of: sources.map((source, index) => fails(source, targets, { from: index * 120 })),
    },
    {
      why: 'different flags',
      of: sources.map((source, index) => fails(source, targets, { flags: [2, 1, 41, 16][index]! })),
    },
    {
      why: 'clients that a popular server left at once: an outage',
      of: sources.map((source) =>
        fails(
          source,
          targets,
          {},
          {
            services: Object.fromEntries(targets.map(([to, port]) => [`${to}:${port}`, [40, 4] as const])),
          },
        ),
      ),
    },
    {
      why: 'clients that have been trying for hours',
      of: sources.map((source) => fails(source, targets, { lastAt: 20_000 }, { records: 60 })),
    },
    {
      why: 'answered health checks of three monitors in step',
      of: sources.map((source) => fails(source, targets, { outcome: 'answered' })),
    },
  ])('silent: $why', ({ of }) => {
    expect(joined([group('simultaneous', 'x', of)])).toEqual([]);
  });
});

describe('sources that divide a destination among them', () => {
  const sources = range(1, 10).map((index) => `198.18.${index}.1`);
  /** Ports 1–100 of one host, ten each, dealt out in turn. */
  const dealt = sources.map((source, index) =>
    fails(source, portsOf('10.0.0.9', range(1 + index, 10, 10)), { every: 60 + index * 7 }),
  );

  test('together they cover the range', () => {
    expect(joined([group('destination', '10.0.0.9', dealt)])).toEqual([
      { joinedBy: 'disjoint cover', sources, trueSource: undefined },
    ]);
  });
  test('with bystanders at the same host, who are left out', () => {
    const bystanders = range(0, 5).map((index) =>
      fails(`203.0.${index}.1`, portsOf('10.0.0.9', [22, 23, 80])),
    );
    expect(joined([group('destination', '10.0.0.9', [...bystanders, ...dealt])])[0]?.sources).toEqual(
      sources,
    );
  });
  test('hosts of a network, one port', () => {
    const swept = sources.map((source, index) =>
      fails(
        source,
        range(1 + index, 8, 10).map((host) => [`10.0.0.${host}`, 443] as const),
        { every: 60 },
      ),
    );
    expect(joined([group('destination', '10.0.0.0/24 port 443/tcp', swept)])).toMatchObject([
      { joinedBy: 'disjoint cover' },
    ]);
  });
  /** Sparse ports: no range to cover. */
  const sparse = (more: (index: number) => Partial<WrittenContact> & { every?: number; from?: number }) =>
    sources
      .slice(0, 4)
      .map((source, index) =>
        fails(source, portsOf('10.0.0.9', range(1 + index * 97, 6, 1_009)), more(index)),
      );
  test('without a range: one autonomous system', () => {
    const of = sparse((index) => ({ every: 10 ** index, from: index * 86_400 }));
    expect(joined([group('destination', '10.0.0.9', of)])).toEqual([]);
    const known = site({
      asOf: (address) => (contains(prefix('198.18.0.0/15'), address) ? 'AS64500 Example' : undefined),
    });
    expect(joined([group('destination', '10.0.0.9', of)], known)).toMatchObject([
      { joinedBy: 'disjoint cover, AS64500 Example' },
    ]);
  });
  test('without a range: one fingerprint', () => {
    const of = sparse((index) => ({ every: 10 ** index, from: index * 86_400 })).map((one) => ({
      ...one,
      app: [app('10.0.0.9', 443, 'tls', { ja4: ['t13i1010h2_61a7ad8aa9b6_3fcd1a44f3e3'] })],
    }));
    expect(joined([group('destination', '10.0.0.9', of)])).toMatchObject([
      { joinedBy: expect.stringContaining('disjoint cover, the fingerprint t13i') },
    ]);
  });
  test('without a range: many sources of few targets, one pace, begun together', () => {
    const faint = range(1, 40).map((index) =>
      fails(`198.18.${index}.1`, portsOf('10.0.0.9', range(1 + index * 97, 3, 20_011)), {
        every: 600,
        from: index,
      }),
    );
    expect(joined([group('destination', '10.0.0.9', faint)])[0]?.sources).toHaveLength(40);
    expect(joined([group('destination', '10.0.0.9', faint.slice(0, 9))])).toEqual([]);
  });
  test('without a range: one pace, begun together', () => {
    expect(
      joined([
        group(
          'destination',
          '10.0.0.9',
          sparse(() => ({ every: 300 })),
        ),
      ]),
    ).toMatchObject([{ joinedBy: 'disjoint cover, pace' }]);
  });

  test.each<{ why: string; network?: string; of: readonly SourceActivity[] }>([
    {
      why: 'scanners that try the same ports know nothing of one another',
      of: sources.map((source) => fails(source, portsOf('10.0.0.9', range(1, 40)))),
    },
    {
      why: 'strangers with a port each: what every host meets all day',
      of: sources.map((source, index) =>
        fails(source, portsOf('10.0.0.9', [1_000 + index * 977]), { from: index * 3_600 }),
      ),
    },
    {
      why: 'strangers with a few ports each, at paces and times of their own',
      of: sparse((index) => ({ every: 10 ** index, from: index * 86_400 })),
    },
    {
      why: 'clients of a server that is down: one port that used to answer',
      of: range(1, 60).map((index) =>
        fails(
          `198.18.1.${index}`,
          portsOf('10.0.0.9', [443]),
          { from: index * 0.1 },
          {
            services: { '10.0.0.9:443': [900, 60] },
          },
        ),
      ),
    },
    {
      why: 'clients of a server that is down with all of its services',
      of: sources.map((source, index) =>
        fails(
          source,
          portsOf('10.0.0.9', range(1 + index, 10, 10)),
          {},
          {
            services: Object.fromEntries(
              range(1, 100).map((port) => [`10.0.0.9:${port}`, [50, 10] as const]),
            ),
          },
        ),
      ),
    },
    ...[3, 12, 60].map((strangers) => ({
      why: `${strangers} of the background of the internet: any host of a network, all day`,
      network: '10.0.0.0/24 port 23/tcp',
      of: range(1, strangers).map((index) =>
        fails(
          `198.${index}.7.1`,
          // Steps that are no divisor of 256 from places of their own: as good as thrown.
          range(0, 20).map(
            (turn) => [`10.0.0.${(index * 131 + turn * (2 * index + 37)) % 256}`, 23] as const,
          ),
          { every: 4_320 - index, from: (index * 2_741) % 4_320 },
        ),
      ),
    })),
    {
      why: 'two sources',
      of: [
        fails('198.18.1.1', portsOf('10.0.0.9', range(1, 50, 2))),
        fails('198.18.2.1', portsOf('10.0.0.9', range(2, 50, 2))),
      ],
    },
  ])('silent: $why', ({ of, network = '10.0.0.9' }) => {
    expect(joined([group('destination', network, of)])).toEqual([]);
  });
});

describe('sources of one network', () => {
  const faint = range(1, 8).map((index) =>
    fails(`198.51.100.${index}`, portsOf(`10.0.0.${index}`, [23, 2323])),
  );
  const asked = (of: readonly SourceActivity[], key = '198.51.100.0/24') =>
    joined([group('prefix', key, of)]);

  test('each too faint alone, alike together', () => {
    expect(asked(faint)).toEqual([
      { joinedBy: '/24', sources: faint.map(({ source }) => source), trueSource: undefined },
    ]);
  });
  test('of an IPv6 network', () => {
    const of = range(1, 3).map((index) =>
      fails(`2001:db8::${index}`, portsOf(`2001:db8:1::${index}`, [23, 2323])),
    );
    expect(asked(of, '2001:db8::/64')).toMatchObject([{ joinedBy: '/64' }]);
  });
  test.each<{ why: string; of: readonly SourceActivity[] }>([
    {
      why: 'two scanners that have nothing in common but the network',
      of: [
        fails('198.51.100.1', portsOf('10.0.0.1', range(1, 40)), { every: 0.01 }),
        fails('198.51.100.2', portsOf('10.0.7.7', [3389, 3390]), { every: 40_000 }),
      ],
    },
    {
      why: 'three of them',
      of: [
        fails('198.51.100.1', portsOf('10.0.0.1', range(1, 90)), { every: 0.01 }),
        fails('198.51.100.2', portsOf('10.0.7.7', [3389, 3390]), { every: 40_000 }),
        fails('198.51.100.3', portsOf('10.0.9.9', range(6_000, 12)), { every: 10 }),
      ],
    },
    {
      why: 'customers of one provider, behind NAT, who are mostly answered',
      of: range(1, 30).map((index) =>
        activity(`198.51.100.${index}`, {
          contacts: [
            { to: '10.0.0.80', port: 443, outcome: 'answered', at: index },
            { to: '10.0.0.81', port: 443, outcome: 'answered', at: index + 1 },
            { to: `10.0.1.${index}`, port: 443, outcome: 'silent', at: index + 2 },
          ],
        }),
      ),
    },
  ])('silent: $why', ({ of }) => {
    expect(asked(of)).toEqual([]);
  });
  test('silent: workstations of one office, ours', () => {
    const ours = range(1, 8).map((index) =>
      fails(`10.0.5.${index}`, portsOf('10.0.0.9', [23, 2323 + index])),
    );
    expect(asked(ours, '10.0.5.0/24')).toEqual([]);
  });
});

describe('all of them together', () => {
  const sources = range(1, 8).map((index) => `198.51.100.${index}`);
  const both = sources.map((source, index) =>
    fails(source, portsOf('10.0.0.9', range(1 + index, 10, 8)), { every: 60 }),
  );
  const groups = [
    group('prefix', '198.51.100.0/24', both),
    group('destination', '10.0.0.9', both),
    group('prefix', '198.51.100.0/24', both),
  ];
  test('who fits several campaigns is said once, in the first', () => {
    expect(joined(groups)).toEqual([{ joinedBy: 'disjoint cover', sources, trueSource: undefined }]);
  });
  test('order of groups and members leaves no trace', () => {
    const want = campaignsOf(groups, site(), judge);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(groups, { minLength: 3 }),
        fc.shuffledSubarray(both, { minLength: 8 }),
        (shuffled, members) => {
          const again = shuffled.map(({ group: one }) => ({ group: one, activities: members }));
          expect(campaignsOf(again, site(), judge)).toEqual(want);
        },
      ),
      { numRuns: 20 },
    );
  });
  test('the identifier stays when a source joins later', () => {
    const [before] = campaignsOf([group('destination', '10.0.0.9', both.slice(0, 7))], site(), judge);
    const [after] = campaignsOf([group('destination', '10.0.0.9', both)], site(), judge);
    expect(after?.sources.length).toBeGreaterThan(before!.sources.length);
    expect(after?.id).toBe(before?.id);
  });
  test('where the sequential test says no, there is no campaign', () => {
    expect(campaignsOf(groups, site(), () => [])).toEqual([]);
  });
});

test('an episode is folded into a campaign of its source, at the same time', () => {
  const campaign = episode({
    sources: [ip('198.51.100.1'), ip('198.51.100.2')],
    first: at(0),
    last: at(100),
  });
  const own = (source: string, first: number, last: number) =>
    episode({ sources: [ip(source)], first: at(first), last: at(last) });
  const during = { ...own('198.51.100.1', 50, 200), depth: 'identified' as const };
  const later = own('198.51.100.1', 101, 200);
  const other = own('198.51.100.9', 50, 60);
  expect(fold([campaign], [during, later, other])).toEqual({
    campaigns: [{ ...campaign, depth: 'identified', last: at(200) }],
    alone: [later, other],
  });
});
