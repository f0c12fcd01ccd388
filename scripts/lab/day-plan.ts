/**
 * A day in the lab as data: a small network, how it habitually differs from one scan to the next, and steps that each
 * change one thing. A step is a `change` that somebody should hear of, or `noise` that nobody should be woken by.
 */
import type { IpAddress } from '../../src/net/ip-address.ts';
import { DNS, PREFIX6, type LabHost } from './plan.ts';
import type { ServicePlan } from './service.ts';

/** What is scanned together, and so has a baseline of its own. */
export type Series = 'tcp' | 'tls' | 'udp' | 'ipv6';

/** One step of the day: the lab as it stands, changed, and scanned once. */
export interface Step {
  readonly kind: 'change' | 'noise';
  readonly what: string;
  readonly series: Series;
  /** Where it happens; a finding elsewhere is not counted for the step. */
  readonly host: IpAddress;
  readonly edit?: (hosts: readonly LabHost[]) => LabHost[];
  /** The scanner's arguments where they are others than those of the series. */
  readonly args?: readonly string[];
}

/** Five scans: a habit is three turns, and up, down, up, down, up has four. */
export const BASELINE_SCANS = 5;

const ip = (last: number): IpAddress => `10.77.10.${last}` as IpAddress;
const PORTS = '21,22,25,80,143,515,873,3000,3306,4444,5000,8080,8081,9090,32765-32775';
const TARGETS = '10.77.10.0/28';
/** Names come from the lab; version probes are the likely ones, so that a scan takes seconds. */
const COMMON = ['-T4', '--max-retries', '2', '--dns-servers', DNS];

/** The arguments of each series, targets included. Detection behind TLS takes twice as long, so it has one of its own. */
export const SERIES: Readonly<Record<Series, readonly string[]>> = {
  tcp: ['-sS', '-sV', '--version-light', ...COMMON, '-p', PORTS, TARGETS],
  tls: ['-sS', '-sV', '--version-light', ...COMMON, '-p', '443', '10.77.10.2'],
  udp: ['-sU', ...COMMON, '-p', '53,123,161', TARGETS],
  ipv6: ['-6', '-sS', ...COMMON, '-p', PORTS, `${PREFIX6}2`, `${PREFIX6}4`],
};

const ssh = (port = 22): ServicePlan => ({ kind: 'ssh', port, banner: 'OpenSSH_9.2p1 Debian-2+deb12u3' });
const jenkins = (port: number): ServicePlan => ({
  kind: 'http',
  port,
  server: 'Jetty(10.0.18)',
  title: 'Sign in [Jenkins]',
  headers: ['X-Hudson: 1.395', 'X-Jenkins: 2.426.3'],
});
const smtp = (banner: string): ServicePlan => ({ kind: 'smtp', port: 25, banner });
const NAMES = ['gw1', 'web1', 'mail1', 'db1', 'files1', 'jump1', 'printer1', 'dev1', 'laptop1'];
const zone = (renamed: Readonly<Record<number, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    NAMES.map((name, index) => [
      `${index + 1}.10.77.10.in-addr.arpa`,
      `${renamed[index + 1] ?? name}.corp.example`,
    ]),
  );
const gateway = (names = zone(), time: 'ntp' | 'mute' = 'ntp'): ServicePlan[] => [
  { kind: 'dns', port: 53, version: '9.18.24-1-Debian', zone: names },
  { kind: time, port: 123 },
];

/** The network at one scan of the baseline, 1-based: a laptop and a preview server come and go, an RPC port roams. */
export function networkAt(scan: number): LabHost[] {
  const on = scan % 2 === 1;
  const host = (last: number, services: readonly ServicePlan[], more: Partial<LabHost> = {}): LabHost => ({
    name: NAMES[last - 1] ?? '',
    address: ip(last),
    mac: `52:54:00:20:00:0${last}`,
    role: '',
    services,
    ...more,
  });
  return [
    host(1, gateway()),
    host(
      2,
      [
        ssh(),
        { kind: 'http', port: 80, server: 'nginx/1.22.1', title: 'Shop' },
        { kind: 'https', port: 443, server: 'nginx/1.22.1', title: 'Shop' },
      ],
      { ipv6: true },
    ),
    host(3, [ssh(), smtp('mail1.corp.example ESMTP Postfix (Debian/GNU)'), { kind: 'imap', port: 143 }]),
    host(4, [ssh(), { kind: 'mysql', port: 3306, version: '10.11.6-MariaDB-0+deb12u1' }], { ipv6: true }),
    host(5, [
      ssh(),
      { kind: 'ftp', port: 21, banner: '(vsFTPd 3.0.3)' },
      { kind: 'rsync', port: 873 },
      { kind: 'quiet', port: 32_764 + scan },
    ]),
    host(6, [ssh(), { kind: 'http', port: 9090, server: 'Cockpit' }], { allow: [22] }),
    host(7, [
      { kind: 'lpd', port: 515 },
      { kind: 'snmp', port: 161, description: 'HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153' },
    ]),
    host(8, [
      ssh(),
      { kind: 'http', port: 3000, server: 'WEBrick/1.7.0 (Ruby/3.1.2/2022-04-12)', title: 'Preview' },
      jenkins(8080),
      ...(on ? [{ kind: 'http', port: 5000, server: 'Werkzeug/3.0.1 Python/3.11.2' } as const] : []),
    ]),
    ...(on ? [host(9, [ssh()])] : []),
  ];
}

