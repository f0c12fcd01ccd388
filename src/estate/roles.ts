import type { TransportProtocol } from '../net/port-key.ts';
import type { ProductKey } from './products.ts';
import type { SystemKey } from './systems.ts';

/** A service that hosts of a role tend to run. */
export interface RoleService {
  readonly port: number;
  readonly protocol?: TransportProtocol;
  /** One of these, the same on a host for ever. */
  readonly products: readonly ProductKey[];
  /** Share of the role's hosts that run it. */
  readonly share: number;
  readonly tls?: boolean;
}

/** What a kind of machine looks like to a scanner. */
export interface Role {
  /** Prefix of host names: `web` gives `web-014`. */
  readonly prefix: string;
  readonly systems: readonly SystemKey[];
  /** Network card vendors: the first three octets and Nmap's name for them. */
  readonly cards: readonly (readonly [oui: string, vendor: string])[];
  readonly services: readonly RoleService[];
  /** Share of weekly scans in which such a host does not answer. */
  readonly down: number;
}

const VMWARE = ['00:50:56', 'VMware'] as const;
const QEMU = ['52:54:00', 'QEMU virtual NIC'] as const;
const SUPERMICRO = ['0C:C4:7A', 'Super Micro Computer'] as const;
const DELL = ['F8:B1:56', 'Dell'] as const;
const HYPERV = ['00:15:5D', 'Microsoft'] as const;
const SERVER_CARDS = [VMWARE, VMWARE, QEMU, SUPERMICRO, DELL];

const SSH: RoleService = {
  port: 22,
  products: ['openssh-debian', 'openssh-debian', 'openssh-ubuntu'],
  share: 0.97,
};
const SNMP: RoleService = { port: 161, protocol: 'udp', products: ['snmp'], share: 0.8 };
const NTP: RoleService = { port: 123, protocol: 'udp', products: ['ntp'], share: 0.3 };
const WINDOWS_BASE: readonly RoleService[] = [
  { port: 135, products: ['msrpc'], share: 1 },
  { port: 139, products: ['netbios'], share: 0.9 },
  { port: 445, products: ['smb'], share: 1 },
];

/** Servers answer nearly always; the design's estate is scanned at night, when desktops are off. */
const SERVER_DOWN = 0.003;

