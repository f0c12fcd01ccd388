import { portKey } from '../net/port-key.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Dice } from './dice.ts';
import { listening, machineAt, sortServices, type Machine, type MachineService } from './machine.ts';
import type { Network, Place } from './network.ts';
import { OLDER } from './product-service.ts';
import { productOf, type ProductKey } from './products.ts';
import type { RoleKey } from './roles.ts';
import type { EventKind, Truth } from './truth.ts';

/** A planted event on one host, from its week on. */
export interface PlantedEvent {
  readonly kind: EventKind;
  readonly week: number;
  readonly place: Place;
  /** What it does to the machine; undefined: the machine is gone. */
  readonly change: (machine: Machine, week: number) => Machine | undefined;
  readonly truth: readonly Truth[];
}
/** What the plan is made from. */
export interface EventOrder {
  readonly network: Network;
  readonly weeks: number;
  /** Weeks 1 … quiet hold no event: the known-safe period to learn from. */
  readonly quiet: number;
  /** How many events to plant, one host each; a subnet whose filter opens counts as one. */
  readonly count: number;
  /** TCP ports that the scans see; events show on these only. */
  readonly visible: PortSet;
}
type Plant = (
  order: EventOrder,
  week: number,
  dice: Dice,
  place: Place,
) => Omit<PlantedEvent, 'kind' | 'place'> | undefined;

/** Who an event may happen to. */
const SERVERS: readonly RoleKey[] = [
  'web',
  'app',
  'container',
  'ci',
  'monitoring',
  'dev',
  'file',
  'mail',
  'winapp',
];

/** Ports where somebody's new file server or preview ends up, in the order of a slow drift. */
const DRIFT_PORTS = [8000, 8888, 9000, 9200, 8081, 10000, 5555, 7001];
const BACKDOOR_PORTS = [4444, 31337, 5555, 6667, 1337, 12345];
const DATABASES: readonly (readonly [number, ProductKey])[] = [
  [3306, 'mysql'],
  [5432, 'postgres'],
  [1433, 'mssql'],
  [6379, 'redis'],
  [27017, 'mongodb'],
  [9200, 'elastic'],
];
const ADMIN: readonly (readonly [number, ProductKey])[] = [
  [3389, 'rdp'],
  [5900, 'vnc'],
  [10000, 'webmin'],
  [5985, 'winrm'],
  [2375, 'docker'],
];

/** What each kind of event does, and to hosts of which roles. `plant` gives nothing where the host cannot have it. */
export const PLANTS: Readonly<
  Record<EventKind, { readonly roles: readonly RoleKey[]; readonly plant: Plant }>
