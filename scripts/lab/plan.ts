/**
 * The lab as data: which hosts there are, what each runs in which week, and what of that was planted.
 * Weeks 1–6 hold only what any network does; weeks 7–10 hold the events.
 */
import type { Truth } from '../../src/estate/truth.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import type { ServicePlan } from './service.ts';

export const WEEKS = 10;
/** Sunday 2026-09-13 04:02:00 UTC, when the cron job of week 1 starts; one scan each seven days. */
export const FIRST_SCAN = Date.UTC(2026, 8, 13, 4, 2);
export const WEEK_MS = 7 * 86_400_000;

export const SUBNET = '10.77.10.0/24';
export const SCANNER = '10.77.10.250';
export const DNS = '10.77.10.1';
/** Unique local addresses (RFC 4193); host part as in IPv4. */
export const PREFIX6 = 'fd77:77::';

/**
 * What the weekly scan probes: the well-known ports, and the ports where databases, administration,
 * containers, queues and development servers usually listen.
 */
export const PORTS =
  '1-1024,1433,1521,1723,1883,2049,2222,2375,2376,3000,3128,3260,3306,3389,4444,5000,5060,5432,5601,5672,' +
  '5900-5902,5984,5985,6379,6443,7001,8000,8008,8080,8081,8443,8888,9000,9090,9092,9100,9200,10000,10250,' +
  '11211,15672,27017,32765-32769';

/** One machine of the lab. */
export interface LabHost {
  readonly name: string;
  readonly address: IpAddress;
  readonly mac: string;
  readonly role: string;
  readonly services: readonly ServicePlan[];
  /** TCP ports that its packet filter lets through; undefined: no filter. Everything else is dropped. */
  readonly allow?: readonly number[];
  /** TCP ports that its packet filter drops. */
  readonly drop?: readonly number[];
  readonly ipv6?: boolean;
}

const ip = (last: number): IpAddress => `10.77.10.${last}` as IpAddress;

/** Debian shipped a point update between weeks 2 and 3, and another between weeks 7 and 8. */
function ssh(week: number, port = 22): ServicePlan {
  const revision = week < 3 ? 'deb12u2' : week < 8 ? 'deb12u3' : 'deb12u7';
  return { kind: 'ssh', port, banner: `OpenSSH_9.2p1 Debian-2+${revision}` };
}

const jenkins = (port: number): ServicePlan => ({
  kind: 'http',
  port,
  server: 'Jetty(10.0.18)',
  title: 'Sign in [Jenkins]',
  status: '403 Forbidden',
  headers: ['X-Hudson: 1.395', 'X-Jenkins: 2.426.3'],
});

const zone = (): Record<string, string> =>
  Object.fromEntries(NAMES.map(([last, name]) => [`${last}.10.77.10.in-addr.arpa`, `${name}.corp.example`]));

const NAMES: readonly (readonly [number, string])[] = [
  [1, 'gw1'],
  [10, 'web1'],
  [11, 'web2'],
  [20, 'db1'],
  [21, 'cache1'],
  [30, 'mail1'],
  [40, 'files1'],
  [50, 'jump1'],
  [60, 'printer1'],
  [70, 'cam1'],
  [80, 'dev1'],
  [90, 'spare1'],
  [99, 'vault1'],
  [250, 'scanner1'],
];