/** Every role of the estate. */
export const ROLES = {
  workstation: {
    prefix: 'ws',
    systems: ['windows10'],
    cards: [DELL, ['3C:D9:2B', 'Hewlett Packard'], ['54:EE:75', 'Wistron InfoComm(Kunshan)Co.']],
    services: [...WINDOWS_BASE, { port: 3389, products: ['rdp'], share: 0.05 }],
    down: 0.18,
  },
  laptop: {
    prefix: 'mac',
    systems: ['macos'],
    cards: [
      ['AC:BC:32', 'Apple'],
      ['F0:18:98', 'Apple'],
    ],
    services: [
      { port: 22, products: ['openssh-mac'], share: 0.1 },
      { port: 5900, products: ['vnc'], share: 0.06 },
      { port: 5000, products: ['rtsp'], share: 0.4 },
    ],
    down: 0.35,
  },
  web: {
    prefix: 'web',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      NTP,
      { port: 80, products: ['nginx', 'nginx', 'apache'], share: 1 },
      { port: 443, products: ['nginx', 'nginx', 'apache'], share: 0.9, tls: true },
    ],
    down: SERVER_DOWN,
  },
  app: {
    prefix: 'app',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      NTP,
      { port: 8080, products: ['tomcat', 'jetty', 'express'], share: 0.9 },
      { port: 8443, products: ['tomcat'], share: 0.4, tls: true },
      { port: 9100, products: ['golang-http'], share: 0.5 },
    ],
    down: SERVER_DOWN,
  },
  winapp: {
    prefix: 'wapp',
    systems: ['windows2019'],
    cards: [VMWARE, HYPERV],
    services: [
      ...WINDOWS_BASE,
      { port: 80, products: ['iis'], share: 0.8 },
      { port: 443, products: ['iis'], share: 0.7, tls: true },
      { port: 3389, products: ['rdp'], share: 0.7 },
      { port: 5985, products: ['winrm'], share: 0.8 },
    ],
    down: SERVER_DOWN,
  },
  db: {
    prefix: 'db',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      NTP,
      { port: 5432, products: ['postgres'], share: 0.6 },
      { port: 3306, products: ['mysql', 'mariadb'], share: 0.45 },
      { port: 6379, products: ['redis'], share: 0.15 },
    ],
    down: SERVER_DOWN,
  },
  dc: {
    prefix: 'dc',
    systems: ['windows2019'],
    cards: [VMWARE, HYPERV],
    services: [
      ...WINDOWS_BASE,
      { port: 53, products: ['ad-dns'], share: 1 },
      { port: 88, products: ['kerberos'], share: 1 },
      { port: 389, products: ['ad-ldap'], share: 1 },
      { port: 464, products: ['kpasswd'], share: 1 },
      { port: 593, products: ['rpc-http'], share: 1 },
      { port: 636, products: ['ad-ldap'], share: 0.8, tls: true },
      { port: 3268, products: ['ad-ldap'], share: 1 },
      { port: 3389, products: ['rdp'], share: 0.6 },
      { port: 53, protocol: 'udp', products: ['ad-dns'], share: 1 },
      { port: 123, protocol: 'udp', products: ['ntp'], share: 1 },
    ],
    down: SERVER_DOWN,
  },
  file: {
    prefix: 'files',
    systems: ['linux'],
    cards: [['00:11:32', 'Synology Incorporated'], SUPERMICRO],
    services: [
      SSH,
      { port: 21, products: ['vsftpd'], share: 0.3 },
      { port: 111, products: ['rpcbind'], share: 0.7 },
      { port: 139, products: ['samba'], share: 0.9 },
      { port: 445, products: ['samba'], share: 0.9 },
      { port: 873, products: ['rsync'], share: 0.3 },
      { port: 2049, products: ['nfs'], share: 0.7 },
    ],
    down: SERVER_DOWN,
  },
  mail: {
    prefix: 'mail',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      { port: 25, products: ['postfix'], share: 1 },
      { port: 143, products: ['dovecot'], share: 0.8 },
      { port: 587, products: ['postfix'], share: 0.9 },
      { port: 993, products: ['dovecot'], share: 0.9, tls: true },
    ],
    down: SERVER_DOWN,
  },
  dns: {
    prefix: 'ns',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      { port: 53, products: ['bind'], share: 1 },
      { port: 53, protocol: 'udp', products: ['bind'], share: 1 },
      { port: 123, protocol: 'udp', products: ['ntp'], share: 0.9 },
    ],
    down: SERVER_DOWN,
  },
  container: {
    prefix: 'node',
    systems: ['linux'],
    cards: [QEMU, VMWARE],
    services: [
      SSH,
      { port: 80, products: ['nginx'], share: 0.8 },
      { port: 443, products: ['nginx'], share: 0.8, tls: true },
      { port: 9100, products: ['golang-http'], share: 0.9 },
      { port: 10250, products: ['kubelet'], share: 1, tls: true },
    ],
    down: SERVER_DOWN,
  },
  ci: {
    prefix: 'ci',
    systems: ['linux'],
    cards: [QEMU, VMWARE],
    services: [
      SSH,
      { port: 8080, products: ['jetty'], share: 0.7 },
      { port: 2376, products: ['docker'], share: 0.6, tls: true },
    ],
    down: 0.02,
  },
  monitoring: {
    prefix: 'mon',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [
      SSH,
      { port: 3000, products: ['grafana'], share: 1 },
      { port: 9090, products: ['golang-http'], share: 1 },
    ],
    down: SERVER_DOWN,
  },
  proxy: {
    prefix: 'proxy',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [SSH, { port: 3128, products: ['squid'], share: 1 }],
    down: SERVER_DOWN,
  },
  jump: {
    prefix: 'jump',
    systems: ['linux'],
    cards: SERVER_CARDS,
    services: [{ ...SSH, share: 1 }],
    down: SERVER_DOWN,
  },
  dev: {
    prefix: 'dev',
    systems: ['linux'],
    cards: [DELL, QEMU],
    services: [
      SSH,
      { port: 3000, products: ['express'], share: 0.4 },
      { port: 5000, products: ['python-http'], share: 0.2 },
      { port: 8080, products: ['express', 'jetty'], share: 0.4 },
      { port: 5432, products: ['postgres'], share: 0.2 },
    ],
    down: 0.12,
  },
  printer: {
    prefix: 'prn',
    systems: ['printer'],
    cards: [
      ['3C:D9:2B', 'Hewlett Packard'],
      ['00:1B:A9', 'Brother industries'],
    ],
    services: [
      SNMP,
      { port: 80, products: ['hp-http'], share: 1 },
      { port: 443, products: ['hp-http'], share: 0.8, tls: true },
      { port: 515, products: ['lpd'], share: 0.9 },
      { port: 631, products: ['ipp'], share: 0.9 },
      { port: 9100, products: ['jetdirect'], share: 1 },
    ],
    down: 0.03,
  },
  camera: {
    prefix: 'cam',
    systems: ['embedded'],
    cards: [
      ['00:40:8C', 'Axis Communications AB'],
      ['AC:CC:8E', 'Axis Communications AB'],
    ],
    services: [
      { port: 80, products: ['boa'], share: 1 },
      { port: 554, products: ['rtsp'], share: 1 },
      { port: 22, products: ['dropbear'], share: 0.3 },
    ],
    down: 0.01,
  },
  phone: {
    prefix: 'sip',
    systems: ['embedded'],
    cards: [['00:15:65', 'Xiamen Yealink Network Technology']],
    services: [
      { port: 80, products: ['boa'], share: 0.9 },
      { port: 5060, products: ['sip'], share: 1 },
    ],
    down: 0.02,
  },
  switch: {
    prefix: 'sw',
    systems: ['ios'],
    cards: [['00:1E:BD', 'Cisco Systems']],
    services: [
      SNMP,
      { port: 22, products: ['cisco-ssh'], share: 1 },
      { port: 80, products: ['cisco-http'], share: 0.2 },
    ],
    down: 0.001,
  },
  hypervisor: {
    prefix: 'esx',
    systems: ['esxi'],
    cards: [DELL, SUPERMICRO],
    services: [
      { port: 80, products: ['esxi-soap'], share: 1 },
      { port: 443, products: ['esxi-soap'], share: 1, tls: true },
      { port: 902, products: ['esxi-auth'], share: 1 },
    ],
    down: 0.001,
  },
  board: {
    prefix: 'pi',
    systems: ['embedded'],
    cards: [['B8:27:EB', 'Raspberry Pi Foundation']],
    services: [
      { port: 22, products: ['openssh-debian'], share: 1 },
      { port: 8000, products: ['python-http'], share: 0.6 },
    ],
    down: 0.01,
  },
} satisfies Record<string, Role>;

/** A key of ROLES. */
export type RoleKey = keyof typeof ROLES;

/** The role behind a key, with its optional facts. */
export function roleOf(key: RoleKey): Role {
  return ROLES[key];
}
