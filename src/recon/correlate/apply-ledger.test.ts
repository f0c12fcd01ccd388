import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activity,
  app,
  at,
  episode,
  exposed,
  ip,
  prefix,
  site,
  type WrittenActivity,
  type WrittenContact,
} from '../../../test/written/source-activity.ts';
import type { TransitionStep } from '../model/episode.ts';
import type { AuthorisedScan, Site } from '../model/site.ts';
import { applyLedger, isFullyAuthorised } from './apply-ledger.ts';
import { partitionByLedger } from './ledger-partition.ts';

/** 10.0.0.66 may look at ports 1–1024 of 10.0.1.0/24, in the first hour. */
const entry = (more: Partial<AuthorisedScan> = {}): AuthorisedScan => ({
  id: 'weekly',
  owner: 'security team',
  ticket: 'CHG-1',
  sources: [prefix('10.0.0.66')],
  targets: [prefix('10.0.1.0/24')],
  ports: new Map([[6, [[1, 1024]]]]),
  windows: [{ from: at(0), to: at(3_600) }],
  ratePerSecond: undefined,
  ...more,
});
const inScope: readonly WrittenContact[] = Array.from({ length: 20 }, (_, index) => ({
  to: `10.0.1.${index + 1}`,
  port: 22,
  at: index,
  outcome: 'refused' as const,
}));
const apply = (
  contacts: readonly WrittenContact[],
  more: Partial<AuthorisedScan> = {},
  did: Partial<WrittenActivity> = {},
) =>
  applyLedger(
    episode({ last: at(100_000), severity: 'medium', score: 50 }),
    [activity('10.0.0.66', { contacts, ...did })],
    site({ ledger: [entry(more)] }),
  );

describe('a scan that keeps to its entry', () => {
  test.each<{ why: string; contacts: readonly WrittenContact[]; did?: Partial<WrittenActivity> }>([
    { why: 'exactly in scope', contacts: inScope },
    { why: 'first and last moment of the window', contacts: [{ ...inScope[0]!, at: 0, lastAt: 3_599 }] },
    { why: 'lowest and highest port', contacts: [1, 1024].map((port) => ({ to: '10.0.1.1', port })) },
    {
      why: 'first and last address',
      contacts: ['10.0.1.0', '10.0.1.255'].map((to) => ({ to, port: 22 })),
    },
    {
      why: 'ICMP and ARP ask whether a host is there',
      contacts: [
        ...inScope,
        { to: '10.0.1.9', port: 8 << 8, protocol: 1 },
        { to: '10.0.1.9', port: 0, protocol: 0x0806 },
      ],
    },
    {
      why: 'its own DNS server lies outside the scope, and it asks it',
      contacts: [
        ...inScope,
        { to: '10.0.0.53', port: 53, protocol: 17, outcome: 'answered', bytes: [40, 90], at: 3 },
      ],
    },
    {
      why: 'it fetches its updates from the web, where nobody else goes',
      contacts: [
        ...inScope,
        { to: '93.184.216.34', port: 443, outcome: 'answered', bytes: [900, 9_000], at: 4 },
      ],
    },
    {
      why: 'somebody reads its reports, seen from the middle',
      contacts: [...inScope, { to: '10.0.7.7', port: 51_234, outcome: 'unknown', bytes: [9_000, 400] }],
    },
    {
      why: 'it speaks mDNS as every machine does',
      contacts: [...inScope, { to: '224.0.0.251', port: 5353, protocol: 17 }],
    },
    {
      why: 'a service that everybody uses lies outside the scope',
      contacts: [...inScope, { to: '10.0.0.80', port: 443, outcome: 'answered', bytes: [400, 900], at: 3 }],
      did: { services: { '10.0.0.80:443': [40, 0] } },
    },
    {
      why: 'an open port is used again after the window, as others use it',
      contacts: [{ to: '10.0.1.1', port: 443, outcome: 'answered', at: 5, lastAt: 90_000 }],
    },
    {
      why: 'web requests are no logins',
      contacts: inScope,
      did: { app: [app('10.0.1.1', 80, 'http', { accepted: 40, first: at(7_000) })] },
    },
  ])('$why: information, never an alert', ({ contacts, did }) => {
    const labelled = apply(contacts, {}, did);
    expect(labelled.authorised).toMatchObject({ entry: 'weekly', remainder: [], remainderContacts: 0 });
    expect(labelled).toMatchObject({ severity: 'info', score: 0 });
    expect(isFullyAuthorised(labelled)).toBe(true);
  });
});

