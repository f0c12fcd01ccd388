import { portKey, type PortKey } from '../../net/port-key.ts';
import { Dice } from '../dice.ts';
import { listening, rollServices, type MachineService } from '../machine.ts';
import { productOf, type ProductKey } from '../products.ts';
import type { Resident } from './resident.ts';
import { DAILY_ROLL } from './rolls.ts';
import { LINUX_SERVERS, WINDOWS_SERVERS, type RosterKey } from './roster.ts';
import type { NetworkPlan } from './subnets.ts';

type Candidate = readonly [port: number, product: ProductKey | undefined];

/** What administrators open by ticket. */
const SERVER_PORTS: readonly Candidate[] = [
  [8080, 'tomcat'],
  [8443, 'tomcat'],
  [8081, 'jetty'],
  [8888, 'jetty'],
  [9090, 'prometheus'],
  [9187, 'exporter'],
  [3000, 'grafana'],
  [5000, 'python-http'],
  [111, 'rpcbind'],
  [21, 'vsftpd'],
  [25, 'postfix'],
  [873, 'rsync'],
  [2049, 'nfs'],
  [6379, 'redis'],
  [11_211, 'memcached'],
  [3306, 'mariadb'],
  [443, 'nginx'],
  [80, 'nginx'],
];
/** What people's software opens. */
const LAPTOP_PORTS: readonly Candidate[] = [
  [57_621, 'spotify'],
  [6881, undefined],
  [8080, 'express'],
  [2869, 'winrm'],
  [5357, 'wsdapi'],
  [4444, undefined],
  [22, 'openssh-mac'],
  [3389, 'rdp'],
  [5900, 'vnc'],
  [27_036, undefined],
  [8088, 'golang-http'],
];
const DEVELOPER_PORTS: readonly Candidate[] = [
  [3000, 'express'],
  [3001, 'express'],
  [4200, 'express'],
  [5000, 'python-http'],
  [5005, 'jdwp'],
  [5432, 'postgres'],
  [6379, 'redis'],
  [8000, 'python-http'],
  [8080, 'tomcat'],
  [8081, 'jetty'],
  [8888, 'python-http'],
  [9000, 'sonarqube'],
  [9229, 'node-inspector'],
];
/** What is rolled out over fleets, and over which. */
const ROLLOUTS: readonly (readonly [...Candidate, fleet: readonly RosterKey[]])[] = [
  [9100, 'node-exporter', LINUX_SERVERS],
  [6556, 'checkmk-agent', LINUX_SERVERS],
  [4317, 'golang-http', ['k8s-node', 'app-linux', 'web-linux']],
  [8301, 'golang-http', ['app-linux', 'nosql', 'mysql', 'postgres']],
  [1556, 'netbackup', [...LINUX_SERVERS, ...WINDOWS_SERVERS]],
  [22, 'openssh-mac', WINDOWS_SERVERS],
  [9182, 'exporter', WINDOWS_SERVERS],
  [8443, 'tomcat', ['app-linux']],
  [5671, undefined, ['app-linux', 'web-linux']],
  [161, 'snmp', ['printer', 'camera']],
  [8089, 'golang-http', [...LINUX_SERVERS, ...WINDOWS_SERVERS]],
  [443, 'polycom-http', ['phone']],
  [2376, 'docker', ['k8s-node', 'ci']],
  [3389, 'rdp', ['laptop-windows']],
];
/** A rollout reaches its fleet over so many days, but for one host in ten. */
const ROLLOUT_DAYS = 6;
const ROLLOUT_SHARE = 0.9;
/** A wave of updates passes in so many days, and passes by one host in five. */
const WAVE_DAYS = 5;
const WAVE_SHARE = 0.8;

/** One service that reaches a fleet. */
interface Rollout {
  readonly from: number;
  readonly days: number;
  readonly service: MachineService;
  readonly fleet: readonly RosterKey[];
}

/** Harmless change, day by day. */
export class DailyChange {
  readonly #plan: NetworkPlan;
  readonly #rollouts: readonly Rollout[];