/** The lab as it stands during the scan of one week, 1-based. */
export function labInWeek(week: number): LabHost[] {
  const hosts: LabHost[] = [
    {
      name: 'gw1',
      address: ip(1),
      mac: '0c:c4:7a:10:00:01',
      role: 'gateway',
      services: [
        { kind: 'dns', port: 53, version: '9.18.24-1-Debian', zone: zone() },
        { kind: 'ntp', port: 123 },
      ],
    },
    {
      name: 'web1',
      address: ip(10),
      mac: '52:54:00:10:00:10',
      role: 'web',
      ipv6: true,
      services: [
        ssh(week),
        { kind: 'http', port: 80, server: 'nginx/1.22.1', title: 'Shop', status: '200 OK' },
        { kind: week < 10 ? 'https' : 'http', port: 443, server: 'nginx/1.22.1', title: 'Shop' },
        ...(week >= 7
          ? ([{ kind: 'mysql', port: 3306, version: '10.11.6-MariaDB-0+deb12u1' }] as const)
          : []),
      ],
    },
    {
      name: 'web2',
      address: ip(11),
      mac: '52:54:00:10:00:11',
      role: 'web',
      services: [
        ssh(week),
        {
          kind: 'http',
          port: 80,
          server: week < 8 ? 'Apache/2.4.57 (Debian)' : 'Apache/2.4.49 (Debian)',
          title: 'Intranet',
        },
      ],
    },
    {
      name: 'db1',
      address: ip(20),
      mac: '0c:c4:7a:10:00:20',
      role: 'database',
      ipv6: true,
      services: [ssh(week), { kind: 'postgres', port: 5432 }],
      ...(week >= 9 ? { drop: [5432] } : {}),
    },
    {
      name: 'cache1',
      address: ip(21),
      mac: '52:54:00:10:00:21',
      role: 'cache',
      services: [ssh(week), { kind: 'redis', port: 6379, version: '7.0.15' }],
    },
    {
      name: 'files1',
      address: ip(40),
      mac: week < 9 ? '00:11:32:10:00:40' : '00:15:5d:10:00:40',
      role: 'file',
      services: [
        ssh(week),
        { kind: 'ftp', port: 21, banner: '(vsFTPd 3.0.3)' },
        { kind: 'rsync', port: 873 },
        // A dynamic RPC port: the kernel gives another one after each restart.
        { kind: 'quiet', port: 32_765 + [0, 0, 3, 3, 1, 4, 4, 2, 2, 0][week - 1]! },
      ],
    },
    {
      name: 'jump1',
      address: ip(50),
      mac: '52:54:00:10:00:50',
      role: 'jump host',
      services: [ssh(week), { kind: 'http', port: 9090, server: 'Cockpit', title: 'Loading...' }],
      allow: week < 10 ? [22] : [22, 9090],
    },
    {
      name: 'cam1',
      address: ip(70),
      mac: '00:40:8c:10:00:70',
      role: 'camera',
      services: [
        { kind: 'http', port: 80, server: 'Boa/0.94.14rc21', title: 'AXIS' },
        { kind: 'rtsp', port: 554, server: 'GStreamer RTSP server' },
        ...(week >= 7 ? ([{ kind: 'telnet', port: 23, host: 'cam1' }] as const) : []),
      ],
    },
    {
      name: 'dev1',
      address: ip(80),
      mac: 'd4:be:d9:10:00:80',
      role: 'development',
      services: [
        ssh(week),
        { kind: 'http', port: 3000, server: 'WEBrick/1.7.0 (Ruby/3.1.2/2022-04-12)', title: 'Preview' },
        jenkins(week < 8 ? 8080 : 8081),
        ...(week % 2 === 1
          ? [{ kind: 'http', port: 5000, server: 'Werkzeug/3.0.1 Python/3.11.2' } as const]
          : []),
        ...[8000, 8888, 9000, 9200].slice(0, Math.max(0, week - 6)).map(
          (port) =>
            ({
              kind: 'http',
              port,
              server: 'SimpleHTTP/0.6 Python/3.11.2',
              title: 'Directory listing',
            }) as const,
        ),
      ],
    },
    // No service at all: its kernel answers every probe with a reset.
    { name: 'spare1', address: ip(90), mac: '00:50:56:10:00:90', role: 'spare', services: [] },
    {
      name: 'vault1',
      address: ip(99),
      mac: '0c:c4:7a:10:00:99',
      role: 'vault',
      services: [{ kind: 'https', port: 443, server: 'Caddy', title: 'Vault' }],
      allow: [443],
    },
  ];
  if (week < 10) {
    hosts.push({
      name: 'mail1',
      address: ip(30),
      mac: '52:54:00:10:00:30',
      role: 'mail',
      services: [
        ssh(week),
        { kind: 'smtp', port: 25, banner: 'mail1.corp.example ESMTP Postfix (Debian/GNU)' },
        { kind: 'imap', port: 143 },
        { kind: 'smtp', port: 587, banner: 'mail1.corp.example ESMTP Postfix (Debian/GNU)' },
      ],
    });
  }
  if (week !== 2 && week !== 5) {
    hosts.push({
      name: 'printer1',
      address: ip(60),
      mac: '3c:d9:2b:10:00:60',
      role: 'printer',
      services: [
        {
          kind: 'http',
          port: 80,
          server:
            'HP HTTP Server; HP LaserJet M607 - K0Q15A; Serial Number: CNBCLAB001; Built: Mon Jan 08, 2024',
          title: 'HP LaserJet M607',
        },
        { kind: 'lpd', port: 515 },
        {
          kind: 'http',
          port: 631,
          server:
            'HP HTTP Server; HP LaserJet M607 - K0Q15A; Serial Number: CNBCLAB001; Built: Mon Jan 08, 2024',
        },
        { kind: 'quiet', port: 9100 },
        {
          kind: 'snmp',
          port: 161,
          description: 'HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24',
        },
      ],
    });
  }
  if (week >= 9) {
    hosts.push({
      name: 'unknown1',
      address: ip(66),
      mac: 'b8:27:eb:10:00:66',
      role: 'unknown device',
      services: [
        ssh(week),
        { kind: 'http', port: 8000, server: 'SimpleHTTP/0.6 Python/3.11.2', title: 'Directory listing' },
      ],
    });
  }
  if (week >= 10) {
    const dev = hosts.find((host) => host.name === 'dev1');
    if (dev !== undefined)
      hosts[hosts.indexOf(dev)] = {
        ...dev,
        services: [
          ...dev.services,
          { kind: 'shell', port: 4444, prompt: '/bin/sh: 0: cannot access tty; job control turned off\n$ ' },
        ],
      };
  }
  return hosts;
}