describe('a scan that does not keep to its entry', () => {
  const late = '2026-03-02T10:00:00Z';
  test.each<{
    why: string;
    contacts: readonly WrittenContact[];
    more?: Partial<AuthorisedScan>;
    did?: Partial<WrittenActivity>;
    remainder: string;
    left?: number;
  }>([
    {
      why: 'one address out of scope',
      contacts: [...inScope, { to: '10.0.2.0', port: 22 }],
      remainder: 'outside the scope: 10.0.2.0 22/tcp',
    },
    {
      why: 'one address out of scope, and it answers',
      contacts: [...inScope, { to: '10.0.2.0', port: 22, outcome: 'half-open' }],
      remainder: 'outside the scope: 10.0.2.0 22/tcp',
    },
    {
      why: 'one port too many',
      contacts: [...inScope, { to: '10.0.1.1', port: 1025 }],
      remainder: 'port not covered: 10.0.1.1 1025/tcp',
    },
    {
      why: 'a protocol that is not covered',
      contacts: [...inScope, { to: '10.0.1.1', port: 161, protocol: 17 }],
      remainder: 'port not covered: 10.0.1.1 161/udp',
    },
    {
      why: 'one second late',
      contacts: [...inScope, { to: '10.0.1.30', port: 22, at: 3_600 }],
      remainder: `after the window that ended 2026-03-02 10:00 UTC: 10.0.1.30 22/tcp at ${late}`,
    },
    {
      why: 'one second early',
      contacts: inScope.map((one) => ({ ...one, at: one.at! + 9 })),
      more: { windows: [{ from: at(10), to: at(3_600) }] },
      remainder:
        'before the window that begins 2026-03-02 09:00 UTC: 10.0.1.1 22/tcp at 2026-03-02T09:00:09Z',
    },
    {
      why: 'tried again after the window',
      contacts: [...inScope, { to: '10.0.1.30', port: 22, at: 5, lastAt: 3_600 }],
      remainder: `after the window that ended 2026-03-02 10:00 UTC: 10.0.1.30 22/tcp at ${late}`,
    },
    {
      why: 'too fast: five a minute are allowed, the rest of the twenty is not',
      contacts: inScope,
      more: { ratePerSecond: 5 / 60 },
      remainder: `over the rate of ${5 / 60} contacts per second (15 contacts)`,
      left: 15,
    },
    {
      why: 'a service used alone, outside the scope',
      contacts: [...inScope, { to: '10.0.0.80', port: 443, outcome: 'answered', bytes: [400, 900] }],
      did: { services: { '10.0.0.80:443': [1, 0] } },
      remainder: 'outside the scope: 10.0.0.80 443/tcp',
    },
    {
      why: 'a host outside, not ours, that does not answer',
      contacts: [...inScope, { to: '93.184.216.34', port: 443, outcome: 'silent', at: 4 }],
      remainder: 'outside the scope: 93.184.216.34 443/tcp',
    },
    {
      why: 'a login afterwards',
      contacts: inScope,
      did: { app: [app('10.0.1.1', 22, 'ssh', { accepted: 1, rejected: 3, first: at(3_600) })] },
      remainder: `login at 10.0.1.1 22/tcp (ssh) at ${late}`,
    },
    {
      why: 'a login afterwards, where logins belong to the scan',
      contacts: inScope,
      more: { logins: true },
      did: { app: [app('10.0.1.1', 22, 'ssh', { accepted: 1, first: at(3_600) })] },
      remainder: `login at 10.0.1.1 22/tcp (ssh) at ${late}`,
    },
  ])('$why: stays a finding that says which', ({ contacts, more, did, remainder, left }) => {
    const labelled = apply(contacts, more, did);
    expect(labelled.authorised?.remainder).toEqual([remainder]);
    expect(labelled.authorised?.remainderContacts).toBe(left ?? 1);
    expect(labelled).toMatchObject({ severity: 'medium', score: 50 });
    expect(isFullyAuthorised(labelled)).toBe(false);
  });

  test('many addresses out of scope are said by network', () => {
    const outside = Array.from({ length: 30 }, (_, index) => ({ to: `10.0.2.${index}`, port: 22 }));
    expect(apply([...inScope, ...outside]).authorised?.remainder).toEqual([
      'outside the scope: 10.0.2.0/24 (30 contacts)',
    ]);
  });

  test('contacts that were too many to look at are not covered', () => {
    expect(apply(inScope, {}, { contactsLeftOut: 9 }).authorised).toMatchObject({
      contacts: 20,
      remainderContacts: 9,
      remainder: ['9 contacts too many to be looked at one by one'],
    });
  });

  test('of the exposed ports only those outside the scope still count', () => {
    const open = [...exposed(['10.0.1.1', 22], ['10.0.2.0', 22]).exposed.values()];
    const labelled = applyLedger(
      episode({ exposed: open }),
      [activity('10.0.0.66', { contacts: [...inScope, { to: '10.0.2.0', port: 22 }] })],
      site({ ledger: [entry()] }),
    );
    expect(labelled.exposed.map((one) => one.destination)).toEqual(['10.0.2.0']);
  });
});

