import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { describeChange } from '../model/describe-change.ts';
import type { Host, Port, Script } from '../model/host.ts';
import type { RunId, RunInfo, ScanRun } from '../model/scan-run.ts';
import { compareRuns } from './compare-runs.ts';
import { compareScripts } from './compare-scripts.ts';
import { diffRuns, type DiffOptions } from './diff-runs.ts';
import { invert } from './invert.ts';
import { quieten } from './noise.ts';
import { volatility } from './volatile-scripts.ts';

const info = (over: Partial<RunInfo> = {}): RunInfo => ({
  scanner: 'nmap',
  version: '7.95',
  args: 'nmap -sV 10.0.0.0/24',
  scaninfo: [
    { type: 'syn', protocol: 'tcp', services: '1-65535' },
    { type: 'udp', protocol: 'udp', services: '53,161' },
  ],
  verbose: 0,
  debugging: 0,
  preScripts: [],
  format: 'nmap-xml',
  status: 'complete',
  postScripts: [],
  hosts: { up: 1, down: 255, total: 256 },
  id: '0000000000000000' as RunId,
  vantage: 'default',
  profile: 'default',
  privileges: 'raw',
  ...over,
});

const port = (key: string, over: Partial<Port> = {}): Port => {
  const [portid, protocol] = key.split('/');
  return {
    portid: Number(portid),
    protocol: protocol as Port['protocol'],
    state: 'open',
    scripts: [],
    ...over,
  };
};

const host = (address: string, over: Partial<Host> = {}): Host => ({
  address: address as IpAddress,
  otherAddresses: [],
  status: { state: 'up' },
  hostnames: [],
  ports: [],
  extraports: [
    {
      state: 'closed',
      count: 65_535,
      reasons: [{ reason: 'reset', count: 65_535, protocol: 'tcp', ports: '1-65535' }],
    },
  ],
  os: [],
  scripts: [],
  timedOut: false,
  ...over,
});

const run = (hosts: readonly Host[], over: Partial<RunInfo> = {}): ScanRun => ({ info: info(over), hosts });

const nginx = { name: 'http', product: 'nginx', version: '1.22', method: 'probed' } as const;

function sentences(a: ScanRun, b: ScanRun, options: DiffOptions = {}): string[] {
  return diffRuns(a, b, options).changes.map(describeChange);
}

describe('what is said of two runs', () => {
  test.each<{ why: string; a: readonly Host[]; b: readonly Host[]; want: readonly string[] }>([
    {
      why: 'a port that was folded as closed is open',
      a: [host('10.0.0.1')],
      b: [host('10.0.0.1', { ports: [port('80/tcp', { service: nginx })] })],
      want: ['10.0.0.1 opened 80/tcp (http nginx 1.22); it was closed'],
    },
    {
      why: 'a service that moved is told besides its two ports',
      a: [host('10.0.0.1', { ports: [port('80/tcp', { service: nginx })] })],
      b: [host('10.0.0.1', { ports: [port('8080/tcp', { service: nginx })] })],
      want: [
        '10.0.0.1 closed 80/tcp (http nginx 1.22)',
        '10.0.0.1 moved http nginx 1.22 from 80/tcp to 8080/tcp',
        '10.0.0.1 opened 8080/tcp (http nginx 1.22); it was closed',
      ],
    },
    {
      why: 'silent about moving: a name that goes by the port number',
      a: [host('10.0.0.1', { ports: [port('80/tcp', { service: { name: 'x', method: 'table' } })] })],
      b: [host('10.0.0.1', { ports: [port('81/tcp', { service: { name: 'x', method: 'table' } })] })],
      want: ['10.0.0.1 closed 80/tcp (x)', '10.0.0.1 opened 81/tcp (x); it was closed'],
    },
    {
      why: 'another product is one change, whatever its version',
      a: [host('10.0.0.1', { ports: [port('80/tcp', { service: nginx })] })],
      b: [
        host('10.0.0.1', {
          ports: [port('80/tcp', { service: { ...nginx, product: 'Apache httpd', version: '2.4' } })],
        }),
      ],
      want: ['10.0.0.1 runs another product on 80/tcp: http nginx 1.22 before, http Apache httpd 2.4 now'],
    },
    {
      why: 'a host that timed out says nothing of the ports it does not list',
      a: [host('10.0.0.1', { ports: [port('80/tcp'), port('443/tcp')] })],
      b: [host('10.0.0.1', { timedOut: true, ports: [port('80/tcp')], extraports: [] })],
      want: [
        'on 10.0.0.1, only the first scan tells of tcp 1-79,81-65535; nothing is known of a change there',
        'on 10.0.0.1, only the first scan tells of udp 53,161; nothing is known of a change there',
      ],
    },
    {
      why: 'all that was closed is filtered now',
      a: [host('10.0.0.1')],
      b: [
        host('10.0.0.1', {
          extraports: [
            {
              state: 'filtered',
              count: 65_535,
              reasons: [{ reason: 'no-response', count: 65_535, protocol: 'tcp', ports: '1-65535' }],
            },
          ],
        }),
      ],
      want: ['10.0.0.1 answers differently on its other ports: 65535 closed before, 65535 filtered now'],
    },
    {
      why: 'a host that is recorded as down went down, and nothing is said of its ports',
      a: [host('10.0.0.1', { ports: [port('80/tcp')] })],
      b: [host('10.0.0.1', { status: { state: 'down' }, extraports: [] })],
      want: ['10.0.0.1 went down; it had 80/tcp open'],
    },
    {
      why: 'silent: a host that was down and is not listed any more',
      a: [host('10.0.0.1', { status: { state: 'down' }, extraports: [] })],
      b: [],
      want: [],
    },
    {
      why: 'silent: a name that the user typed',
      a: [host('10.0.0.1', { hostnames: [{ name: 'db', type: 'user' }] })],
      b: [host('10.0.0.1')],
      want: [],
    },
    {
      why: 'a MAC address',
      a: [host('10.0.0.1', { mac: { address: '00:00:00:00:00:01' } })],
      b: [host('10.0.0.1', { mac: { address: '00:00:00:00:00:02', vendor: 'ACME' } })],
      want: ['10.0.0.1 changed its MAC address from 00:00:00:00:00:01 to 00:00:00:00:00:02 (ACME)'],
    },
  ])('$why', ({ a, b, want }) => {
    expect(sentences(run(a), run(b))).toEqual(want);
  });

  test('an interrupted run takes nobody away', () => {
    const said = sentences(run([host('10.0.0.1')]), run([], { status: 'interrupted' }));
    expect(said).toEqual([
      'only the first scan is known to have covered 10.0.0.1; nothing is known of a change',
    ]);
  });

  test('other ports asked for are a gap of the runs, and no change of a port', () => {
    const fewer = { scaninfo: [{ type: 'syn', protocol: 'tcp', services: '1-100' } as const] };
    const open = host('10.0.0.1', { ports: [port('443/tcp')] });
    const said = sentences(
      run([open]),
      run([host('10.0.0.1', { extraports: [{ state: 'closed', count: 100, reasons: [] }] })], fewer),
    );
    expect(said).toEqual([
      'only the first scan tells of tcp 101-65535; nothing is known of a change there',
      'only the first scan tells of udp 53,161; nothing is known of a change there',
      'on 10.0.0.1, only the first scan tells of tcp 443; nothing is known of a change there',
    ]);
  });
});

