import { describe, expect, test } from 'vitest';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { formatInstant, parseInstant } from '../time/instant.ts';
import { grantsOf, scopeConfig } from './config.ts';
import { changedName, decide, type Resolver, type ScanRequest } from './decide.ts';

const ip = (text: string): IpAddress => parseIpAddress(text)!;

const grants = grantsOf(
  scopeConfig.parse({
    grants: [
      {
        id: 'office',
        owner: 'Alice',
        ticket: 'CHG-1',
        networks: ['10.0.0.0/24', '2001:db8:1::/64'],
        exclude: ['10.0.0.9'],
        vantage: 'inside',
        profiles: ['exposure', 'services'],
        windows: [
          {
            days: ['mon', 'tue', 'wed', 'thu', 'fri'],
            from: '22:00',
            to: '05:00',
            timeZone: 'Europe/Zurich',
            except: ['2026-12-24'],
          },
        ],
        timing: 4,
        rate: 500,
        expires: '2026-12-31',
      },
      {
        id: 'lab',
        owner: 'Bob',
        networks: ['10.0.0.128/25', '10.0.1.0/24'],
        vantage: 'inside',
        profiles: ['exposure', 'vuln-check'],
        timing: 3,
        source: '10.0.0.5',
        begins: '2026-06-01',
        expires: '2026-11-30',
      },
      {
        id: 'web',
        owner: 'Carol',
        names: ['www.example.org', '*.cdn.example.org'],
        vantage: 'internet',
        profiles: ['exposure'],
        expires: '2027-01-01T00:00:00Z',
      },
    ],
  }),
);

const DNS: Readonly<Record<string, readonly string[]>> = {
  'www.example.org': ['198.51.100.7', '2001:db8:ffff::7'],
  'a.cdn.example.org': ['198.51.100.8'],
  'inside.cdn.example.org': ['198.51.100.9', '10.3.0.1'],
  'db.office.example': ['10.0.0.20'],
  'both.office.example': ['10.0.0.20', '192.0.2.1'],
};
const resolve: Resolver = (name) => Promise.resolve((DNS[name] ?? []).map(ip));

/** Monday night. */
const NIGHT = '2026-11-23T22:30:00Z';
const ask = (
  targets: readonly string[],
  more: Partial<Omit<ScanRequest, 'at'>> & { readonly when?: string } = {},
) =>
  decide(
    grants,
    {
      targets,
      profile: more.profile ?? 'exposure',
      vantage: more.vantage ?? 'inside',
      at: parseInstant(more.when ?? NIGHT)!,
    },
    resolve,
  );

describe('allowed', () => {
  test('a block: by its grant, without what is excluded, as hard as the grant bears, until its window closes', async () => {
    const decision = await ask(['10.0.0.0/28']);
    if (!decision.allowed) throw new Error('refused');
    expect(decision.allowances.map(({ grant }) => grant.id)).toEqual(['office']);
    expect(decision.addresses.toString()).toBe('10.0.0.0/29 10.0.0.8 10.0.0.10/31 10.0.0.12/30');
    expect(decision.leftOut.toString()).toBe('10.0.0.9');
    expect(decision).toMatchObject({ timing: 4, rate: 500, source: undefined });
    expect(formatInstant(decision.until)).toBe('2026-11-24T04:00:00Z');
  });

  test('several grants together: the strictest of each limit', async () => {
    const decision = await ask(['10.0.0.1', '10.0.1.1', '2001:db8:1::5']);
    if (!decision.allowed) throw new Error('refused');
    expect(decision.allowances.map(({ grant, addresses }) => `${grant.id} ${addresses.toString()}`)).toEqual([
      'office 10.0.0.1 2001:db8:1::5',
      'lab 10.0.1.1',
    ]);
    expect(decision).toMatchObject({ timing: 3, rate: 500, source: '10.0.0.5' });
  });

  test('where one grant does not help, another may', async () => {
    const decision = await ask(['10.0.0.200'], { when: '2026-11-23T12:00:00Z' });
    if (!decision.allowed) throw new Error('refused');
    expect(decision.allowances.map(({ grant }) => grant.id)).toEqual(['lab']);
    expect(formatInstant(decision.until)).toBe('2026-12-01T00:00:00Z');
  });

  test('a name inside a granted network', async () => {
    const decision = await ask(['db.office.example']);
    if (!decision.allowed) throw new Error('refused');
    expect(decision.addresses.toString()).toBe('10.0.0.20');
    expect([...decision.resolved]).toEqual([['db.office.example', ['10.0.0.20']]]);
  });

  test('a granted name, wherever it leads on the internet', async () => {
    const decision = await ask(['www.example.org', 'a.cdn.example.org'], { vantage: 'internet' });
    if (!decision.allowed) throw new Error('refused');
    expect(decision.addresses.toString()).toBe('198.51.100.7 198.51.100.8 2001:db8:ffff::7');
  });
});