> = {
  'database-exposed': {
    roles: ['web', 'app', 'container', 'mail', 'monitoring'],
    plant: (order, week, dice, place) =>
      openOne(
        order,
        week,
        dice,
        place,
        DATABASES,
        'database-exposed',
        'listens on a host that is no database',
      ),
  },
  'telnet-enabled': {
    roles: ['camera', 'printer', 'switch', 'phone'],
    plant: (order, week, dice, place) =>
      openOne(order, week, dice, place, [[23, 'busybox-telnet']], 'telnet-enabled', 'was switched on'),
  },
  'admin-port': {
    roles: ['web', 'app', 'dev', 'file', 'monitoring', 'container'],
    plant: (order, week, dice, place) =>
      openOne(order, week, dice, place, ADMIN, 'admin-port', 'was opened for remote administration'),
  },
  'backdoor-port': {
    roles: SERVERS,
    plant: (order, week, dice, place) =>
      openOne(
        order,
        week,
        dice,
        place,
        BACKDOOR_PORTS.map((port) => [port, undefined]),
        'backdoor-port',
        'listens, and nothing recognises what answers',
      ),
  },
  'service-moved': {
    roles: ['app', 'ci', 'dev'],
    plant: ({ network, visible }, week, dice, place) => {
      const machine = machineAt(network, place, 0);
      const from = machine.services.find((service) => service.port === 8080);
      const to = freePorts(machine, visible, [8081, 8888, 9090, 8000]);
      if (from === undefined || !visible.has(8080) || to.length === 0) return undefined;
      const port = dice.pick(to);
      return {
        week,
        change: (now) => ({
          ...now,
          services: sortServices(
            now.services.map((service) => (service.port === 8080 ? { ...service, port } : service)),
          ),
        }),
        truth: [row(week, place, 'service-moved', `${label(from.product)} left 8080 for ${port}.`, port)],
      };
    },
  },
  'version-downgrade': {
    roles: ['web', 'app', 'container', 'dev', 'ci'],
    plant: ({ network, visible }, week, _dice, place) => {
      const machine = machineAt(network, place, 0);
      const target = machine.services.find((service) => {
        return (
          service.product !== undefined &&
          productOf(service.product).older !== undefined &&
          visible.has(service.port)
        );
      });
      if (target?.product === undefined) return undefined;
      const { product, port } = target;
      return {
        week,
        change: (now) => withService(now, port, (service) => ({ ...service, version: OLDER })),
        truth: [
          row(
            week,
            place,
            'version-downgrade',
            `${label(product)} went back to ${productOf(product).older ?? ''}.`,
            port,
          ),
        ],
      };
    },
  },
  'host-appeared': {
    roles: [],
    plant: (_order, week, _dice, place) => ({
      week,
      change: (now) => now,
      truth: [row(week, place, 'host-appeared', 'A machine that nobody announced answers.')],
    }),
  },
  'host-disappeared': {
    roles: SERVERS,
    plant: (_order, week, _dice, place) => ({
      week,
      change: () => undefined,
      truth: [row(week, place, 'host-disappeared', 'The machine no longer answers, now or later.')],
    }),
  },
  'mac-swap': {
    roles: [...SERVERS, 'printer', 'db'],
    plant: (_order, week, dice, place) => {
      if (place.segment.hops > 0) return undefined;
      const card = dice.int(0, 0xffff).toString(16).toUpperCase().padStart(4, '0');
      const mac = `00:0C:29:${card.slice(0, 2)}:${card.slice(2)}:7F`;
      return {
        week,
        change: (now) => ({ ...now, mac, vendor: 'VMware' }),
        truth: [row(week, place, 'mac-swap', `Another network card, ${mac}, answers at the address.`)],
      };
    },
  },
  'server-swapped': {
    roles: ['web', 'winapp', 'app'],
    plant: ({ network, visible }, week, _dice, place) => {
      const machine = machineAt(network, place, 0);
      const target = machine.services.find(
        (service) =>
          service.product !== undefined &&
          productOf(service.product).web === true &&
          visible.has(service.port),
      );
      if (target?.product === undefined) return undefined;
      const { port, product } = target;
      const other: ProductKey = product === 'nginx' ? 'apache' : 'nginx';
      return {
        week,
        change: (now) => withService(now, port, (service) => ({ ...service, product: other, version: 0 })),
        truth: [
          row(week, place, 'server-swapped', `${label(other)} answers where ${label(product)} did.`, port),
        ],
      };
    },
  },
  'slow-drift': {
    roles: ['dev', 'app', 'ci', 'file'],
    plant: ({ network, visible, weeks, quiet }, _week, _dice, place) => {
      const ports = freePorts(machineAt(network, place, 0), visible, DRIFT_PORTS).slice(0, weeks - quiet);
      if (ports.length === 0) return undefined;
      // A drift begins as early as it can: its point is that it takes weeks.
      const from = quiet + 1;
      return {
        week: from,
        change: (now, week) => ({
          ...now,
          services: sortServices([
            ...now.services,
            ...ports.slice(0, week - from + 1).map((port) => listening(port, 'python-http')),
          ]),
        }),
        truth: ports.map((port, step) =>
          row(
            from + step,
            place,
            'slow-drift',
            `Step ${step + 1} of ${ports.length}: one more file server.`,
            port,
          ),
        ),
      };
    },
  },
  // Planned for a whole segment at once: see openFirewall in events.ts.
  'firewall-opened': { roles: [], plant: () => undefined },
  'tls-removed': {
    roles: ['web', 'winapp', 'container', 'printer'],
    plant: ({ network, visible }, week, _dice, place) => {
      const target = machineAt(network, place, 0).services.find(
        (service) => service.tls && visible.has(service.port),
      );
      if (target === undefined) return undefined;
      return {
        week,
        change: (now) => withService(now, target.port, (service) => ({ ...service, tls: false })),
        truth: [row(week, place, 'tls-removed', 'The service speaks without TLS.', target.port)],
      };
    },
  },
};
function openOne(
  order: EventOrder,
  week: number,
  dice: Dice,
  place: Place,
  candidates: readonly (readonly [number, ProductKey | undefined])[],
  kind: EventKind,
  what: string,
): Omit<PlantedEvent, 'kind' | 'place'> | undefined {
  const machine = machineAt(order.network, place, 0);
  const free = freePorts(
    machine,
    order.visible,
    candidates.map(([port]) => port),
  );
  if (free.length === 0) return undefined;
  const port = dice.pick(free);
  const product = candidates.find(([candidate]) => candidate === port)?.[1];
  return {
    week,
    change: (now) => ({ ...now, services: sortServices([...now.services, listening(port, product)]) }),
    truth: [row(week, place, kind, `${product === undefined ? 'Something' : label(product)} ${what}.`, port)],
  };
}

function freePorts(machine: Machine, visible: PortSet, ports: readonly number[]): number[] {
  return ports.filter(
    (port) => visible.has(port) && !machine.services.some((service) => service.port === port),
  );
}

function withService(
  machine: Machine,
  port: number,
  change: (service: MachineService) => MachineService,
): Machine {
  return {
    ...machine,
    services: machine.services.map((service) =>
      service.port === port && service.protocol === 'tcp' ? change(service) : service,
    ),
  };
}

function label(product: ProductKey | undefined): string {
  return product === undefined ? 'A service' : (productOf(product).product ?? productOf(product).name);
}

/** One row of the truth. */
export function row(week: number, place: Place, kind: EventKind, detail: string, port?: number): Truth {
  return {
    week,
    host: place.address,
    kind,
    label: 'event',
    ...(port === undefined ? {} : { port: portKey(port, 'tcp') }),
    detail,
  };
}