describe('attempts', () => {
  const step = (name: TransitionStep['step'], seconds: number, source = '10.0.0.66'): TransitionStep => ({
    step: name,
    destination: ip('10.0.1.1'),
    at: at(seconds),
    source: ip(source),
    text: '',
  });
  const attempted = (...transition: TransitionStep[]) =>
    applyLedger(
      episode({ transition, severity: 'high', score: 92 }),
      [activity('10.0.0.66', { contacts: inScope })],
      site({ ledger: [entry()] }),
    );
  test('of a vulnerability scanner within its window are a part of its work, and so is what the target then does', () => {
    const labelled = attempted(
      step('discovery', 0),
      step('exploit-attempt', 60),
      step('outbound', 70, '10.0.1.1'),
    );
    expect(isFullyAuthorised(labelled)).toBe(true);
    expect(labelled.transition).toEqual([]);
  });
  test('after the window are not', () => {
    const labelled = attempted(step('discovery', 0), step('exploit-attempt', 3_600));
    expect(labelled.authorised).toEqual({
      entry: 'weekly',
      contacts: 19,
      remainder: ['exploit-attempt at 10.0.1.1 at 2026-03-02T10:00:00Z'],
      remainderContacts: 1,
    });
    expect(labelled.transition).toHaveLength(2);
  });
  test('by the way of one address out of scope are still covered where they were made', () => {
    const labelled = applyLedger(
      episode({ transition: [step('discovery', 0), step('exploit-attempt', 60)] }),
      [activity('10.0.0.66', { contacts: [...inScope, { to: '10.0.2.0', port: 22 }] })],
      site({ ledger: [entry()] }),
    );
    expect(labelled.authorised?.remainderContacts).toBe(1);
    expect(labelled.transition).toEqual([]);
  });
});

test('logins within the window belong to a scan with credentials', () => {
  const login = { app: [app('10.0.1.1', 22, 'ssh', { accepted: 1, first: at(60) })] };
  expect(isFullyAuthorised(apply(inScope, { logins: true }, login))).toBe(true);
  expect(isFullyAuthorised(apply(inScope, {}, login))).toBe(false);
});

describe('what covers nothing', () => {
  test('an entry for another source', () => {
    const before = episode();
    expect(
      applyLedger(before, [activity('10.0.0.67', { contacts: inScope })], site({ ledger: [entry()] })),
    ).toBe(before);
  });
  test('a user agent', () => {
    const did = activity('10.0.0.67', {
      contacts: inScope,
      app: [app('10.0.1.1', 80, 'http', { agents: ['security team weekly CHG-1'] })],
    });
    const before = episode();
    expect(applyLedger(before, [did], site({ ledger: [entry()] }))).toBe(before);
  });
  test('one source of a campaign in the ledger does not cover the others', () => {
    const labelled = applyLedger(
      episode({ sources: [ip('10.0.0.66'), ip('10.0.0.67')] }),
      ['10.0.0.66', '10.0.0.67'].map((source) => activity(source, { contacts: inScope })),
      site({ ledger: [entry()] }),
    );
    expect(labelled.authorised).toEqual({
      entry: 'weekly',
      contacts: 20,
      remainder: ['10.0.0.67 is not a source of any entry (20 contacts)'],
      remainderContacts: 20,
    });
  });
});

