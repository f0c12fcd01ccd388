import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import { parsePrefix } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { Census, CensusHost, CensusPort } from '../model/census.ts';
import { itemWords } from '../assess/anomaly-words.ts';
import type { HostSurprise, SurpriseReport } from '../model/surprise.ts';
import { FORGOTTEN_AFTER } from './learn.ts';
import { decodeState, encodeState } from './surprise-codec.ts';
import { SurpriseModel, type SaidByPeople } from './surprise-model.ts';

const QUICK = new Map([['tcp', PortSet.fromRanges([[1, 10_000]])] as const]);
const DAY_US = 86_400e6;

interface HostSpec {
  readonly address: string;
  readonly ports: readonly (number | Partial<CensusPort>)[];
  readonly mac?: string;
  readonly hostname?: string;
  readonly family?: string;
  readonly partial?: boolean;
}

function host({ address, ports, mac, hostname, family, partial = false }: HostSpec): CensusHost {
  return {
    address: parseIpAddress(address)!,
    ...(mac === undefined ? {} : { mac }),
    ...(hostname === undefined ? {} : { hostname }),
    roles: [],
    network: `${address.split('.').slice(0, 3).join('.')}.0/24`,
    ...(family === undefined ? {} : { os: { family, generation: '', accuracy: 100 } }),
    ports: ports.map((port) => {
      const given = typeof port === 'number' ? { key: `${port}/tcp` as PortKey } : port;
      return {
        key: '80/tcp',
        state: 'open',
        service: '',
        product: '',
        version: '',
        confidence: 10,
        ...given,
      };
    }),
    folded: {},
    profiles: ['quick'],
    contradictions: [],
    partial,
  };
}

function census(day: number, hosts: readonly HostSpec[], more: Partial<Census> = {}): Census {
  return {
    id: String(day),
    at: (day * DAY_US) as Instant,
    profile: 'quick',
    vantage: 'default',
    coverage: QUICK,
    partial: false,
    hosts: hosts.map(host),
    ...more,
  };
}

/** `count` hosts of one kind in 10.0.0.0/24, known by MAC. */
function fleet(count: number, ports: readonly number[]): HostSpec[] {
  return Array.from({ length: count }, (_, n) => ({
    address: `10.0.0.${n + 1}`,
    mac: `00:00:00:00:00:${n.toString(16).toUpperCase().padStart(2, '0')}`,
    family: 'Linux',
    ports,
  }));
}

const model = (budget = 2): SurpriseModel => new SurpriseModel({ severity: () => 0.5, budget });

/** Days `from` … `to` − 1 of the same. */
function watch(
  subject: SurpriseModel,
  from: number,
  to: number,
  hosts: readonly HostSpec[],
): SurpriseReport[] {
  return Array.from({ length: to - from }, (_, n) => subject.observe(census(from + n, hosts)));
}

const of = (report: SurpriseReport, address: string): HostSurprise | undefined =>
  report.hosts.find((one) => one.host === address);

const changed = (hosts: readonly HostSpec[], index: number, more: Partial<HostSpec>): HostSpec[] =>
  hosts.map((spec, at) => (at === index ? { ...spec, ...more } : spec));

const item = (surprise: HostSurprise | undefined, channel: string): number =>
  surprise?.items.find((one) => one.channel === channel)?.surprise ?? 0;

