import type { Host } from '../../exposure/model/host.ts';
import { portKey, type PortKey } from '../../net/port-key.ts';
import type { PortSet } from '../../net/port-set.ts';
import { Dice } from '../dice.ts';
import { listening, type MachineService } from '../machine.ts';
import { OLDER, probedService } from '../product-service.ts';
import { productOf, type ProductKey } from '../products.ts';
import { SYSTEMS, type SystemKey } from '../systems.ts';
import type { Resident } from './resident.ts';
import { LINUX_SERVERS, WINDOWS_SERVERS, type RosterKey } from './roster.ts';

/** What is planted into a daily history: the fifteen kinds of the published worlds. */
export const DAILY_EVENT_KINDS = [
  'backdoor_port',
  'db_exposed',
  'vnc_on_server',
  'rdp_on_linux',
  'hardening_drift',
  'agent_lost',
  'telnet_reenabled',
  'os_change',
  'banner_mutation',
  'unusual_combo',
  'rogue_device',
  'version_downgrade',
  'service_moved',
  'dev_in_prod',
  'mass_exposure',
] as const;
export type DailyEventKind = (typeof DAILY_EVENT_KINDS)[number];

/** What one scan asked, as far as it matters for evidence. */
export interface Asked {
  readonly tcp: PortSet | undefined;
  readonly os: boolean;
}

/** What a plant does to one machine. */
export interface Plant {
  readonly ports: readonly PortKey[];
  /** Does the step of a day; called from the first day of the event until it ends. `step` counts from 0. */
  readonly act: (resident: Resident, step: number) => void;
  readonly undo: (resident: Resident) => void;
  /** Whether a scan of the machine holds evidence. */
  readonly shows: (host: Host, asked: Asked) => boolean;
  readonly drift?: true;
}

type Offer = readonly [port: number, product: ProductKey | undefined];

const DATABASES: readonly Offer[] = [
  [3306, 'mysql'],
  [5432, 'postgres'],
  [1433, 'mssql'],
  [6379, 'redis'],
  [27_017, 'mongodb'],
  [9200, 'elastic'],
  [11_211, 'memcached'],
  [5984, 'couchdb'],
  [2375, 'docker'],
];
const BACKDOORS = [4444, 1337, 31_337, 9001, 6667, 5555, 12_345];
const DRIFT: readonly Offer[] = [
  [512, 'rsh'],
  [21, 'vsftpd'],
  [25, 'postfix'],
  [111, 'rpcbind'],
  [139, 'samba'],
  [445, 'samba'],
  [873, 'rsync'],
  [2049, 'nfs'],
  [3128, 'squid'],
  [5432, 'postgres'],
  [5900, 'vnc'],
  [6000, 'x11'],
  [8000, 'python-http'],
  [8888, 'python-http'],
  [10_000, 'webmin'],
];
const DEVELOPMENT: readonly Offer[] = [
  [4200, 'express'],
  [9229, 'node-inspector'],
  [5005, 'jdwp'],
  [5000, 'python-http'],
  [3000, 'express'],
  [8888, 'python-http'],
];
/** Ports that are ordinary elsewhere and odd on such a machine. */
const ODD: readonly (readonly [...Offer, on: readonly RosterKey[]])[] = [
  [1433, 'mssql', ['switch', 'phone', 'printer', 'web-linux']],
  [389, 'ad-ldap', ['app-linux', 'printer', 'phone']],
  [3306, 'mysql', ['web-linux', 'switch', 'phone']],
  [8006, 'proxmox', ['phone', 'app-linux', 'camera']],
  [515, 'lpd', ['mysql', 'postgres', 'app-linux']],
  [554, 'rtsp', ['web-linux', 'mssql']],
  [5060, 'asterisk', ['mysql', 'web-windows']],
  [902, 'esxi-auth', ['app-linux', 'printer']],
];
const EXPOSED: readonly Offer[] = [
  [135, 'msrpc'],
  [445, 'smb'],
  [111, 'rpcbind'],
  [161, 'snmp'],
  [623, 'ipmi'],
  [631, 'ipp'],
  [3389, 'xrdp'],
  [5432, 'postgres'],
  [5900, 'vnc'],
  [5985, 'winrm'],
  [8443, 'jetty'],
  [8834, 'openvas'],
  [9090, 'prometheus'],
];
const SYSTEM_SWAPS: readonly SystemKey[] = ['linux', 'freebsd', 'windows2008', 'embedded', 'vxworks'];
const BANNERS: readonly (readonly [name: string, other: ProductKey])[] = [
  ['ssh', 'libssh'],
  ['http', 'boa'],
  ['mysql', 'mariadb'],
];
const MOVES: Readonly<Record<number, readonly number[]>> = {
  22: [222, 2222, 22_222, 4118],
  3389: [33_389, 3390],
  5432: [5433],
  3306: [3307],
  80: [8081, 8088],
};
/** Days between the steps of a drift. */
const DRIFT_STEP_DAYS = 2;