const event = (
  week: number,
  last: number,
  kind: Truth['kind'],
  detail: string,
  port?: Truth['port'],
): Truth => ({
  week,
  host: ip(last),
  kind,
  label: 'event',
  ...(port === undefined ? {} : { port }),
  detail,
});
const noise = (...args: Parameters<typeof event>): Truth => ({ ...event(...args), label: 'noise' });

const SSH_HOSTS = [10, 11, 20, 21, 30, 40, 50, 80] as const;

/** What labInWeek plants, in words that a test can check against the scans. */
export const TRUTH: readonly Truth[] = [
  noise(2, 60, 'host-down', 'The printer sleeps during the scan of week 2.'),
  ...[2, 4, 6, 8, 10].map((week) =>
    noise(
      week,
      80,
      'flapping-port',
      'A preview server on 5000 that runs in odd weeks only is down.',
      '5000/tcp',
    ),
  ),
  ...[3, 5, 7, 9].map((week) =>
    noise(
      week,
      80,
      'flapping-port',
      'A preview server on 5000 that runs in odd weeks only is up.',
      '5000/tcp',
    ),
  ),
  ...[3, 5, 6, 8, 10].map((week) =>
    noise(week, 40, 'ephemeral-port', 'A dynamic RPC port moved within 32765–32769 after a restart.'),
  ),
  ...SSH_HOSTS.map((last) => noise(3, last, 'patch-wave', 'OpenSSH 2+deb12u2 became 2+deb12u3.', '22/tcp')),
  noise(5, 60, 'host-down', 'The printer sleeps during the scan of week 5.'),
  event(7, 10, 'database-exposed', 'MariaDB listens on a web server.', '3306/tcp'),
  event(7, 70, 'telnet-enabled', 'The camera offers telnet.', '23/tcp'),
  ...[8000, 8888, 9000, 9200].map((port, step) =>
    event(7 + step, 80, 'slow-drift', `Step ${step + 1} of 4: one more file server.`, `${port}/tcp`),
  ),
  ...SSH_HOSTS.map((last) => noise(8, last, 'patch-wave', 'OpenSSH 2+deb12u3 became 2+deb12u7.', '22/tcp')),
  event(8, 11, 'version-downgrade', 'Apache httpd 2.4.57 became 2.4.49.', '80/tcp'),
  event(8, 80, 'service-moved', 'Jenkins left 8080 for 8081.', '8081/tcp'),
  event(9, 66, 'host-appeared', 'An unannounced single-board computer answers.'),
  event(9, 40, 'mac-swap', 'Another network card answers as files1.'),
  noise(9, 20, 'port-filtered', 'The packet filter of db1 now drops PostgreSQL.', '5432/tcp'),
  event(10, 30, 'host-disappeared', 'The mail server no longer answers.'),
  event(10, 10, 'tls-removed', 'Port 443 speaks plain HTTP.', '443/tcp'),
  event(10, 80, 'backdoor-port', 'A shell prompt answers on 4444.', '4444/tcp'),
  event(10, 50, 'admin-port', 'The jump host lets its administration console through.', '9090/tcp'),
];