  constructor(plan: NetworkPlan, days: number) {
    this.#plan = plan;
    const dice = new Dice(plan.seed, DAILY_ROLL.change);
    this.#rollouts = Array.from({ length: Math.round((plan.noise.rolloutsPer30 * days) / 30) }, () => {
      const [port, product, fleet] = dice.pick(ROLLOUTS);
      return {
        from: dice.int(2, Math.max(2, days - 2)),
        days: dice.int(1, ROLLOUT_DAYS),
        service: listening(port, product),
        fleet,
      };
    });
  }

  /** One day of one machine; `spared` ports belong to an event. False when it is switched off for good. */
  live(resident: Resident, day: number, spared: ReadonlySet<PortKey>): boolean {
    const { noise, seed } = this.#plan;
    const { role, services } = resident;
    const dice = new Dice(seed, DAILY_ROLL.change, resident.number, day);
    const add = ([port, product]: Candidate): void => {
      const key = portKey(port, 'tcp');
      if (!services.has(key) && !spared.has(key)) services.set(key, listening(port, product));
    };
    const drop = (wanted: (service: MachineService) => boolean): void => {
      const keys = [...services].filter(([key, service]) => wanted(service) && !spared.has(key));
      if (keys.length > 1) services.delete(dice.pick(keys)[0]);
    };
    if (dice.chance(noise.upgrade)) this.#upgrade(resident, dice, spared);
    this.#wave(resident, day, spared);
    this.#rollOut(resident, day, spared);
    switch (role.habit) {
      case 'server':
      case 'node':
        // Half of what administrators open is what the role has elsewhere.
        if (dice.chance(noise.serverPort)) {
          const own = dice.chance(0.5)
            ? rollServices(role, dice).find(({ port }) => !services.has(portKey(port, 'tcp')))
            : undefined;
          add(own === undefined ? dice.pick(SERVER_PORTS) : [own.port, own.product]);
        }
        if (dice.chance(noise.closedPort)) drop(() => true);
        if (dice.chance(noise.migrate)) this.#move(resident, dice);
        break;
      case 'laptop':
        if (dice.chance(noise.laptopPort)) add(dice.pick(LAPTOP_PORTS));
        if (dice.chance(noise.dhcpChurn)) this.#move(resident, dice);
        break;
      case 'developer':
        if (dice.chance(noise.developerChurn)) {
          if (dice.chance(0.5)) add(dice.pick(DEVELOPER_PORTS));
          else drop(({ port }) => DEVELOPER_PORTS.some(([other]) => other === port));
        }
        break;
      case 'device':
        break;
      default:
        role.habit satisfies never;
    }
    if (role.habit === 'node' && dice.chance(noise.nodePortChurn)) {
      if (dice.chance(0.5)) add([dice.int(30_000, 32_767), 'golang-http']);
      else drop(({ port }) => port >= 30_000 && port <= 32_767);
    }
    const reboots = role.habit === 'laptop' ? 3 * noise.reboot : noise.reboot;
    if (resident.system.ttl === 128 && dice.chance(reboots)) moveDynamicPorts(resident, dice);
    return !dice.chance(noise.decommission);
  }

  #move(resident: Resident, dice: Dice): void {
    this.#plan.release(resident.address);
    resident.address = this.#plan.freeAddress(resident.subnet, dice);
  }

  #upgrade(resident: Resident, dice: Dice, spared: ReadonlySet<PortKey>): void {
    const behind = [...resident.services].filter(([key, service]) => !spared.has(key) && canUpgrade(service));
    if (behind.length === 0) return;
    const [key, service] = dice.pick(behind);
    resident.services.set(key, { ...service, version: service.version + 1 });
  }

  /** Every `patchEvery` days each host gets all its updates within a few days, or not at all. */
  #wave(resident: Resident, day: number, spared: ReadonlySet<PortKey>): void {
    const { noise, seed } = this.#plan;
    const wave = Math.floor(day / noise.patchEvery);
    if (wave === 0) return;
    const dice = new Dice(seed, DAILY_ROLL.change, -1 - wave, resident.number);
    if (!dice.chance(WAVE_SHARE) || day !== wave * noise.patchEvery + dice.int(0, WAVE_DAYS - 1)) return;
    for (const [key, service] of resident.services)
      if (!spared.has(key) && canUpgrade(service))
        resident.services.set(key, { ...service, version: service.version + 1 });
  }

  #rollOut(resident: Resident, day: number, spared: ReadonlySet<PortKey>): void {
    for (const [index, { from, days, service, fleet }] of this.#rollouts.entries()) {
      if (day < from || day >= from + days || !fleet.includes(resident.key)) continue;
      const dice = new Dice(this.#plan.seed, DAILY_ROLL.change, -1000 - index, resident.number);
      const key = portKey(service.port, service.protocol);
      if (dice.chance(ROLLOUT_SHARE) && day === from + dice.int(0, days - 1) && !spared.has(key))
        if (!resident.services.has(key)) resident.services.set(key, service);
    }
  }
}

function canUpgrade({ product, version }: MachineService): boolean {
  return product !== undefined && version >= 0 && version < productOf(product).versions.length - 1;
}

function moveDynamicPorts({ services }: Resident, dice: Dice): void {
  const old = [...services.values()].filter(({ port, product }) => port >= 49_670 && product === 'msrpc');
  for (const { port } of old) services.delete(portKey(port, 'tcp'));
  for (let n = 0; n < Math.max(1, old.length); n += 1) {
    const port = dice.int(49_670, 49_720);
    services.set(portKey(port, 'tcp'), listening(port, 'msrpc'));
  }
}
