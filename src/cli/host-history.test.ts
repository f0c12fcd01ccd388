import { describe, expect, test } from 'vitest';
import type { Host, Port } from '../exposure/model/host.ts';
import type { RunInfo } from '../exposure/model/scan-run.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import { hostHistory, serviceWords } from './host-history.ts';

const address = parseIpAddress('10.0.0.7');
if (address === undefined) throw new TypeError('not an address');

function run(services: string, overrides: Partial<RunInfo> = {}): RunInfo {
  return {
    id: '0' as RunInfo['id'],
    scanner: 'nmap',
    version: '7.93',
    args: '',
    scaninfo: [{ type: 'syn', protocol: 'tcp', services }],
    verbose: 0,
    debugging: 0,
    preScripts: [],
    postScripts: [],
    format: 'nmap-xml',
    status: 'complete',
    vantage: 'default',
    profile: 'weekly',
    privileges: 'raw',
    ...overrides,
  };
}

function host(ports: readonly Partial<Port>[], folded?: { state: string; count: number }): Host {
  return {
    address: address as NonNullable<typeof address>,
    otherAddresses: [],
    status: { state: 'up' },
    hostnames: [],
    ports: ports.map((port) => ({ protocol: 'tcp', portid: 0, state: 'open', scripts: [], ...port })),
    extraports: folded === undefined ? [] : [{ ...folded, reasons: [] }],
    os: [],
    scripts: [],
    timedOut: false,
  };
}

const ssh = { portid: 22, service: { name: 'ssh', product: 'OpenSSH', version: '9.2', method: 'probed' } };
const turns = (sightings: Parameters<typeof hostHistory>[0]): unknown[] =>
  hostHistory(sightings).map(({ opened, noLongerOpen, changed }) => ({
    opened: opened.map(({ portid }) => portid),
    gone: noLongerOpen,
    changed: changed.map(({ port, before }) => [port.portid, before]),
  }));
const silence = { opened: [], gone: [], changed: [] };

describe('hostHistory', () => {
  test('the same twice: the first scan tells, the second is silent', () => {
    const sighting = { run: run('1-100'), host: host([ssh], { state: 'closed', count: 99 }) };
    expect(turns([sighting, sighting])).toEqual([{ ...silence, opened: [22] }, silence]);
  });

  test('a port that is folded into closed is no longer open, and may open again', () => {
    const open = { run: run('1-100'), host: host([ssh], { state: 'closed', count: 99 }) };
    const closed = { run: run('1-100'), host: host([], { state: 'closed', count: 100 }) };
    expect(turns([open, closed, closed, open])).toEqual([
      { ...silence, opened: [22] },
      { ...silence, gone: [{ port: '22/tcp', state: 'closed' }] },
      silence,
      { ...silence, opened: [22] },
    ]);
  });

  test('a port that a scan did not probe keeps what was known: silence', () => {
    const open = { run: run('1-100'), host: host([ssh], { state: 'closed', count: 99 }) };
    const elsewhere = { run: run('443'), host: host([{ portid: 443 }]) };
    expect(turns([open, elsewhere, open])).toEqual([
      { ...silence, opened: [22] },
      { ...silence, opened: [443] },
      silence,
    ]);
  });

  test('another vantage, or other privileges, is another story', () => {
    const inside = { run: run('1-100'), host: host([ssh], { state: 'closed', count: 99 }) };
    const outside = {
      run: run('1-100', { vantage: 'internet' }),
      host: host([], { state: 'filtered', count: 100 }),
    };
    expect(turns([inside, outside, inside])).toEqual([{ ...silence, opened: [22] }, silence, silence]);
  });

  test('a changed service is told with what it was; a scan without version detection changes nothing', () => {
    const before = { run: run('22'), host: host([ssh]) };
    const table = { run: run('22'), host: host([{ portid: 22, service: { name: 'ssh', method: 'table' } }]) };
    const after = {
      run: run('22'),
      host: host([{ ...ssh, service: { ...ssh.service, version: '9.6' } }]),
    };
    expect(turns([before, table, before, after])).toEqual([
      { ...silence, opened: [22] },
      silence,
      silence,
      { ...silence, changed: [[22, 'ssh OpenSSH 9.2']] },
    ]);
  });
});

test.each([
  { why: 'behind TLS, as Nmap prints it', service: { name: 'http', tunnel: 'ssl' }, want: 'ssl/http' },
  { why: 'no service at all', service: undefined, want: '' },
])('$why', ({ service, want }) => {
  expect(serviceWords(service === undefined ? {} : { service })).toBe(want);
});