describe('identity', () => {
  const laptop = (address: string): Host =>
    host(address, { mac: { address: '00:00:00:00:00:01' }, hostnames: [{ name: 'laptop', type: 'PTR' }] });

  test.each([{ identity: 'mac' }, { identity: 'hostname' }] as const)(
    'by $identity a host keeps its identity over addresses',
    ({ identity }) => {
      const a = run([laptop('10.0.0.1')]);
      const b = run([laptop('10.0.0.9')]);
      const { changes } = diffRuns(a, b, { identity });
      expect(changes.map(describeChange)).toEqual(['10.0.0.1 changed addresses from 10.0.0.1 to 10.0.0.9']);
      expect(diffRuns(b, a, { identity }).changes).toEqual(invert(changes));
      expect(diffRuns(a, b).changes.map(({ kind }) => kind)).toEqual(['host-disappeared', 'host-appeared']);
    },
  );

  test('two hosts with one MAC are told apart by address', () => {
    const both = run([laptop('10.0.0.1'), laptop('10.0.0.2')]);
    expect(diffRuns(both, both, { identity: 'mac' }).changes).toEqual([]);
  });
});

describe('compareRuns', () => {
  test.each<{ why: string; over: Partial<RunInfo>; want: RegExp }>([
    { why: 'another place', over: { vantage: 'dmz' }, want: /different places/ },
    { why: 'other privileges', over: { privileges: 'connect' }, want: /full connections/ },
    {
      why: 'no protocol in common',
      over: { scaninfo: [{ type: 'sctpinit', protocol: 'sctp' }] },
      want: /no protocol in common/,
    },
    {
      why: 'a FIN scan reads silence as open',
      over: { scaninfo: [{ type: 'fin', protocol: 'tcp' }] },
      want: /fin scan/,
    },
  ])('not comparable: $why', ({ over, want }) => {
    const comparability = compareRuns(info(), info(over));
    expect(comparability.comparable ? '' : comparability.why.join()).toMatch(want);
    expect(diffRuns(run([host('10.0.0.1')]), run([], over)).changes).toEqual([]);
  });

  test.each<{ why: string; over: Partial<RunInfo>; want: string | undefined }>([
    { why: 'silent: the same again', over: {}, want: undefined },
    {
      why: 'no versions',
      over: { args: 'nmap 10.0.0.0/24' },
      want: 'the second scan has no version detection (-sV): services and versions are not compared',
    },
    {
      why: 'fewer protocols',
      over: { scaninfo: [{ type: 'syn', protocol: 'tcp' }] },
      want: 'the second scan did not cover udp',
    },
    {
      why: 'cut short',
      over: { status: 'truncated' },
      want: 'the second scan was truncated: nothing is known of what it did not reach',
    },
    {
      why: 'another scanner',
      over: { scanner: 'masscan' },
      want: 'the scanners differ (nmap, masscan): only states and what both say in the same words is compared',
    },
  ])('limit: $why', ({ over, want }) => {
    const comparability = compareRuns(info(), info(over));
    expect(comparability).toEqual({ comparable: true, limits: want === undefined ? [] : [want] });
  });
});