describe('new ports', () => {
  test('nothing new is no evidence, and no score', () => {
    const subject = model();
    watch(subject, 0, 5, fleet(20, [22, 80]));
    expect(subject.observe(census(5, fleet(20, [22, 80]))).hosts).toEqual([]);
  });

  test('a port that no peer has, with its counts', () => {
    const subject = model();
    watch(subject, 0, 10, fleet(20, [22, 80]));
    const report = subject.observe(census(10, changed(fleet(20, [22, 80]), 3, { ports: [22, 80, 4444] })));
    expect(report.hosts.map((one) => one.host)).toEqual(['10.0.0.4']);
    const [first] = report.hosts[0]!.items;
    expect(first).toMatchObject({ channel: 'new-port', ports: ['4444/tcp'] });
    expect(first!.counts).toEqual(
      expect.arrayContaining([
        { of: 'scans', seen: 0, among: 10 },
        { of: 'peers', seen: 0, among: 19 },
        { of: 'network', seen: 0, among: 19 },
      ]),
    );
  });

  test('the same port is no surprise where all peers have it', () => {
    const hosts = changed(fleet(20, [22, 80, 443]), 3, { ports: [22, 80] });
    const usual = model();
    watch(usual, 0, 2, hosts);
    const odd = model();
    watch(odd, 0, 2, fleet(20, [22, 80]));
    const missed = of(usual.observe(census(2, fleet(20, [22, 80, 443]))), '10.0.0.4');
    const opened = of(
      odd.observe(census(2, changed(fleet(20, [22, 80]), 3, { ports: [22, 80, 443] }))),
      '10.0.0.4',
    );
    expect(item(missed, 'new-port')).toBeLessThan(item(opened, 'new-port') - 2);
  });

  test('a port that no earlier scan asked for is not new', () => {
    const subject = model();
    watch(subject, 0, 5, fleet(20, [22, 80]));
    const full = { coverage: new Map([['tcp', PortSet.all] as const]), profile: 'full' };
    const [found] = subject.observe(
      census(5, changed(fleet(20, [22, 80]), 3, { ports: [22, 80, 20_000] }), full),
    ).hosts;
    expect(
      found?.items
        .find(({ ports }) => ports.includes('20000/tcp'))
        ?.counts.some((count) => count.of === 'scans'),
    ).toBe(false);
  });

  test('dynamic ports of one service are one thing', () => {
    const subject = model();
    const rpc = (port: number): HostSpec[] =>
      fleet(20, [135]).map((spec) => ({
        ...spec,
        ports: [135, { key: `${port}/tcp` as PortKey, service: 'msrpc' }],
      }));
    const all = { coverage: new Map([['tcp', PortSet.all] as const]) };
    for (let day = 0; day < 5; day += 1) subject.observe(census(day, rpc(49_664 + day), all));
    expect(subject.observe(census(5, rpc(50_123), all)).hosts).toEqual([]);
  });
});

test('a host that answers on every port says nothing, then or later', () => {
  const subject = model();
  watch(subject, 0, 5, fleet(20, [22, 80]));
  const flood = changed(fleet(20, [22, 80]), 3, { ports: Array.from({ length: 501 }, (_, n) => n + 1) });
  expect(of(subject.observe(census(5, flood)), '10.0.0.4')).toBeUndefined();
  expect(of(subject.observe(census(6, fleet(20, [22, 80]))), '10.0.0.4')).toBeUndefined();
  expect(subject.state.hosts.get('mac:00:00:00:00:00:03')?.tokens.size).toBe(2);
});

describe('missing ports', () => {
  const whole = fleet(20, [22, 80]);
  const without = changed(whole, 3, { ports: [22] });

  test('each absence in a row is more surprising', () => {
    const subject = model();
    watch(subject, 0, 10, whole);
    const runs = watch(subject, 10, 13, without).map((report) =>
      item(of(report, '10.0.0.4'), 'missing-port'),
    );
    expect(runs[0]).toBeGreaterThan(0);
    expect(runs[1]).toBeGreaterThan(runs[0]!);
    expect(runs[2]).toBeGreaterThanOrEqual(runs[1]!);
  });

  test.each([
    {
      why: 'the scan did not cover it',
      hosts: without,
      more: { coverage: new Map([['tcp', PortSet.of([22])] as const]) },
    },
    { why: 'the scanner gave up on the host', hosts: changed(without, 3, { partial: true }), more: {} },
    {
      why: 'it is filtered',
      hosts: changed(whole, 3, { ports: [22, { key: '80/tcp', state: 'filtered' }] }),
      more: {},
    },
  ])('none where $why', ({ hosts, more }) => {
    const subject = model();
    watch(subject, 0, 10, whole);
    expect(item(of(subject.observe(census(10, hosts, more)), '10.0.0.4'), 'missing-port')).toBe(0);
  });

  test('a scan that lost the port everywhere says little', () => {
    const subject = model();
    watch(subject, 0, 10, whole);
    const lost = subject.observe(census(10, fleet(20, [22])));
    const other = model();
    watch(other, 0, 10, whole);
    const one = other.observe(census(10, without));
    expect(item(of(lost, '10.0.0.4'), 'missing-port')).toBeLessThan(
      item(of(one, '10.0.0.4'), 'missing-port') / 3,
    );
  });
});

