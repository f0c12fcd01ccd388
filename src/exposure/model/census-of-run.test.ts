import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import { censusOf } from './census-of-run.ts';
import type { Host, Port } from './host.ts';
import type { RunId } from './scan-run.ts';

const INFO = {
  id: 'a1' as RunId,
  start: 5e15 as Instant,
  profile: 'weekly',
  vantage: 'inside',
  status: 'complete',
  scaninfo: [{ type: 'syn', protocol: 'tcp', services: '22,80,443' }],
} as const;
const host = (more: Partial<Host> = {}): Host => ({
  address: '10.1.2.3' as IpAddress,
  otherAddresses: [],
  status: { state: 'up' },
  hostnames: [],
  ports: [],
  extraports: [],
  os: [],
  scripts: [],
  timedOut: false,
  ...more,
});
const port = (portid: number, more: Partial<Port> = {}): Port => ({
  protocol: 'tcp',
  portid,
  state: 'open',
  scripts: [],
  ...more,
});

describe('a census of a run', () => {
  test('says when, where and what was asked', () => {
    const census = censusOf(INFO, []);
    expect(census).toMatchObject({
      id: 'a1',
      at: 5e15,
      profile: 'weekly',
      vantage: 'inside',
      partial: false,
    });
    expect(census.coverage.get('tcp')?.toString()).toBe('22,80,443');
  });

  test.each([
    { why: 'complete', status: 'complete', partial: false },
    { why: 'interrupted', status: 'interrupted', partial: true },
    { why: 'truncated', status: 'truncated', partial: true },
  ] as const)('a run that is $why', ({ status, partial }) => {
    expect(censusOf({ ...INFO, status }, []).partial).toBe(partial);
  });

  test.each([
    { why: 'up', state: 'up', ports: [], counted: 1 },
    { why: 'down', state: 'down', ports: [], counted: 0 },
    { why: 'skipped', state: 'skipped', ports: [], counted: 0 },
    { why: 'not said, and nothing seen', state: 'unknown', ports: [], counted: 0 },
    { why: 'not said, but a port was seen (masscan)', state: 'unknown', ports: [port(22)], counted: 1 },
  ] as const)('a host is $why', ({ state, ports, counted }) => {
    expect(censusOf(INFO, [host({ status: { state }, ports })]).hosts).toHaveLength(counted);
  });

  test('ports keep their state; TLS stands before the service', () => {
    const [first] = censusOf(INFO, [
      host({
        ports: [
          port(22, { state: 'filtered' }),
          port(443, { service: { name: 'http', product: 'nginx', version: '1.2', tunnel: 'ssl', conf: 10 } }),
        ],
        extraports: [
          { state: 'closed', count: 1, reasons: [] },
          { state: 'closed', count: 2, reasons: [] },
        ],
      }),
    ]).hosts;
    expect(first?.ports).toEqual([
      { key: '22/tcp', state: 'filtered', service: '', product: '', version: '', confidence: 0 },
      {
        key: '443/tcp',
        state: 'open',
        service: 'ssl/http',
        product: 'nginx',
        version: '1.2',
        confidence: 10,
      },
    ]);
    expect(first?.folded).toEqual({ closed: 3 });
  });

  test.each([
    {
      why: 'its first PTR name',
      names: [
        ['user', 'as.typed'],
        ['PTR', 'Web-1.Example.'],
      ],
      want: 'web-1.example',
    },
    { why: 'none when only the command line named it', names: [['user', 'web-1']], want: undefined },
    { why: 'none when it is a dot', names: [['PTR', '.']], want: undefined },
  ])('the name of a host is $why', ({ names, want }) => {
    const hostnames = names.map(([type = '', name = '']) => ({ type, name }));
    expect(censusOf(INFO, [host({ hostnames })]).hosts[0]?.hostname).toBe(want);
  });

  test('the best class of the best match is the OS', () => {
    const os = [
      {
        name: 'Linux 5.4',
        accuracy: 97,
        classes: [
          { family: 'Linux', generation: '5.X' },
          { family: 'Linux', generation: '4.X' },
        ],
      },
      { name: 'FreeBSD', accuracy: 90, classes: [{ family: 'FreeBSD' }] },
    ];
    expect(censusOf(INFO, [host({ os })]).hosts[0]?.os).toEqual({
      family: 'Linux',
      generation: '5.X',
      accuracy: 97,
    });
    expect(
      censusOf(INFO, [host({ os: [{ name: 'x', accuracy: 9, classes: [] }] })]).hosts[0]?.os,
    ).toBeUndefined();
  });

  test('a host has a coverage of its own only where it differs from what was asked', () => {
    const folded = (ports: string) => [
      {
        state: 'closed',
        count: 2,
        reasons: [{ reason: 'reset', count: 2, protocol: 'tcp', ports } as const],
      },
    ];
    const { hosts } = censusOf(INFO, [
      host({ ports: [port(22)], extraports: folded('80,443') }),
      host({ address: '10.1.2.4' as IpAddress, ports: [port(8080)] }),
    ]);
    expect(hosts[0]?.coverage).toBeUndefined();
    expect(hosts[1]?.coverage?.get('tcp')?.toString()).toBe('22,80,443,8080');
  });

  test('segments and roles are the setting’s, otherwise the /24 and the /64', () => {
    const six = host({ address: '2001:db8::1' as IpAddress });
    expect(censusOf(INFO, [host(), six]).hosts.map(({ network, roles }) => [network, roles])).toEqual([
      ['10.1.2.0/24', []],
      ['2001:db8::/64', []],
    ]);
    const setting = { networkOf: () => '10.0.0.0/8', rolesOf: () => ['db'] };
    expect(censusOf(INFO, [host()], setting).hosts[0]).toMatchObject({
      network: '10.0.0.0/8',
      roles: ['db'],
    });
  });
});