type Edit = (host: LabHost) => LabHost;

const at =
  (last: number, edit: Edit) =>
  (hosts: readonly LabHost[]): LabHost[] =>
    hosts.map((host) => (host.address === ip(last) ? edit(host) : host));
const without =
  (last: number) =>
  (hosts: readonly LabHost[]): LabHost[] =>
    hosts.filter((host) => host.address !== ip(last));
const serving =
  (port: number, service?: ServicePlan): Edit =>
  (host) => ({
    ...host,
    services: [
      ...host.services.filter((one) => one.port !== port),
      ...(service === undefined ? [] : [service]),
    ],
  });
const step = (
  kind: Step['kind'],
  what: string,
  last: number,
  edit?: Step['edit'],
  more: { readonly series?: Series; readonly args?: readonly string[] } = {},
): Step => ({
  kind,
  what,
  series: more.series ?? 'tcp',
  host: more.series === 'ipv6' ? (`${PREFIX6}${last}` as IpAddress) : ip(last),
  ...(edit === undefined ? {} : { edit }),
  ...(more.args === undefined ? {} : { args: more.args }),
});

const SHELL: ServicePlan = { kind: 'shell', port: 4444, prompt: '/bin/sh: 0: cannot access tty\n$ ' };

/** The day, in order. Each step begins from the network of the last scan of the baseline. */
export const DAY: readonly Step[] = [
  step('change', 'a port opens: a shell on 4444', 8, at(8, serving(4444, SHELL))),
  step('change', 'a port closes: rsync stops', 5, at(5, serving(873))),
  step(
    'change',
    'a port is filtered: MariaDB',
    4,
    at(4, (host) => ({ ...host, drop: [3306] })),
  ),
  step('change', 'a service moves: Jenkins from 8080 to 8081', 8, at(8, (host) => serving(8081, jenkins(8081))(serving(8080)(host)))), // prettier-ignore
  step('change', 'another product: vsftpd becomes ProFTPD', 5, at(5, serving(21, { kind: 'ftp', port: 21, banner: 'ProFTPD 1.3.8 Server (Debian) [::ffff:10.77.10.5]' }))), // prettier-ignore
  step('change', 'a version goes down: OpenSSH 9.2 becomes 7.4', 2, at(2, serving(22, { kind: 'ssh', port: 22, banner: 'OpenSSH_7.4' }))), // prettier-ignore
  step('change', 'another banner: the mail server no longer says Postfix', 3, at(3, serving(25, smtp('owned by nobody in particular')))), // prettier-ignore
  step('change', 'TLS is gone: 443 speaks plain HTTP', 2, at(2, serving(443, { kind: 'http', port: 443, server: 'nginx/1.22.1', title: 'Shop' })), { series: 'tls' }), // prettier-ignore
  step(
    'change',
    'another network card',
    7,
    at(7, (host) => ({ ...host, mac: '00:15:5d:20:00:07' })),
  ),
  step('change', 'a host appears', 12, (hosts) => [...hosts, { name: 'unknown1', address: ip(12), mac: 'b8:27:eb:20:00:12', role: '', services: [ssh(), { kind: 'http', port: 8080, server: 'SimpleHTTP/0.6 Python/3.11.2' }] }]), // prettier-ignore
  step('change', 'a host is gone', 3, without(3)),
  step('change', 'a UDP port opens: SNMP on the file server', 5, at(5, serving(161, { kind: 'snmp', port: 161, description: 'Linux files1 6.1.0-18-amd64' })), { series: 'udp' }), // prettier-ignore
  step('change', 'a port opens on an IPv6 address', 4, at(4, serving(4444, SHELL)), { series: 'ipv6' }),
  step('noise', 'nothing: the same scan again', 1),
  step('noise', 'other timing, hosts and ports in other order', 1, undefined, {
    args: ['--randomize-hosts', '-sV', '--version-light', '-sS', '-T3', '--max-retries', '2', '--dns-servers', DNS, '-p', PORTS.split(',').toReversed().join(','), TARGETS], // prettier-ignore
  }),
  step('noise', 'a port that comes and goes is away', 8, at(8, serving(5000))),
  step('noise', 'a service answers after 4 s', 8, at(8, serving(3000, { kind: 'http', port: 3000, server: 'WEBrick/1.7.0 (Ruby/3.1.2/2022-04-12)', title: 'Preview', delay: 4_000 }))), // prettier-ignore
  step('noise', 'a scan of fewer ports, without versions', 1, undefined, {
    args: ['-sS', ...COMMON, '-p', '22,80', TARGETS],
  }),
  step(
    'noise',
    'PTR names change',
    5,
    at(1, (host) => ({ ...host, services: gateway(zone({ 5: 'files1-old' })) })),
  ),
  step('noise', 'UDP falls silent: NTP open|filtered', 1, at(1, (host) => ({ ...host, services: gateway(zone(), 'mute') })), { series: 'udp' }), // prettier-ignore
  step('noise', 'an RPC port is another one after a restart', 5, at(5, (host) => serving(32_774, { kind: 'quiet', port: 32_774 })(serving(32_769)(host)))), // prettier-ignore
  step('noise', 'version detection fails once', 3, at(3, serving(22, { kind: 'quiet', port: 22 }))),
  step('noise', 'a laptop that comes and goes is away', 9, without(9)),
  step(
    'noise',
    'a filtered port changes between dropped and closed',
    6,
    at(6, (host) => ({ ...host, allow: [22, 25] })),
  ),
];