describe('whose host it is', () => {
  test('a host known by its MAC keeps its history at another address', () => {
    const subject = model();
    watch(subject, 0, 5, fleet(20, [22, 80]));
    const moved = changed(fleet(20, [22, 80]), 3, { address: '10.0.0.200' });
    expect(subject.observe(census(5, moved)).hosts).toEqual([]);
  });

  test('a MAC that two hosts bear names neither', () => {
    const subject = model();
    const twice = changed(fleet(20, [22, 80]), 3, { mac: '00:00:00:00:00:00' });
    watch(subject, 0, 2, twice);
    expect(subject.state.hosts.has('address:10.0.0.1')).toBe(true);
    expect(subject.state.hosts.has('address:10.0.0.4')).toBe(true);
  });

  test('another machine at an address without a name is a new host, not a changed one', () => {
    const subject = model();
    const nameless = fleet(30, [22, 80, 443, 5432]).map(({ address, ports }, n) => ({
      address,
      ports: n < 15 ? ports : [135, 139, 445, 3389],
    }));
    watch(subject, 0, 10, nameless);
    const taken = changed(nameless, 3, { ports: [135, 139, 445, 3389] });
    const surprise = of(subject.observe(census(10, taken)), '10.0.0.4');
    expect(surprise?.items.map(({ channel }) => channel)).toContain('new-host');
    expect(surprise?.items.map(({ channel }) => channel)).not.toContain('missing-port');
  });

  test('a host that no longer answers is forgotten', () => {
    const subject = model();
    watch(subject, 0, 2, fleet(20, [22]));
    watch(subject, 2, 3 + FORGOTTEN_AFTER + 1, fleet(19, [22]));
    expect(subject.state.hosts.size).toBe(19);
    expect(subject.state.counts.hosts).toBe(19);
  });
});

describe('cold start', () => {
  test('the first scan ranks what is unlike its peers, and alerts on nothing', () => {
    const hosts = changed(fleet(30, [22, 80]), 7, { ports: [22, 80, 4444] });
    const report = model().observe(census(0, hosts));
    expect(report.stage).toBe('first-scan');
    expect(report.hosts[0]?.host).toBe('10.0.0.8');
    expect(report.hosts.every(({ alert, p }) => alert === undefined && p === undefined)).toBe(true);
  });

  test('stages follow the number of scans', () => {
    const subject = model(50);
    const stages = watch(subject, 0, 14, fleet(40, [22, 80])).map(({ stage }) => stage);
    expect(stages).toEqual([
      'first-scan',
      ...Array.from({ length: 2 }, () => 'young'),
      ...Array.from({ length: 5 }, () => 'learned'),
      ...Array.from({ length: 6 }, () => 'calibrated'),
    ]);
  });
});

describe('what people say', () => {
  const strange = changed(fleet(40, [22, 80]), 3, { ports: [22, 80, 4444] });
  const run = (said: SaidByPeople): HostSurprise | undefined => {
    const subject = model(50);
    watch(subject, 0, 12, fleet(40, [22, 80]));
    subject.observe(census(12, changed(fleet(40, [22, 80]), 5, { ports: [22, 80, 4444] })));
    return of(subject.observe(census(13, strange), said), '10.0.0.4');
  };
  const dismissed = {
    verdicts: [{ census: '12', identity: 'mac:00:00:00:00:00:05', verdict: 'noise' }],
  } as const;

  test('a dismissed surprise lowers the next of its kind, as an item; taken back it leaves no trace', () => {
    const before = run({});
    const after = run(dismissed);
    expect(after!.score).toBeLessThan(before!.score);
    expect(after!.items.find(({ channel }) => channel === 'feedback')?.value).toBeCloseTo(
      after!.score - before!.score,
      9,
    );
    expect(run({ verdicts: [] })).toEqual(before);
  });

  test('a ticket explains its hosts, its ports and its window, and no others', () => {
    const ticket = (more: object): SaidByPeople => ({
      announced: [
        {
          ticket: 'CHG-7',
          hosts: [parsePrefix('10.0.0.4')!],
          from: (13 * DAY_US) as Instant,
          to: (14 * DAY_US) as Instant,
          ports: ['4444/tcp'],
          ...more,
        },
      ],
    });
    const plain = run({})!.score;
    const explained = run(ticket({}));
    expect(explained!.score).toBeLessThan(plain - 1);
    expect(explained!.items.find(({ channel }) => channel === 'announced')?.after).toBe('CHG-7');
    for (const more of [
      { hosts: [parsePrefix('10.0.0.5')!] },
      { to: (13 * DAY_US - 1) as Instant, from: 0 as Instant },
      { ports: ['4445/tcp'] },
    ]) {
      expect(run(ticket(more))!.score).toBe(plain);
    }
  });
});

