import type { OsMatch } from '../exposure/model/host.ts';

/** An operating system: what Nmap's OS detection answers, and how the machine treats unasked ports. */
export interface System {
  /** Best match first. The rest is what the guesses wobble to. */
  readonly guesses: readonly OsMatch[];
  /** Initial TTL of its packets. */
  readonly ttl: number;
  /** Probability that a host firewall drops what is not allowed, instead of resetting it. */
  readonly firewalled: number;
}

const match = (
  name: string,
  accuracy: number,
  type: string,
  vendor: string,
  family: string,
  generation: string | undefined,
  cpe: string,
): OsMatch => ({
  name,
  accuracy,
  classes: [
    { type, vendor, family, ...(generation === undefined ? {} : { generation }), accuracy, cpe: [cpe] },
  ],
});

const linux = (name: string, accuracy: number, generation: string): OsMatch =>
  match(
    name,
    accuracy,
    'general purpose',
    'Linux',
    'Linux',
    generation,
    `cpe:/o:linux:linux_kernel:${generation.slice(0, 1)}`,
  );
const windows = (name: string, accuracy: number, generation: string): OsMatch =>
  match(
    name,
    accuracy,
    'general purpose',
    'Microsoft',
    'Windows',
    generation,
    `cpe:/o:microsoft:windows_${generation.length === 4 ? 'server_' : ''}${generation}`,
  );

/** The systems of the estate, by the key that roles use. */
export const SYSTEMS = {
  linux: {
    guesses: [
      linux('Linux 4.15 - 5.8', 100, '4.X'),
      linux('Linux 5.0 - 5.4', 98, '5.X'),
      linux('Linux 5.0 - 5.5', 96, '5.X'),
    ],
    ttl: 64,
    firewalled: 0.3,
  },
  embedded: {
    guesses: [linux('Linux 2.6.32 - 3.10', 100, '2.6.X'), linux('Linux 3.2 - 3.8', 96, '3.X')],
    ttl: 64,
    firewalled: 0,
  },
  windows10: {
    guesses: [
      windows('Microsoft Windows 10 1709 - 1909', 97, '10'),
      windows('Microsoft Windows Server 2019', 92, '2019'),
      windows('Microsoft Windows 10 1703', 91, '10'),
    ],
    ttl: 128,
    firewalled: 0.9,
  },
  windows2019: {
    guesses: [
      windows('Microsoft Windows Server 2019', 96, '2019'),
      windows('Microsoft Windows 10 1709 - 1909', 93, '10'),
    ],
    ttl: 128,
    firewalled: 0.8,
  },
  macos: {
    guesses: [
      match(
        'Apple macOS 11 (Big Sur) - 13 (Ventura) (Darwin 20.6.0 - 22.4.0)',
        100,
        'general purpose',
        'Apple',
        'macOS',
        '11.X',
        'cpe:/o:apple:mac_os_x:11',
      ),
    ],
    ttl: 64,
    firewalled: 0.3,
  },
  printer: {
    guesses: [
      match('HP LaserJet printer', 100, 'printer', 'HP', 'embedded', undefined, 'cpe:/h:hp:laserjet'),
    ],
    ttl: 64,
    firewalled: 0,
  },
  ios: {
    guesses: [
      match(
        'Cisco Catalyst switch (IOS 15.2)',
        100,
        'switch',
        'Cisco',
        'IOS',
        '15.X',
        'cpe:/o:cisco:ios:15.2',
      ),
    ],
    ttl: 255,
    firewalled: 0,
  },
  esxi: {
    guesses: [
      match('VMware ESXi 6.5.0', 100, 'specialized', 'VMware', 'ESXi', '6.X', 'cpe:/o:vmware:esxi:6.5'),
    ],
    ttl: 64,
    firewalled: 1,
  },
  windows11: { guesses: [windows('Microsoft Windows 11 21H2', 97, '11')], ttl: 128, firewalled: 0.9 },
  windows2022: { guesses: [windows('Microsoft Windows Server 2022', 96, '2022')], ttl: 128, firewalled: 0.8 },
  windows2008: {
    guesses: [windows('Microsoft Windows Server 2008 R2', 95, '2008')],
    ttl: 128,
    firewalled: 0.5,
  },
  freebsd: {
    guesses: [
      match(
        'FreeBSD 12.0-RELEASE',
        97,
        'general purpose',
        'FreeBSD',
        'FreeBSD',
        '12.X',
        'cpe:/o:freebsd:freebsd:12',
      ),
    ],
    ttl: 64,
    firewalled: 0,
  },
  junos: {
    guesses: [match('Juniper JUNOS 20', 96, 'router', 'Juniper', 'JunOS', '20.X', 'cpe:/o:juniper:junos:20')],
    ttl: 64,
    firewalled: 0,
  },
  fortios: {
    guesses: [
      match(
        'Fortinet FortiOS 7.0',
        95,
        'firewall',
        'Fortinet',
        'FortiOS',
        '7.X',
        'cpe:/o:fortinet:fortios:7',
      ),
    ],
    ttl: 255,
    firewalled: 1,
  },
  vxworks: {
    guesses: [
      match('VxWorks', 94, 'specialized', 'Wind River', 'VxWorks', undefined, 'cpe:/o:windriver:vxworks'),
    ],
    ttl: 64,
    firewalled: 0,
  },
  'apc-aos': {
    guesses: [match('APC AOS', 97, 'power-device', 'APC', 'AOS', '6.X', 'cpe:/o:apc:aos:6')],
    ttl: 64,
    firewalled: 0,
  },
  polycom: {
    guesses: [
      match('Polycom VoIP phone', 96, 'VoIP phone', 'Polycom', 'embedded', undefined, 'cpe:/h:polycom:vvx'),
    ],
    ttl: 64,
    firewalled: 0,
  },
} satisfies Record<string, System>;

/** A key of SYSTEMS. */
export type SystemKey = keyof typeof SYSTEMS;