describe('refused', () => {
  test.each([
    { targets: [], rule: 'no-targets' },
    { targets: ['192.0.2.1'], rule: 'outside-networks' },
    { targets: ['10.0.0.0/23', '10.0.0.1'], rule: undefined },
    { targets: ['10.0.0.0/22'], rule: 'outside-networks' },
    { targets: ['10.0.0.1', '10.0.2.1'], rule: 'outside-networks' },
    { targets: ['10.0.0.1-255'], rule: undefined },
    { targets: ['10.0.0-2.1'], rule: 'outside-networks' },
    { targets: ['2001:db8:1::/63'], rule: 'too-many-addresses' },
    { targets: ['2001:db8:0:ffff:ffff:ffff:ffff:fff0/124'], rule: 'outside-networks' },
    { targets: ['2001:db8:2::1'], rule: 'outside-networks' },
    { targets: ['2001:db8:1::/64'], rule: 'too-many-addresses' },
    { targets: ['10.0.0.0/8', '0.0.0.0/0'], rule: 'too-many-addresses' },
    { targets: ['10.0.0.9'], rule: 'excluded' },
    { targets: ['10.0.0.9/32'], rule: 'excluded' },
    { targets: ['224.0.0.1'], rule: 'special-address' },
    { targets: ['255.255.255.255'], rule: 'special-address' },
    { targets: ['0.0.0.0'], rule: 'special-address' },
    { targets: ['ff02::1'], rule: 'special-address' },
    { targets: ['127.0.0.1'], rule: 'outside-networks' },
    { targets: ['169.254.169.254'], rule: 'outside-networks' },
    { targets: ['::ffff:10.0.0.1'], rule: 'ambiguous-address' },
    { targets: ['--script', 'vuln'], rule: 'looks-like-option' },
    { targets: ['nowhere.example'], rule: 'name-unresolved' },
    { targets: ['both.office.example'], rule: 'outside-networks' },
    { targets: ['db.office.example/16'], rule: 'outside-networks' },
    { targets: ['www.example.org'], rule: 'vantage' },
    { targets: ['cdn.example.org'], vantage: 'internet', rule: 'name-unresolved' },
    { targets: ['inside.cdn.example.org'], vantage: 'internet', rule: 'name-leads-inside' },
    { targets: ['www.example.org/24'], vantage: 'internet', rule: 'outside-networks' },
    { targets: ['198.51.100.7'], vantage: 'internet', rule: 'outside-networks' },
    { targets: ['10.0.0.1'], vantage: 'internet', rule: 'vantage' },
    { targets: ['10.0.0.1'], profile: 'vuln-check', rule: 'profile' },
    { targets: ['10.0.0.1'], profile: '', rule: 'profile' },
    { targets: ['10.0.0.1'], when: '2026-11-23T12:00:00Z', rule: 'window-closed' },
    { targets: ['10.0.0.1'], when: '2026-11-28T22:30:00Z', rule: 'window-closed' },
    { targets: ['10.0.0.1'], when: '2026-12-24T22:30:00Z', rule: 'window-closed' },
    { targets: ['10.0.0.1'], when: '2027-01-04T22:30:00Z', rule: 'expired' },
    { targets: ['10.0.1.1'], when: '2026-05-31T23:59:59Z', rule: 'not-yet' },
    { targets: ['10.0.1.1'], when: '2026-12-01T00:00:00Z', rule: 'expired' },
  ])('$targets $profile $vantage $when: $rule', async ({ targets, rule, ...more }) => {
    const decision = await ask(targets, more);
    if (rule === undefined) expect(decision.allowed).toBe(true);
    else {
      if (decision.allowed) throw new Error('allowed');
      expect(decision.refused.map((refused) => refused.rule)).toContain(rule);
    }
  });

  test('every refused target is named, with the grant that came nearest and when it opens', async () => {
    const decision = await ask(['10.0.0.1', '192.0.2.1'], { when: '2026-11-28T12:00:00Z' });
    expect(decision).toEqual({
      allowed: false,
      refused: [
        {
          target: '10.0.0.1',
          rule: 'window-closed',
          grant: 'office',
          why: 'grant office is open 22:00-05:00 mon,tue,wed,thu,fri Europe/Zurich: it opens at 2026-11-30 21:00 UTC',
        },
        { target: '192.0.2.1', rule: 'outside-networks', why: '192.0.2.1 lies in no granted network' },
      ],
    });
  });

  test('without grants nothing is scanned', async () => {
    const request = {
      targets: ['10.0.0.1'],
      profile: 'exposure',
      vantage: 'inside',
      at: parseInstant(NIGHT)!,
    };
    expect(await decide([], request, resolve)).toMatchObject({
      allowed: false,
      refused: [{ rule: 'no-grants' }],
    });
  });

  test('a resolver that fails leads nowhere', async () => {
    const request = {
      targets: ['x.example'],
      profile: 'exposure',
      vantage: 'inside',
      at: parseInstant(NIGHT)!,
    };
    const decision = await decide(grants, request, () => Promise.reject(new Error('SERVFAIL')));
    expect(decision).toMatchObject({ allowed: false, refused: [{ rule: 'name-unresolved' }] });
  });
});