describe('scripts', () => {
  const script = (id: string, output: string, items?: Script['items']): Script =>
    items === undefined ? { id, output } : { id, output, items };

  test.each<{ why: string; a: Script; b: Script; changes: number }>([
    { why: 'another title', a: script('http-title', 'A'), b: script('http-title', 'B'), changes: 1 },
    { why: 'silent: a skew', a: script('clock-skew', '1s'), b: script('clock-skew', '2s'), changes: 0 },
    {
      why: 'silent: host keys in another order',
      a: script('ssh-hostkey', '\n 1024 aa (DSA)\n 2048 bb (RSA)'),
      b: script('ssh-hostkey', '\n 2048 bb (RSA)\n 1024 aa (DSA)'),
      changes: 0,
    },
    {
      why: 'another host key',
      a: script('ssh-hostkey', '1024 aa (DSA)'),
      b: script('ssh-hostkey', '1024 ab (DSA)'),
      changes: 1,
    },
    {
      why: 'silent: rows of vulners in another order',
      a: script('vulners', 'x', [{ value: '1' }, { value: '2' }]),
      b: script('vulners', 'y', [{ value: '2' }, { value: '1' }]),
      changes: 0,
    },
    {
      why: 'a new row of vulners',
      a: script('vulners', 'x', [{ value: '1' }]),
      b: script('vulners', 'x', [{ value: '1' }, { value: '3' }]),
      changes: 1,
    },
    {
      why: 'silent: the present time of SMB',
      a: script('smb2-time', 'date: 1\n start_date: 9'),
      b: script('smb2-time', 'date: 2\n start_date: 9'),
      changes: 0,
    },
    {
      why: 'SMB was restarted',
      a: script('smb2-time', 'date: 1\n start_date: 9'),
      b: script('smb2-time', 'date: 2\n start_date: 8'),
      changes: 1,
    },
    {
      why: 'silent: text of structured output',
      a: script('ssl-cert', 'one', [{ key: 'k', value: 'v' }]),
      b: script('ssl-cert', 'two', [{ key: 'k', value: 'v' }]),
      changes: 0,
    },
    {
      why: 'silent: an APOP challenge in a greeting',
      a: script('banner', '+OK <1.2@h> ready'),
      b: script('banner', '+OK <3.4@h> ready'),
      changes: 0,
    },
  ])('$why', ({ a, b, changes }) => {
    expect(compareScripts([a], [b], 'all')).toHaveLength(changes);
  });

  test('a result that only one has says something only when both asked the same', () => {
    expect(compareScripts([script('a', '1')], [], 'all')).toHaveLength(1);
    expect(compareScripts([script('a', '1')], [], 'shared')).toEqual([]);
  });

  test('every volatile script is listed with a reason, and families match', () => {
    expect(volatility('rdp-ntlm-info')?.why).toBeDefined();
    expect(volatility('http-title')).toBeUndefined();
  });
});

describe('quieten', () => {
  const open = (key: string, state = 'open'): Host =>
    host('10.0.0.1', { ports: [port(key, { state })], extraports: [] });
  const changes = (a: Host, b: Host) => diffRuns(run([a]), run([b])).changes;

  test.each([
    { why: 'UDP that was closed and does not answer now', before: 'closed', after: 'open|filtered', kept: 0 },
    { why: 'UDP that answers now', before: 'open|filtered', after: 'open', kept: 1 },
    { why: 'UDP that is closed now', before: 'open', after: 'closed', kept: 1 },
  ])('$why', ({ before, after, kept }) => {
    const all = changes(open('53/udp', before), open('53/udp', after));
    expect(all).toHaveLength(1);
    expect(quieten(all, {}).changes).toHaveLength(kept);
    expect(quieten(all, { udpOpenFiltered: true }).changes).toHaveLength(1);
  });

  test('a port that comes and goes is told with its rate', () => {
    const all = changes(open('8080/tcp', 'closed'), open('8080/tcp'));
    const rateOf = (turns: number) => (_: IpAddress, key: PortKey) =>
      key === '8080/tcp' ? { seen: 4, comparable: 9, turns } : undefined;
    expect(quieten(all, { rateOf: rateOf(5) })).toMatchObject({
      changes: [],
      flapping: [{ rate: { seen: 4 } }],
    });
    expect(quieten(all, { rateOf: rateOf(2) }).changes).toHaveLength(1);
  });
});