/** Which machines an event may befall; rogue devices and exposed subnets are chosen elsewhere. */
export function suits(kind: DailyEventKind, { key, environment, services }: Resident): boolean {
  const has = (port: number): boolean => services.has(portKey(port, 'tcp'));
  const onServer = LINUX_SERVERS.includes(key) || WINDOWS_SERVERS.includes(key);
  switch (kind) {
    case 'backdoor_port':
      return onServer || key === 'camera';
    case 'db_exposed':
      return ['web-linux', 'app-linux', 'web-windows', 'k8s-node', 'mail', 'monitoring'].includes(key);
    case 'vnc_on_server':
      return onServer;
    case 'rdp_on_linux':
    case 'hardening_drift':
      return LINUX_SERVERS.includes(key);
    case 'agent_lost':
      return [10_050, 5666, 6556].some(has);
    case 'telnet_reenabled':
      return (LINUX_SERVERS.includes(key) || key === 'switch' || key === 'ups') && !has(23);
    case 'os_change':
      return onServer || key === 'printer';
    case 'banner_mutation':
    case 'version_downgrade':
    case 'service_moved':
      return onServer;
    case 'unusual_combo':
      return ODD.some(([, , on]) => on.includes(key));
    case 'dev_in_prod':
      return LINUX_SERVERS.includes(key) && environment === 'prod';
    case 'mass_exposure':
    case 'rogue_device':
      return false;
    default:
      return kind satisfies never;
  }
}

/** The event as it befalls this machine; undefined when it has nothing that the kind needs. */
export function plantOn(kind: DailyEventKind, resident: Resident, dice: Dice): Plant | undefined {
  switch (kind) {
    case 'backdoor_port': {
      const port = dice.chance(0.5) ? dice.pick(BACKDOORS) : dice.int(10_000, 32_767);
      return opening(resident, [[port, undefined]]);
    }
    case 'db_exposed':
      return opening(resident, [dice.pick(DATABASES)]);
    case 'vnc_on_server':
      return opening(resident, [[5900 + dice.int(0, 2), 'vnc']]);
    case 'rdp_on_linux':
      return opening(resident, [[3389, 'xrdp']]);
    case 'telnet_reenabled':
      return opening(resident, [
        [23, LINUX_SERVERS.includes(resident.key) ? 'linux-telnet' : 'cisco-telnet'],
      ]);
    case 'dev_in_prod':
      return opening(resident, [dice.pick(DEVELOPMENT)]);
    case 'unusual_combo':
      return opening(resident, [dice.pick(ODD.filter(([, , on]) => on.includes(resident.key)))]);
    case 'mass_exposure':
      return opening(resident, some(EXPOSED, dice.int(1, 2), dice));
    case 'hardening_drift':
      return drifting(resident, some(DRIFT, dice.int(4, 6), dice));
    case 'agent_lost':
      return losingAgent(resident);
    case 'os_change':
      return changingSystem(resident, dice);
    case 'banner_mutation':
      return changingBanner(resident, dice);
    case 'version_downgrade':
      return downgrading(resident, dice);
    case 'service_moved':
      return moving(resident, dice);
    case 'rogue_device':
      return { ports: [...resident.services.keys()], act: nothing, undo: leave, shows: () => true };
    default:
      return kind satisfies never;
  }
}

function nothing(): void {
  // A rogue device is there; nothing more is done to it.
}

function leave(resident: Resident): void {
  resident.present = false;
}

function some<T>(list: readonly T[], count: number, dice: Dice): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const item = dice.pick(left);
    left.splice(left.indexOf(item), 1);
    return item;
  });
}

function keyOf([port]: readonly [number, ...unknown[]]): PortKey {
  return portKey(port, 'tcp');
}

const isOpen = (host: Host, key: PortKey): boolean =>
  host.ports.some((port) => port.state === 'open' && portKey(port.portid, port.protocol) === key);

function opening(
  resident: Resident,
  offers: readonly (readonly [...Offer, ...unknown[]])[],
): Plant | undefined {
  const free = offers.filter((offer) => !resident.services.has(keyOf(offer)));
  if (free.length === 0) return undefined;
  const ports = free.map(keyOf);
  return {
    ports,
    act: ({ services }) => {
      for (const [port, product] of free) services.set(portKey(port, 'tcp'), listening(port, product));
    },
    undo: ({ services }) => {
      for (const key of ports) services.delete(key);
    },
    shows: (host) => ports.some((key) => isOpen(host, key)),
  };
}

