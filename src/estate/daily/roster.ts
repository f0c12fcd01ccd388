import type { ProductKey } from '../products.ts';
import { roleOf, type Role, type RoleService } from '../roles.ts';

/** What a part of the network is for. */
export const ENVIRONMENTS = ['dmz', 'prod', 'dev', 'office', 'ot', 'mgmt'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** How a machine behaves from day to day. */
export type Habit =
  /** There at night, changes by tickets. */
  | 'server'
  /** Taken home; gets addresses by lease; users install what they like. */
  | 'laptop'
  /** Ports come and go with what its owner works on. */
  | 'developer'
  /** A server whose orchestrator opens ports 30000–32767 as it pleases. */
  | 'node'
  | 'device';

/** A kind of machine, how many there are, and where. */
export interface RosterRole extends Role {
  /** Of 1,500 hosts. */
  readonly count: number;
  readonly habit: Habit;
  /** Where they stand, by weight. */
  readonly places: readonly (readonly [Environment, number])[];
}

const tcp = (
  port: number,
  products: ProductKey | readonly ProductKey[],
  share: number,
  tls = false,
): RoleService => ({
  port,
  products: typeof products === 'string' ? [products] : products,
  share,
  tls,
});
const udp = (port: number, product: ProductKey, share: number): RoleService => ({
  port,
  protocol: 'udp',
  products: [product],
  share,
});

const SSH = tcp(22, ['openssh-debian', 'openssh-ubuntu'], 0.99);
const EXPORTER = tcp(9100, 'node-exporter', 0.75);
const RPC = [tcp(135, 'msrpc', 0.98), tcp(139, 'netbios', 0.95), tcp(445, 'smb', 1)];
const WINDOWS_SERVER = [...RPC, tcp(3389, 'rdp', 0.8), tcp(5985, 'winrm', 0.75), tcp(47_001, 'winrm', 0.6)];

/** Virtual and real servers. */
const SERVER_CARDS: Role['cards'] = roleOf('web').cards;
const WINDOWS_CARDS: Role['cards'] = roleOf('winapp').cards;

const linux = (prefix: string, services: readonly RoleService[]): Role => ({
  prefix,
  systems: ['linux'],
  cards: SERVER_CARDS,
  services: [SSH, ...services],
  down: 0.003,
});
const windows = (prefix: string, services: readonly RoleService[]): Role => ({
  prefix,
  systems: ['windows2019', 'windows2019', 'windows2022'],
  cards: WINDOWS_CARDS,
  services: [...WINDOWS_SERVER, ...services],
  down: 0.003,
});
const server = (
  count: number,
  places: RosterRole['places'],
  role: Role,
  habit: Habit = 'server',
): RosterRole => ({
  ...role,
  count,
  places,
  habit,
});
const withMore = (role: Role, services: readonly RoleService[]): Role => ({
  ...role,
  services: [
    ...role.services.filter((one) => !services.some((other) => other.port === one.port)),
    ...services,
  ],
});

/**
 * The 31 kinds of machine of a middle-sized company, with their numbers for 1,500 hosts, and a stranger. Where the weekly estate has
 * the kind already, it is taken from there, with the agents that such servers carry.
 */
export const ROSTER = {
  'laptop-windows': {
    ...roleOf('workstation'),
    count: 448,
    habit: 'laptop',
    places: [['office', 1]],
    systems: ['windows10', 'windows11'],
    services: [
      tcp(135, 'msrpc', 0.5),
      tcp(139, 'netbios', 0.55),
      tcp(445, 'smb', 0.55),
      tcp(3389, 'rdp', 0.3),
      tcp(5040, 'wsdapi', 0.45),
      tcp(7680, 'wsdapi', 0.3),
      udp(137, 'netbios-ns', 0.5),
    ],
    down: 0.48,
  },
  'laptop-mac': {
    ...withMore(roleOf('laptop'), [
      tcp(5000, 'rtsp', 0.3),
      tcp(7000, 'rtsp', 0.4),
      tcp(3283, 'ards', 0.1),
      tcp(88, 'kerberos', 0.1),
      udp(5353, 'mdns', 0.4),
    ]),
    count: 78,
    habit: 'laptop',
    places: [['office', 1]],
    down: 0.5,
  },
  'linux-workstation': {
    ...roleOf('dev'),
    count: 64,
    habit: 'developer',
    places: [['dev', 1]],
    services: [tcp(22, 'openssh-ubuntu', 0.92)],
  },
  phone: {
    ...roleOf('phone'),
    count: 158,
    habit: 'device',
    places: [['office', 1]],
    systems: ['polycom', 'embedded'],
    services: [
      tcp(5060, 'polycom-sip', 0.99),
      tcp(443, 'polycom-http', 0.94, true),
      tcp(80, 'polycom-http', 0.34),
      udp(5060, 'polycom-sip', 0.9),
    ],
    down: 0.05,
  },
  printer: {
    ...withMore(roleOf('printer'), [tcp(21, 'vsftpd', 0.65), tcp(8080, 'hp-http', 0.8)]),
    count: 85,
    habit: 'device',
    places: [['office', 1]],
    down: 0.08,
  },
  camera: {
    ...roleOf('camera'),
    count: 79,
    habit: 'device',
    places: [['ot', 1]],
    services: [
      tcp(80, 'hikvision-http', 1),
      tcp(443, 'hikvision-http', 0.9, true),
      tcp(554, 'rtsp', 1),
      tcp(8000, 'hikvision-sdk', 1),
      tcp(23, 'busybox-telnet', 0.5),
    ],
    down: 0.04,
  },
  'building-management': {
    prefix: 'bms',
    systems: ['vxworks'],
    cards: [
      ['00:30:AF', 'Honeywell GmbH'],
      ['00:0E:8C', 'Siemens AG'],
    ],
    services: [
      tcp(80, 'goahead', 0.85),
      tcp(443, 'goahead', 0.08, true),
      tcp(502, 'modbus', 0.5),
      tcp(23, 'vxworks-telnet', 0.3),
      udp(47_808, 'bacnet', 0.7),
    ],
    down: 0.03,
    count: 33,
    habit: 'device',
    places: [['ot', 1]],
  },
  ups: {
    prefix: 'ups',
    systems: ['apc-aos'],
    cards: [['00:C0:B7', 'American Power Conversion']],
    services: [
      tcp(80, 'apc-http', 1),
      tcp(22, 'apc-ssh', 0.7),
      tcp(443, 'apc-http', 0.5, true),
      udp(161, 'snmp', 0.8),
    ],
    down: 0.01,
    count: 17,
    habit: 'device',
    places: [
      ['ot', 6],
      ['mgmt', 4],
    ],
  },
  switch: {
    ...withMore(roleOf('switch'), [
      tcp(443, 'cisco-http', 0.8, true),
      tcp(80, 'cisco-http', 0.5),
      tcp(23, 'cisco-telnet', 0.2),
    ]),
    count: 40,
    habit: 'device',
    places: [['mgmt', 1]],
  },
  router: {
    prefix: 'rt',
    systems: ['junos'],
    cards: [['00:10:DB', 'Juniper Networks']],
    services: [
      tcp(22, 'junos-ssh', 1),
      tcp(443, 'cisco-http', 0.3, true),
      tcp(179, 'bird', 0.6),
      udp(161, 'snmp', 0.9),
    ],
    down: 0.001,
    count: 24,
    habit: 'device',
    places: [['mgmt', 1]],
  },
  firewall: {
    prefix: 'fw',
    systems: ['fortios'],
    cards: [['00:09:0F', 'Fortinet']],
    services: [
      tcp(443, 'fortigate', 1, true),
      tcp(22, 'libssh', 0.7),
      tcp(541, 'fgfm', 0.15),
      udp(500, 'isakmp', 0.8),
    ],
    down: 0.001,
    count: 9,
    habit: 'device',
    places: [
      ['mgmt', 1],
      ['dmz', 1],
    ],
  },
  'web-linux': server(
    94,
    [
      ['prod', 5],
      ['dmz', 4],
      ['dev', 1],
    ],
    withMore(roleOf('web'), [EXPORTER, tcp(443, ['nginx', 'nginx', 'apache'], 0.66, true)]),
  ),
  'app-linux': server(
    124,
    [
      ['prod', 7],
      ['dev', 3],
    ],
    withMore(roleOf('app'), [
      tcp(8080, ['tomcat', 'tomcat', 'jetty'], 0.85),
      tcp(8443, ['tomcat'], 0.8, true),
      tcp(8009, 'ajp', 0.1),
      { ...EXPORTER, share: 0.88 },
    ]),
  ),
  'web-windows': server(
    30,
    [
      ['prod', 8],
      ['dmz', 2],
    ],
    windows('iis', [tcp(80, 'iis', 1), tcp(443, 'iis', 0.95, true)]),
  ),
  mysql: server(
    32,
    [
      ['prod', 8],
      ['dev', 2],
    ],
    linux('my', [
      tcp(3306, ['mysql', 'mysql', 'mariadb'], 1),
      tcp(33_060, 'mysqlx', 0.9),
      tcp(9104, 'exporter', 0.4),
      { ...EXPORTER, share: 0.95 },
    ]),
  ),
  postgres: server(
    30,
    [
      ['prod', 9],
      ['dev', 1],
    ],
    linux('pg', [tcp(5432, 'postgres', 0.98), tcp(9187, 'exporter', 0.7), EXPORTER]),
  ),
  nosql: server(
    30,
    [
      ['prod', 3],
      ['dev', 1],
    ],
    linux('kv', [
      tcp(6379, 'redis', 0.75),
      tcp(9200, 'elastic', 0.55),
      tcp(27_017, 'mongodb', 0.12),
      EXPORTER,
    ]),
  ),
  mssql: server(28, [['prod', 1]], windows('sql', [tcp(1433, 'mssql', 1), udp(1434, 'mssql', 0.6)])),
  'file-windows': server(17, [['prod', 1]], windows('fs', [udp(137, 'netbios-ns', 0.9)])),
  'domain-controller': server(
    7,
    [['prod', 1]],
    withMore(roleOf('dc'), [tcp(5985, 'winrm', 1), tcp(3389, 'rdp', 1), tcp(9389, 'rpc-http', 1)]),
  ),
  backup: server(
    5,
    [['mgmt', 1]],
    windows('bak', [tcp(6160, 'veeam', 1), tcp(9392, 'veeam', 1), tcp(9401, 'veeam', 1)]),
  ),
  nas: server(
    9,
    [
      ['prod', 6],
      ['office', 4],
    ],
    withMore(roleOf('file'), [
      tcp(80, 'nginx', 1),
      tcp(443, 'nginx', 1, true),
      tcp(5000, 'nginx', 1),
      tcp(5001, 'nginx', 1, true),
      tcp(548, 'afp', 0.6),
    ]),
  ),
  'k8s-node': server(
    78,
    [
      ['prod', 6],
      ['dev', 1],
    ],
    withMore(roleOf('container'), [
      tcp(80, 'nginx', 0.65),
      tcp(443, 'nginx', 0.1, true),
      tcp(10_256, 'golang-http', 1),
      tcp(179, 'bird', 0.55),
      { ...EXPORTER, share: 0.6 },
    ]),
    'node',
  ),
  'k8s-control': server(
    8,
    [
      ['prod', 6],
      ['dev', 1],
    ],
    linux('cp', [
      tcp(2379, 'etcd', 1, true),
      tcp(2380, 'etcd', 1, true),
      tcp(6443, 'golang-http', 1, true),
      tcp(10_250, 'kubelet', 1, true),
      tcp(10_257, 'golang-http', 1, true),
      tcp(10_259, 'golang-http', 0.9, true),
      tcp(179, 'bird', 0.7),
      { ...EXPORTER, share: 1 },
    ]),
  ),
  esxi: server(
    23,
    [['mgmt', 1]],
    withMore(roleOf('hypervisor'), [
      tcp(427, 'slp', 1),
      tcp(8000, 'vmotion', 1),
      tcp(8300, 'vmotion', 0.8),
      tcp(5989, 'cim', 0.75, true),
      tcp(9080, 'cim', 0.65),
    ]),
  ),
  proxmox: server(
    8,
    [['mgmt', 1]],
    linux('pve', [tcp(111, 'rpcbind', 1), tcp(3128, 'proxmox', 1), tcp(8006, 'proxmox', 1, true)]),
  ),
  mail: server(
    6,
    [
      ['dmz', 2],
      ['prod', 1],
    ],
    withMore(roleOf('mail'), [tcp(443, 'nginx', 0.65, true), tcp(995, 'dovecot', 0.5, true)]),
  ),
  dns: server(
    6,
    [
      ['prod', 2],
      ['dmz', 1],
    ],
    withMore(roleOf('dns'), [EXPORTER]),
  ),
  ci: server(
    6,
    [
      ['dev', 1],
      ['prod', 1],
    ],
    withMore(roleOf('ci'), [
      tcp(8080, 'jetty', 0.7),
      tcp(9000, 'sonarqube', 0.8),
      tcp(443, 'nginx', 0.6, true),
      tcp(50_000, 'jetty', 0.6),
      EXPORTER,
    ]),
  ),
  monitoring: server(
    10,
    [
      ['prod', 3],
      ['dmz', 1],
    ],
    withMore(roleOf('monitoring'), [
      tcp(9090, 'prometheus', 1),
      tcp(9093, 'prometheus', 0.8),
      { ...EXPORTER, share: 1 },
    ]),
  ),
  pbx: server(
    4,
    [['prod', 1]],
    linux('pbx', [
      tcp(80, 'apache', 1),
      tcp(443, 'apache', 1, true),
      tcp(5060, 'asterisk', 1),
      tcp(5038, 'asterisk-ami', 0.6),
      udp(5060, 'asterisk', 1),
    ]),
  ),
  /** None stands there by right: what somebody plugs in. */
  board: {
    ...withMore(roleOf('board'), [
      tcp(22, 'openssh-debian', 1),
      tcp(5900, 'vnc', 0.3),
      tcp(80, 'nginx', 0.3),
    ]),
    cards: [...roleOf('board').cards, ['24:6F:28', 'Espressif'], ['00:13:37', 'Orient Power Home Network']],
    count: 0,
    habit: 'device',
    places: [
      ['prod', 6],
      ['office', 2],
      ['ot', 1],
      ['mgmt', 1],
    ],
  },
} satisfies Record<string, RosterRole>;

/** A key of ROSTER. */
export type RosterKey = keyof typeof ROSTER;

/** Every key, in the order of the roster. */
export const ROSTER_KEYS = Object.keys(ROSTER) as readonly RosterKey[];

/** The role behind a key. */
export function rosterRole(key: RosterKey): RosterRole {
  return ROSTER[key];
}

/** Kinds of server that plants and rollouts speak of. */
export const LINUX_SERVERS: readonly RosterKey[] = [
  'web-linux',
  'app-linux',
  'mysql',
  'postgres',
  'nosql',
  'k8s-node',
  'k8s-control',
  'mail',
  'dns',
  'ci',
  'monitoring',
  'pbx',
];
export const WINDOWS_SERVERS: readonly RosterKey[] = [
  'web-windows',
  'mssql',
  'file-windows',
  'domain-controller',
  'backup',
];