/** Histories of up to ten hosts with ports that come and go. */
const histories = fc.array(
  fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 10 }),
      ports: fc.uniqueArray(fc.constantFrom(22, 80, 443, 445, 3389, 5432, 30_001, 50_000), { maxLength: 5 }),
      family: fc.constantFrom('Linux', 'Windows', undefined),
      product: fc.constantFrom('', 'nginx', 'Apache httpd'),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  { minLength: 2, maxLength: 16 },
);

function censuses(history: typeof histories extends fc.Arbitrary<infer T> ? T : never): Census[] {
  return history.map((hosts, day) => {
    const byNumber = new Map(hosts.map((spec) => [spec.n, spec]));
    const specs = [...byNumber.values()].map(({ n, ports, family, product }) => ({
      address: `10.0.${n % 2}.${n}`,
      ...(n % 3 === 0 ? {} : { hostname: `h${n}` }),
      ...(family === undefined ? {} : { family }),
      ports: ports.map((port) => ({ key: `${port}/tcp` as PortKey, product, service: 'http' })),
    }));
    return census(
      day,
      specs,
      day % 4 === 3 ? { profile: 'full', coverage: new Map([['tcp', PortSet.all]]) } : {},
    );
  });
}

describe('properties', () => {
  test('items sum to the score; nothing is NaN', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const subject = model(100);
        for (const one of censuses(history)) {
          for (const { score, items } of subject.observe(one).hosts) {
            expect(Number.isFinite(score)).toBe(true);
            expect(Math.abs(items.reduce((sum, { value }) => sum + value, 0) - score)).toBeLessThan(1e-9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the order of hosts does not matter', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const [forward, backward] = [model(100), model(100)];
        for (const each of censuses(history)) {
          const last = each.hosts.length - 1;
          const straight = forward.observe(each).hosts;
          const reversed = backward.observe({ ...each, hosts: each.hosts.toReversed() }).hosts;
          expect(reversed.map((one) => ({ ...one, index: last - one.index }))).toEqual(straight);
          for (const { index, host: address } of straight) expect(each.hosts[index]?.address).toBe(address);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a state that was written and read judges the same, bit for bit', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, at) => {
        const all = censuses(history);
        const cut = at % all.length;
        const kept = model(100);
        for (const each of all.slice(0, cut)) kept.observe(each);
        const { network, hosts } = encodeState(kept.state);
        const read = new SurpriseModel(
          { severity: () => 0.5, budget: 100 },
          decodeState({ network, hosts: [...hosts] }),
        );
        for (const each of all.slice(cut)) expect(read.observe(each)).toEqual(kept.observe(each));
        expect([...encodeState(read.state).hosts]).toEqual([...encodeState(kept.state).hosts]);
      }),
      { numRuns: 60 },
    );
  });
});

test('a state of another form is refused with what to do', () => {
  expect(() => decodeState({ network: '{"version":0}', hosts: [] })).toThrow('form 0 is not form 1');
});

describe('the first scan', () => {
  const alike = fleet(12, [22, 5666]);
  const but = (ports: HostSpec['ports'], more: Partial<HostSpec> = {}): HostSpec[] =>
    alike.map((one, index) => (index === 4 ? { ...one, ports, ...more } : one));

  test('a port that all peers have and one host has not', () => {
    const worst = of(model().observe(census(0, but([22]))), '10.0.0.5')?.items[0];
    expect(worst).toMatchObject({
      channel: 'missing-port',
      ports: ['5666/tcp'],
      counts: [{ of: 'peers', seen: 11, among: 11 }],
    });
    // Nothing was seen before, so nothing is "no longer" there.
    expect(itemWords(worst!).text).toMatch(/^5666\/tcp is not open; 11 of 11 /);
  });

  test.each([
    { why: 'it is filtered', hosts: but([22, { key: '5666/tcp', state: 'filtered' }]) },
    { why: 'the scanner gave the host up', hosts: but([22], { partial: true }) },
    { why: 'all have it', hosts: alike },
  ])('no lack where $why', ({ hosts }) => {
    const { hosts: scored } = model().observe(census(0, hosts));
    expect(scored.flatMap(({ items }) => items).filter(({ channel }) => channel === 'missing-port')).toEqual(
      [],
    );
  });

  test('every odd port is told, not only the oddest', () => {
    const { items } = of(model().observe(census(0, but([22, 5666, 21, 4444, 6000]))), '10.0.0.5')!;
    for (const port of ['21/tcp', '4444/tcp', '6000/tcp'] as const)
      expect(items.some(({ ports, value }) => ports.includes(port) && value > 0)).toBe(true);
  });
});
