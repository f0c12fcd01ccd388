import { describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import type { Census, CensusHost } from './census.ts';
import { mergeCensuses } from './merge-censuses.ts';

/** `22/tcp filtered`, `80/tcp open http nginx 1.24`. */
const port = (text: string): CensusHost['ports'][number] => {
  const [key, state = 'open', service = '', product = '', version = ''] = text.split(' ');
  return { key: key as PortKey, state, service, product, version, confidence: product === '' ? 3 : 10 };
};
const host = (address: string, ports: readonly string[], more: Partial<CensusHost> = {}): CensusHost => ({
  address: parseIpAddress(address)!,
  roles: [],
  network: '10.0.0.0/24',
  ports: ports.map(port),
  folded: {},
  profiles: ['exposure'],
  contradictions: [],
  partial: false,
  ...more,
});
const census = (
  profile: string,
  tcp: string,
  hosts: readonly CensusHost[],
  more: Partial<Census> = {},
): Census => ({
  id: `run-${profile}`,
  at: 0 as Instant,
  profile,
  vantage: 'inside',
  coverage: new Map(tcp === '' ? [] : [['tcp', PortSet.parse(tcp)!]]),
  partial: false,
  hosts: hosts.map((each) => ({ ...each, profiles: [profile] })),
  ...more,
});

const merged = (...censuses: readonly Census[]): CensusHost => mergeCensuses(censuses).hosts[0]!;

describe('scans of one window', () => {
  test('the last names them; hosts are joined in order', () => {
    const both = mergeCensuses([
      census('exposure', '1-100', [host('10.0.0.10', []), host('10.0.0.2', [])]),
      census('services', '50-200', [host('10.0.0.3', [])]),
    ]);
    expect(both).toMatchObject({ id: 'run-services', profile: 'services' });
    expect(both.hosts.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.10']);
    expect(both.coverage.get('tcp')?.toString()).toBe('1-200');
  });

  test('depth comes from whoever has it', () => {
    const one = merged(
      census('services', '1-100', [host('10.0.0.1', ['80/tcp open http nginx 1.24'])]),
      census('exposure', '1-100', [
        host('10.0.0.1', ['80/tcp open http'], {
          mac: '52:54:00:00:00:01',
          os: { family: 'Linux', generation: '5.X', accuracy: 90 },
        }),
      ]),
      census('os', '1-100', [
        host('10.0.0.1', ['80/tcp open'], { os: { family: 'Linux', generation: '6.X', accuracy: 98 } }),
      ]),
    );
    expect(one.ports).toMatchObject([{ key: '80/tcp', product: 'nginx', version: '1.24' }]);
    expect(one).toMatchObject({
      mac: '52:54:00:00:00:01',
      os: { generation: '6.X' },
      profiles: ['services', 'exposure', 'os'],
    });
    expect(one.contradictions).toEqual([]);
  });

  test.each<{ why: string; other: Census; want: readonly PortKey[] }>([
    {
      why: 'filtered elsewhere',
      other: census('syn', '1-100', [host('10.0.0.1', ['22/tcp filtered'])]),
      want: ['22/tcp'],
    },
    { why: 'folded elsewhere', other: census('syn', '1-100', [host('10.0.0.1', [])]), want: ['22/tcp'] },
    {
      why: 'perhaps open elsewhere',
      other: census('syn', '1-100', [host('10.0.0.1', ['22/tcp open|filtered'])]),
      want: [],
    },
    { why: 'not tried elsewhere', other: census('syn', '80', [host('10.0.0.1', [])]), want: [] },
    {
      why: 'the host was given up on',
      other: census('syn', '1-100', [host('10.0.0.1', [], { partial: true })]),
      want: [],
    },
    {
      why: 'the scan was cut short',
      other: census('syn', '1-100', [host('10.0.0.1', [])], { partial: true }),
      want: [],
    },
    { why: 'the host was not there', other: census('syn', '1-100', []), want: [] },
  ])('a port that is open in one of them, and $why: contradictions $want', ({ other, want }) => {
    const connect = census('connect', '1-100', [host('10.0.0.1', ['22/tcp open ssh'])]);
    for (const order of [
      [connect, other],
      [other, connect],
    ] as const) {
      expect(merged(...order).contradictions).toEqual(want);
      expect(merged(...order).ports[0]).toMatchObject({ key: '22/tcp', state: 'open' });
    }
  });

  test('one scan is itself; none is nothing', () => {
    const only = census('exposure', '1-100', [host('10.0.0.1', [])]);
    expect(mergeCensuses([only])).toBe(only);
    expect(() => mergeCensuses([])).toThrow(RangeError);
  });
});
