import { expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Host } from '../model/host.ts';
import { diffScans } from './diff-inputs.ts';
import { identityByNetwork } from './host-identity.ts';
import type { RunInfo } from '../model/scan-run.ts';

const host = (address: string, mac: string, portid = 22): Host => ({
  address: address as IpAddress,
  otherAddresses: [],
  mac: { address: mac },
  status: { state: 'up' },
  hostnames: [],
  ports: [{ protocol: 'tcp', portid, state: 'open', scripts: [] }],
  extraports: [],
  os: [],
  scripts: [],
  timedOut: false,
});

test.each([
  { why: 'nothing configured', networks: [], address: '10.0.0.1', want: 'address' },
  {
    why: 'a DHCP segment',
    networks: [{ prefix: '10.0.0.0/24', identity: 'mac' }],
    address: '10.0.0.1',
    want: 'mac',
  },
  {
    why: 'outside of it',
    networks: [{ prefix: '10.0.0.0/24', identity: 'mac' }],
    address: '10.0.1.1',
    want: 'address',
  },
  {
    why: 'the longest prefix speaks, wherever it stands',
    networks: [
      { prefix: '10.0.0.0/8', identity: 'hostname' },
      { prefix: '10.0.0.0/24', identity: 'address' },
      { prefix: '10.0.0.0/16', identity: 'mac' },
    ],
    address: '10.0.0.1',
    want: 'address',
  },
] as const)('$why → $want', ({ networks, address, want }) => {
  const identity = identityByNetwork([...networks]);
  expect(typeof identity === 'function' ? identity(host(address, '')) : identity).toBe(want);
});

test('two laptops that swapped their addresses changed addresses, not ports', () => {
  const info = {
    scanner: 'nmap', version: '7.93', args: 'nmap -sS 10.0.0.0/24', verbose: 0, debugging: 0, preScripts: [], postScripts: [],
    format: 'nmap-xml', status: 'complete', id: 'x', vantage: 'v', profile: 'p', privileges: 'raw',
    scaninfo: [{ type: 'syn', protocol: 'tcp', services: '22-23' }],
  } as unknown as RunInfo; // prettier-ignore
  const whole = (hosts: readonly Host[]) => ({ run: { info, hosts }, problems: [] });
  const before = whole([
    host('10.0.0.1', '00:00:00:00:00:01', 22),
    host('10.0.0.2', '00:00:00:00:00:02', 23),
  ]);
  const after = whole([host('10.0.0.1', '00:00:00:00:00:02', 23), host('10.0.0.2', '00:00:00:00:00:01', 22)]);
  const kinds = (identity: ReturnType<typeof identityByNetwork>): string[] =>
    diffScans(before, after, { identity }).diff.hosts.flatMap(({ changes }) =>
      changes.map((change) => change.kind),
    );
  expect(new Set(kinds(identityByNetwork([{ prefix: '10.0.0.0/24', identity: 'mac' }])))).toEqual(
    new Set(['addresses-changed']),
  );
  expect(kinds('address')).toContain('mac-changed');
});