function drifting(resident: Resident, offers: readonly Offer[]): Plant | undefined {
  const whole = opening(resident, offers);
  if (whole === undefined) return undefined;
  const free = offers.filter((offer) => whole.ports.includes(keyOf(offer)));
  return {
    ...whole,
    drift: true,
    act: ({ services }, step) => {
      for (const [port, product] of free.slice(0, 1 + Math.floor(step / DRIFT_STEP_DAYS)))
        services.set(portKey(port, 'tcp'), listening(port, product));
    },
  };
}

/** Takes a service away and gives it back. */
function losingAgent({ services }: Resident): Plant | undefined {
  const agent = [10_050, 5666, 6556]
    .map((port) => services.get(portKey(port, 'tcp')))
    .find((one) => one !== undefined);
  if (agent === undefined) return undefined;
  const key = portKey(agent.port, 'tcp');
  return {
    ports: [key],
    act: (resident) => resident.services.delete(key),
    undo: (resident) => resident.services.set(key, agent),
    shows: (host, { tcp }) => tcp?.has(agent.port) === true && !isOpen(host, key),
  };
}

function changingSystem({ system, guess }: Resident, dice: Dice): Plant {
  const familyOf = (key: SystemKey): string | undefined => SYSTEMS[key].guesses[0]?.classes[0]?.family;
  const before = system.guesses[guess]?.classes[0]?.family;
  const other = dice.pick(SYSTEM_SWAPS.filter((key) => familyOf(key) !== before));
  return {
    ports: [],
    act: (resident) => {
      resident.system = SYSTEMS[other];
      resident.guess = 0;
    },
    undo: (resident) => {
      resident.system = system;
      resident.guess = guess;
    },
    shows: (host, asked) => asked.os && host.os[0]?.classes[0]?.family === familyOf(other),
  };
}

/** Replaces one of the machine's services by another form of it; a scan shows it where it names the new one. */
function replacing(
  resident: Resident,
  dice: Dice,
  change: (service: MachineService) => MachineService | undefined,
): Plant | undefined {
  const able = [...resident.services].flatMap(([key, service]) => {
    const changed = service.protocol === 'tcp' ? change(service) : undefined;
    return changed === undefined ? [] : [{ key, service, changed }];
  });
  if (able.length === 0) return undefined;
  const { key, service, changed } = dice.pick(able);
  const said =
    changed.product === undefined ? undefined : probedService(changed.product, changed.version, changed.tls);
  return {
    ports: [key],
    act: ({ services }) => services.set(key, changed),
    undo: ({ services }) => services.set(key, service),
    shows: (host) =>
      host.ports.some(
        (port) =>
          portKey(port.portid, port.protocol) === key &&
          port.service?.product === said?.product &&
          port.service?.version === said?.version,
      ),
  };
}

function changingBanner(resident: Resident, dice: Dice): Plant | undefined {
  return replacing(resident, dice, (service) => {
    if (service.product === undefined) return undefined;
    const { name, product } = productOf(service.product);
    const other = BANNERS.find(([known]) => known === name)?.[1];
    return other === undefined || productOf(other).product === product
      ? undefined
      : { ...service, product: other, version: 0 };
  });
}

function downgrading(resident: Resident, dice: Dice): Plant | undefined {
  return replacing(resident, dice, (service) => {
    if (service.product === undefined) return undefined;
    if (productOf(service.product).older !== undefined) return { ...service, version: OLDER };
    return service.version > 0 ? { ...service, version: service.version - 1 } : undefined;
  });
}

function moving(resident: Resident, dice: Dice): Plant | undefined {
  const able = [...resident.services.values()].filter(
    ({ port, protocol }) => protocol === 'tcp' && MOVES[port],
  );
  if (able.length === 0) return undefined;
  const service = dice.pick(able);
  const port = dice.pick(MOVES[service.port] ?? []);
  const [from, to] = [portKey(service.port, 'tcp'), portKey(port, 'tcp')];
  if (resident.services.has(to)) return undefined;
  return {
    ports: [from, to],
    act: ({ services }) => {
      services.delete(from);
      services.set(to, { ...service, port });
    },
    undo: ({ services }) => {
      services.delete(to);
      services.set(from, service);
    },
    shows: (host, { tcp }) => isOpen(host, to) || (tcp?.has(service.port) === true && !isOpen(host, from)),
  };
}
