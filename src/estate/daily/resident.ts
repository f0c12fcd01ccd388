import { formatIpv4 } from '../../net/ip-address.ts';
import { portKey, type PortKey } from '../../net/port-key.ts';
import { Dice } from '../dice.ts';
import { listening, rollServices, type MachineService } from '../machine.ts';
import { productOf } from '../products.ts';
import { SYSTEMS, type System, type SystemKey } from '../systems.ts';
import type { NetworkPlan, Subnet } from './subnets.ts';
import { DAILY_ROLL } from './rolls.ts';
import { rosterRole, type Environment, type RosterKey, type RosterRole } from './roster.ts';

/** A machine of a daily history; changes in place as days go by. */
export interface Resident {
  /** The truth's number of it. */
  readonly number: number;
  readonly key: RosterKey;
  readonly role: RosterRole;
  readonly environment: Environment;
  subnet: Subnet;
  address: number;
  readonly mac: string;
  readonly vendor: string;
  /** Undefined where no name is registered. */
  readonly name: string | undefined;
  system: System;
  /** Which of the system's guesses fits it best. */
  guess: number;
  readonly services: Map<PortKey, MachineService>;
  /** A filter in front answers for some ports some of the time. */
  readonly limited: boolean;
  /** How unasked ports answer. */
  readonly silent: boolean;
  present: boolean;
}

/** Share of servers with the site's monitoring agent, and with its backup client. */
const AGENT_SHARE = 0.75;
const BACKUP_SHARE = 0.45;
/** Share of machines whose name is registered, by habit. */
const NAMED = { server: 0.95, node: 0.95, laptop: 0.8, developer: 0.5, device: 0.5 } as const;
/** Windows' first dynamic RPC ports since Vista: some are always there, some move (MS-RPCE; RFC 6335 range). */
const FIXED_RPC = [49_664, 49_665, 49_666, 49_667, 49_668, 49_669];
const FIXED_RPC_SHARE = 0.68;
/** Ports that an orchestrator has opened on a node when the history begins, at most (Kubernetes NodePort). */
const NODE_PORTS = 8;

/** What stands at the beginning, or is commissioned later. */
export function makeResident(plan: NetworkPlan, number: number, key: RosterKey): Resident {
  const dice = new Dice(plan.seed, DAILY_ROLL.machine, number);
  const role = rosterRole(key);
  const environment = role.places[dice.weighted(role.places.map(([, weight]) => weight))]?.[0] ?? 'prod';
  const subnet = dice.pick(plan.subnets.filter((one) => one.environment === environment));
  const system: System = SYSTEMS[dice.pick<SystemKey>(role.systems)];
  const [oui, vendor] = dice.pick(role.cards);
  const card = dice.int(0, 0xff_ffff).toString(16).toUpperCase().padStart(6, '0');
  const services = new Map<PortKey, MachineService>();
  const open = (service: MachineService): void => {
    services.set(portKey(service.port, service.protocol), service);
  };
  for (const service of rollServices(role, dice)) open(startingVersion(service, dice));
  const isServer = role.habit === 'server' || role.habit === 'node';
  if (isServer && key !== 'esxi' && dice.chance(AGENT_SHARE)) open(plan.agent);
  if (isServer && key !== 'esxi' && dice.chance(BACKUP_SHARE)) open(listening(1556, 'netbackup'));
  if (isWindows(system)) {
    for (const port of FIXED_RPC) if (dice.chance(FIXED_RPC_SHARE)) open(listening(port, 'msrpc'));
    for (let n = 0; n < 2; n += 1) open(listening(dice.int(49_670, 49_720), 'msrpc'));
  }
  if (role.habit === 'node')
    for (let n = dice.int(2, NODE_PORTS); n > 0; n -= 1)
      open(listening(dice.int(30_000, 32_767), 'golang-http'));
  return {
    number,
    key,
    role,
    environment,
    subnet,
    address: plan.freeAddress(subnet, dice),
    mac: `${oui}:${card.slice(0, 2)}:${card.slice(2, 4)}:${card.slice(4, 6)}`,
    vendor,
    name: dice.chance(NAMED[role.habit])
      ? `${role.prefix}-${String(number).padStart(4, '0')}.corp.example`
      : undefined,
    system,
    guess: dice.int(0, system.guesses.length - 1),
    services,
    limited: dice.chance(plan.noise.limitedHosts),
    silent: dice.chance(subnet.environment === 'dmz' ? 0.9 : system.firewalled / 4),
    present: true,
  };
}

function isWindows(system: System): boolean {
  return system.ttl === 128;
}

/** Machines of one age run one of the older half of the versions, so that there is something to update to. */
function startingVersion(service: MachineService, dice: Dice): MachineService {
  const { versions } = service.product === undefined ? { versions: [] } : productOf(service.product);
  const roll = dice.unit();
  return { ...service, version: Math.floor(roll * Math.ceil(versions.length / 2)) };
}

/** Its address as text. */
export function addressOf(resident: Resident): ReturnType<typeof formatIpv4> {
  return formatIpv4(resident.address);
}