test('what was approved as normal is no part of the scan', () => {
  const contacts = [...inScope, { to: '10.0.3.3', port: 9_100, outcome: 'refused' as const }];
  const expected = [
    {
      sources: [prefix('10.0.0.66')],
      role: undefined,
      targets: [prefix('10.0.3.0/24')],
      port: 9_100,
      protocol: 6,
      why: 'prints its reports',
    },
  ];
  const labelled = (more: Partial<Site>) =>
    applyLedger(episode(), [activity('10.0.0.66', { contacts })], site({ ledger: [entry()], ...more }));
  expect(isFullyAuthorised(labelled({ expected }))).toBe(true);
  expect(isFullyAuthorised(labelled({}))).toBe(false);
});

test('windows may overlap and come in any order', () => {
  const windows = [
    { from: at(3_000), to: at(3_600) },
    { from: at(0), to: at(10) },
    { from: at(5), to: at(30) },
  ];
  const labelled = apply([...inScope, { to: '10.0.1.30', port: 22, at: 30 }], { windows });
  expect(labelled.authorised).toMatchObject({ contacts: 20, remainderContacts: 1 });
});

test('two entries together may cover what neither does alone', () => {
  const contacts = [...inScope, { to: '10.0.2.1', port: 22 }];
  const second = entry({ id: 'branch', targets: [prefix('10.0.2.0/24')] });
  const labelled = applyLedger(
    episode(),
    [activity('10.0.0.66', { contacts })],
    site({ ledger: [entry(), second] }),
  );
  expect(labelled.authorised).toMatchObject({ entry: 'branch, weekly', contacts: 21, remainderContacts: 0 });
});

test('every contact is covered, left or ordinary, and nothing else comes out', () => {
  const written = fc.record({
    to: fc.integer({ min: 0, max: 600 }).map((n) => `10.0.${n >> 8}.${n & 255}`),
    port: fc.constantFrom(22, 53, 443, 1025, 8080),
    at: fc.integer({ min: -100, max: 4_000 }),
    outcome: fc.constantFrom('answered', 'refused', 'silent', 'half-open'),
    bytes: fc.constantFrom([0, 0] as const, [10, 10] as const),
  }) satisfies fc.Arbitrary<WrittenContact>;
  const entries = fc.array(
    fc
      .record({
        block: fc.constantFrom('10.0.0.0/24', '10.0.1.0/25', '10.0.0.0/16'),
        rate: fc.constantFrom(undefined, 0.05, 1),
        from: fc.integer({ min: 0, max: 2_000 }),
      })
      .map(({ block, rate, from }) =>
        entry({
          targets: [prefix(block)],
          ratePerSecond: rate,
          windows: [{ from: at(from), to: at(from + 1_000) }],
        }),
      ),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(written, { maxLength: 60, selector: ({ to, port }) => `${to} ${port}` }),
      entries,
      (contacts, ledger) => {
        const did = activity('10.0.0.66', { contacts, services: { '10.0.0.1:443': [9, 0] } });
        const { covered, remainder, ordinary } = partitionByLedger(did.contacts, ledger, {
          services: did.services,
          site: site(),
          role: undefined,
        });
        const out = [
          ...covered.map((one) => one.contact),
          ...remainder.map((one) => one.contact),
          ...ordinary,
        ];
        expect(out).toHaveLength(did.contacts.length);
        expect(new Set(out)).toEqual(new Set(did.contacts));
        for (const { contact, entry: by } of covered) {
          expect(by.windows.some(({ from, to }) => from <= contact.first && contact.first < to)).toBe(true);
        }
      },
    ),
  );
});
