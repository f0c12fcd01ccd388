import { portKey } from '../net/port-key.ts';
import { Dice } from './dice.ts';
import type { PlantedEvent } from './event-kinds.ts';
import type { EventPlan } from './events.ts';
import {
  machineAt,
  ROLL,
  sortServices,
  versionInWeek,
  type Machine,
  type MachineService,
} from './machine.ts';
import { placeOf, type Network, type Place } from './network.ts';
import { roleOf } from './roles.ts';
import type { NoiseKind, Truth } from './truth.ts';

/**
 * How often harmless things happen, each as a probability per host and week unless it says otherwise.
 * Guesses from operating networks rather than measurements; they are here so that whoever knows
 * better can say so, and so that tests can hold the output against them. How often hosts do not
 * answer is a matter of their role: see Role.down.
 */
export const NOISE = {
  /** A desktop's lease went to another machine. */
  dhcpChurn: 0.04,
  /** Share of hosts that have a service which is up every other week on average. */
  flapping: 0.02,
  /** A Windows machine restarted and its dynamic RPC port moved. */
  reboot: 0.15,
  /** Per open port: the probe or its answer was lost, the port looks filtered. */
  scanLoss: 0.0008,
  /** Per recognised service: version detection ran into a timeout. */
  serviceWobble: 0.004,
  /** The address's PTR record changed. */
  ptrChange: 0.0006,
  /** OS detection ordered or weighed its guesses differently. */
  osWobble: 0.06,
} as const;

/** A place in one week. */
export interface WeekOfHost {
  /** Undefined while nothing stands there. */
  readonly machine: Machine | undefined;
  /** False when the scan gets no answer from it this week. */
  readonly up: boolean;
  /** What harmlessly differs from the week before, or is off in this week only. */
  readonly noise: readonly Truth[];
}

/** Where a host's dynamic RPC port lies: inside the top 1,000, as on Windows before Vista. */
const RPC_RANGE = { from: 49_152, to: 49_157 } as const;
const FLAPPING_PORT = 8008;

/** The state of one of the network's own hosts in a week, 1-based. */
export function hostInWeek(network: Network, plan: EventPlan, index: number, week: number): WeekOfHost {
  const place = placeOf(network, index);
  return placeInWeek(network, place, plan.byHost.get(index), week);
}

/** The state of a newcomer's place in a week. */
export function newcomerInWeek(network: Network, event: PlantedEvent, week: number): WeekOfHost {
  if (week < event.week) return { machine: undefined, up: false, noise: [] };
  return placeInWeek(network, event.place, event, week);
}

function placeInWeek(
  network: Network,
  place: Place,
  event: PlantedEvent | undefined,
  week: number,
): WeekOfHost {
  const role = roleOf(place.role);
  const noise: Truth[] = [];
  const say = (kind: NoiseKind, detail: string, port?: number): void => {
    noise.push({
      week,
      host: place.address,
      kind,
      label: 'noise',
      ...(port === undefined ? {} : { port: portKey(port, 'tcp') }),
      detail,
    });
  };
  const weekly = new Dice(network.seed, ROLL.week, place.index, week);
  // An event must be seen where it is planted: its host answers from the week before on.
  const mustAnswer = event !== undefined && week >= event.week - 1;
  const up = weekly.unit() >= role.down || mustAnswer;
  if (!up) say('host-down', 'The machine did not answer this week.');

  const leased = place.segment.kind === 'workstation';
  const tenants = leased ? epochs(network, place, 1, week, NOISE.dhcpChurn) : 0;
  if (leased && week > 1 && tenants !== epochs(network, place, 1, week - 1, NOISE.dhcpChurn)) {
    say('dhcp-churn', 'The lease went to another machine.');
  }
  const base = machineAt(network, place, tenants);
  const services: MachineService[] = base.services.map((service) =>
    service.product === undefined
      ? service
      : { ...service, version: versionInWeek(network, service.product, week, base.lag) },
  );
  if (week > 1) {
    for (const { product, port, protocol } of base.services) {
      if (product === undefined || protocol !== 'tcp') continue;
      const before = versionInWeek(network, product, week - 1, base.lag);
      if (before !== versionInWeek(network, product, week, base.lag))
        say('patch-wave', `${product} was updated.`, port);
    }
  }
  const rpc = rpcPort(network, place, base, week);
  if (rpc !== undefined) {
    services.push({ port: rpc, protocol: 'tcp', product: 'msrpc', version: 0, tls: false });
    if (week > 1 && rpc !== rpcPort(network, place, base, week - 1)) {
      say('ephemeral-port', 'A dynamic RPC port moved after a restart.', rpc);
    }
  }
  if (event === undefined && flaps(network, place)) {
    const on = flapsOn(network, place, week);
    if (on)
      services.push({ port: FLAPPING_PORT, protocol: 'tcp', product: 'express', version: 0, tls: false });
    if (week > 1 && on !== flapsOn(network, place, week - 1)) {
      say('flapping-port', `A service that comes and goes is ${on ? 'up' : 'down'}.`, FLAPPING_PORT);
    }
  }
  const renamings = epochs(network, place, 2, week, NOISE.ptrChange);
  if (week > 1 && renamings !== epochs(network, place, 2, week - 1, NOISE.ptrChange)) {
    say('ptr-change', 'The PTR record changed.');
  }
  const machine: Machine = {
    ...base,
    name: renamings === 0 ? base.name : base.name.replace('.', `-${renamings}.`),
    services: sortServices(services),
  };
  const changed = event !== undefined && week >= event.week ? event.change(machine, week) : machine;
  return { machine: changed, up: up && changed !== undefined, noise };
}

/** How often something of probability `p` a week has happened by a week; week 1 counts none. */
function epochs(network: Network, place: Place, what: number, week: number, p: number): number {
  let count = 0;
  for (let past = 2; past <= week; past += 1) {
    if (new Dice(network.seed, ROLL.habit, what, place.index, past).chance(p)) count += 1;
  }
  return count;
}

function rpcPort(network: Network, place: Place, machine: Machine, week: number): number | undefined {
  if (!machine.services.some((service) => service.product === 'msrpc')) return undefined;
  const reboots = epochs(network, place, 3, week, NOISE.reboot);
  return new Dice(network.seed, ROLL.habit, 4, place.index, reboots).int(RPC_RANGE.from, RPC_RANGE.to);
}

function flaps(network: Network, place: Place): boolean {
  return new Dice(network.seed, ROLL.habit, 5, place.index).chance(NOISE.flapping);
}

function flapsOn(network: Network, place: Place, week: number): boolean {
  return new Dice(network.seed, ROLL.habit, 6, place.index, week).chance(0.5);
}
