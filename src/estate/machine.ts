import type { TransportProtocol } from '../net/port-key.ts';
import { Dice } from './dice.ts';
import type { Network, Place } from './network.ts';
import { productOf, type ProductKey } from './products.ts';
import { roleOf, type Role } from './roles.ts';
import { SYSTEMS, type System, type SystemKey } from './systems.ts';

/** A service that listens. */
export interface MachineService {
  readonly port: number;
  readonly protocol: TransportProtocol;
  /** Undefined where version detection recognises nothing. */
  readonly product: ProductKey | undefined;
  /** Index into the product's versions. */
  readonly version: number;
  readonly tls: boolean;
  /** A name that the product lacks: what Nmap's table calls the port, or `unknown`. */
  readonly dynamic?: boolean;
}

/** What really stands at an address in one week, whatever a scan sees of it. */
export interface Machine {
  readonly place: Place;
  readonly name: string;
  readonly mac: string;
  readonly vendor: string;
  readonly system: System;
  /** Sorted by port, then protocol; at most one per port and protocol. */
  readonly services: readonly MachineService[];
  /** TCP ports that the filter in front of it lets through; undefined where there is none. */
  readonly allowed?: readonly number[];
  /** A host firewall that drops instead of resetting. */
  readonly drops: boolean;
  /** How many weeks after a vendor update this machine gets it; Infinity: never. */
  readonly lag: number;
}

/** What the filter in front of a restricted segment lets through. */
const RESTRICTED_ALLOWS = [22];

/** Purposes that dice are rolled for; numbers so that adding one moves no other. */
export const ROLL = { place: 1, machine: 2, week: 3, scan: 4, events: 5, habit: 6, run: 7 } as const;

/**
 * The machine that stood at a place as its `tenant`-th; desktops with DHCP have many tenants, a
 * server has one. Versions are those of week 0: see versionInWeek.
 */
export function machineAt(network: Network, place: Place, tenant: number): Machine {
  const dice = new Dice(network.seed, ROLL.machine, place.index, tenant);
  const role = roleOf(place.role);
  const system: SystemKey = dice.pick(role.systems);
  const [oui, vendor] = dice.pick(role.cards);
  const card = dice.int(0, 0xff_ffff).toString(16).toUpperCase().padStart(6, '0');
  // One machine in ten waits up to two weeks for updates, one in thirty never gets any.
  const lag = [0, 1, 2, Infinity][dice.weighted([0.87, 0.07, 0.03, 0.03])] ?? 0;
  const drops = dice.chance(SYSTEMS[system].firewalled);
  const services = rollServices(role, dice);
  const number = String((place.index % 9_999) + 1).padStart(4, '0');
  return {
    place,
    name: `${role.prefix}-${number}.${place.segment.site}.corp.example`,
    mac: `${oui}:${card.slice(0, 2)}:${card.slice(2, 4)}:${card.slice(4, 6)}`,
    vendor,
    system: SYSTEMS[system],
    services: sortServices(services),
    ...(place.segment.kind === 'restricted' ? { allowed: RESTRICTED_ALLOWS } : {}),
    drops: drops && place.segment.kind !== 'restricted',
    lag,
  };
}

/** A TCP service as it is when it is first opened. */
export function listening(port: number, product: ProductKey | undefined): MachineService {
  return { port, protocol: 'tcp', product, version: 0, tls: false };
}

/** What a machine of a role runs, each service by its share. */
export function rollServices(role: Role, dice: Dice): MachineService[] {
  const services: MachineService[] = [];
  const favourites = new Map<string, ProductKey>();
  for (const wanted of role.services) {
    const roll = dice.unit();
    const picked = dice.pick(wanted.products);
    if (roll >= wanted.share) continue;
    // The same choice twice on a machine means the same software: nginx on 80 is nginx on 443.
    const family = wanted.products.join(' ');
    const product = favourites.get(family) ?? picked;
    favourites.set(family, product);
    services.push({
      port: wanted.port,
      protocol: wanted.protocol ?? 'tcp',
      product,
      version: 0,
      tls: wanted.tls ?? false,
    });
  }
  return services;
}

/** By port number, then protocol, TCP first. */
export function sortServices(services: readonly MachineService[]): MachineService[] {
  return services.toSorted(
    (a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0),
  );
}

/**
 * Which of its versions a product is at in a week, on a machine that lags. Vendors update every
 * `cadence` weeks, each product at a time of its own, so that a wave of updates passes through the
 * network in the same week.
 */
export function versionInWeek(network: Network, product: ProductKey, week: number, lag: number): number {
  const { cadence, versions } = productOf(product);
  if (cadence === undefined || lag === Infinity || versions.length === 0) return 0;
  let key = 0;
  for (let index = 0; index < product.length; index += 1) key = (key * 31 + product.charCodeAt(index)) | 0;
  const phase = new Dice(network.seed, ROLL.habit, key).int(0, cadence - 1);
  return Math.min(Math.floor((Math.max(0, week - lag) + phase) / cadence), versions.length - 1);
}
