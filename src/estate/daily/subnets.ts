import { Dice } from '../dice.ts';
import { listening, type MachineService } from '../machine.ts';
import type { DailyNoise } from './noise.ts';
import { DAILY_ROLL } from './rolls.ts';
import { ENVIRONMENTS, ROSTER_KEYS, rosterRole, type Environment } from './roster.ts';

/** One /24. */
export interface Subnet {
  readonly environment: Environment;
  /** First address as an unsigned number. */
  readonly network: number;
  /** Behind a router: MAC addresses are not seen. */
  readonly routed: boolean;
}

/** Machines of one /24 when the history begins; the rest is free for newcomers and leases. */
const HOSTS_PER_SUBNET = 130;
/** 10.20.0.0/16 */
const SITE = 10 * 2 ** 24 + 20 * 2 ** 16;
/** Segments that scanners reach through a router or a firewall as a rule. */
const ALWAYS_ROUTED: ReadonlySet<Environment> = new Set(['dmz', 'dev']);

/** The layout of a site, and what its servers have in common. */
export class NetworkPlan {
  readonly seed: number;
  readonly noise: DailyNoise;
  readonly subnets: readonly Subnet[];
  /** The monitoring agent of the site. */
  readonly agent: MachineService;
  readonly #taken = new Set<number>();

  constructor(seed: number, hosts: number, noise: DailyNoise) {
    this.seed = seed;
    this.noise = noise;
    const dice = new Dice(seed, DAILY_ROLL.plan);
    this.agent = dice.pick([
      listening(10_050, 'zabbix-agent'),
      { ...listening(5666, 'nrpe'), tls: true },
      listening(6556, 'checkmk-agent'),
    ]);
    const total = ROSTER_KEYS.reduce((sum, key) => sum + rosterRole(key).count, 0);
    let third = 0;
    this.subnets = ENVIRONMENTS.flatMap((environment) => {
      const expected = ROSTER_KEYS.reduce((sum, key) => {
        const { count, places } = rosterRole(key);
        const weights = places.reduce((all, [, weight]) => all + weight, 0);
        const here = places.find(([where]) => where === environment)?.[1] ?? 0;
        return sum + (count * here) / weights;
      }, 0);
      const needed = Math.max(1, Math.ceil((expected * hosts) / total / HOSTS_PER_SUBNET));
      return Array.from({ length: needed }, () => {
        third += 1;
        const routed =
          ALWAYS_ROUTED.has(environment) || (environment === 'office' && dice.chance(noise.routedOffice));
        return { environment, network: SITE + third * 256, routed };
      });
    });
  }

  /** An address of the subnet that nobody has; throws a RangeError when all are taken. */
  freeAddress(subnet: Subnet, dice: Dice): number {
    for (let attempt = 0; attempt < 10_000; attempt += 1) {
      const address = subnet.network + dice.int(10, 250);
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    throw new RangeError('a subnet has no address left');
  }

  /** Gives an address back. */
  release(address: number): void {
    this.#taken.delete(address);
  }
}