describe('a name between check and use', () => {
  const resolved = new Map([['db.office.example', [ip('10.0.0.20'), ip('10.0.0.21')]]]);
  test.each([
    { now: ['10.0.0.20', '10.0.0.21'], changed: false },
    { now: ['10.0.0.21', '10.0.0.20'], changed: false },
    { now: ['10.0.0.20'], changed: true },
    { now: ['10.0.0.20', '10.0.0.21', '192.0.2.1'], changed: true },
    { now: ['192.0.2.1'], changed: true },
    { now: [], changed: true },
  ])('resolves to $now: changed $changed', async ({ now, changed }) => {
    const refused = await changedName(resolved, () => Promise.resolve(now.map(ip)));
    expect(refused?.rule).toBe(changed ? 'name-changed' : undefined);
  });
});

test.each([
  { what: 'a grant for nothing', grant: { networks: [] } },
  { what: 'no profile', grant: { profiles: [] } },
  { what: 'a zone that does not exist', grant: { windows: [{ timeZone: 'Mars/Olympus' }] } },
  { what: 'a time that is none', grant: { windows: [{ from: '25:00' }] } },
  { what: 'a block that is none', grant: { networks: ['10.0.0.0/40'] } },
  { what: 'an end that is none', grant: { expires: 'soon' } },
  { what: 'a key that is unknown', grant: { rates: 5 } },
])('$what is no grant', ({ grant }) => {
  const whole = {
    id: 'a',
    owner: 'b',
    networks: ['10.0.0.0/8'],
    profiles: ['exposure'],
    expires: '2027-01-01',
  };
  expect(scopeConfig.safeParse({ grants: [whole] }).success).toBe(true);
  expect(scopeConfig.safeParse({ grants: [{ ...whole, ...grant }] }).success).toBe(false);
});

test('two grants of one id are refused', () => {
  const grant = {
    id: 'a',
    owner: 'b',
    networks: ['10.0.0.0/8'],
    profiles: ['exposure'],
    expires: '2027-01-01',
  };
  expect(scopeConfig.safeParse({ grants: [grant, grant] }).success).toBe(false);
});
