import type { IpAddress } from '../../net/ip-address.ts';
import type { Family, Shape } from '../../recon/model/episode.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';
import type { Dice } from '../dice.ts';
import { outsider, workstation } from './made-up-network.ts';
import type { TcpCourse } from './tape.ts';
import type { Scene } from './traffic.ts';

/** What the truth takes of a probe. */
export type Probed = Pick<Flow, 'time' | 'source' | 'destination' | 'destinationPort' | 'protocol'>;

/** What a scan is called, beside what its probes tell. */
export interface Claim {
  readonly families: readonly Family[];
  readonly shapes: readonly Shape[];
  readonly trueSource?: IpAddress;
  readonly entered?: IpAddress;
}

/** A scene with a stage for a scan. */
export interface Stage extends Scene {
  /** Microseconds between two probes of the slow kinds. */
  readonly interval: number;
  readonly begin: Instant;
  /** What the truth is made of. */
  readonly probes: Probed[];
}

/** Nmap's favourites, roughly in order (nmap-services 7.95), then what a seeded shuffle of the rest gives. */
const FAVOURITES = [
  80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900,
];

/** So many distinct ports, favourites first, in random order. */
export function somePorts(dice: Dice, count: number): number[] {
  const ports = new Set(FAVOURITES.slice(0, count));
  while (ports.size < count) ports.add(dice.int(1, 65_535));
  return shuffled(dice, [...ports]);
}

/** In random order. */
export function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const keyed = list.map((item) => [dice.unit(), item] as const);
  return keyed.toSorted((a, b) => a[0] - b[0]).map(([, item]) => item);
}

/** What a machine of ours does with a SYN: one in three serves the web, each third filters, beyond the desks is nobody. */
export function fate(destination: IpAddress, port: number): 'open' | 'closed' | 'filtered' {
  const last = Number(destination.slice(destination.lastIndexOf('.') + 1));
  if (destination.startsWith('10.20.1.') && last >= 60) return 'filtered';
  if (last % 3 === 0 && (port === 80 || port === 443)) return 'open';
  if (last % 4 === 0 && (port === 22 || port === 445)) return 'open';
  return last % 5 === 1 ? 'filtered' : 'closed';
}

/** One probe of a SYN scan: what comes of it is the target's fate. */
export function syn(
  stage: Stage,
  at: Instant,
  source: IpAddress,
  destination: IpAddress,
  port: number,
): void {
  const how = { open: 'half-open', closed: 'refused', filtered: 'silent' } as const;
  probe(stage, at, source, destination, port, how[fate(destination, port)]);
}

/** One probe, and what comes of it. */
export function probe(
  stage: Stage,
  at: Instant,
  source: IpAddress,
  destination: IpAddress,
  port: number,
  how: TcpCourse,
): Flow {
  const flow = stage.tape.tcp(at, source, destination, port, how);
  stage.probes.push(flow);
  return flow;
}

/** Where external scans come from. */
export const ATTACKER = outsider(120_001);
/** A desk that was taken over: what internal scans come from. */
export const TAKEN = workstation(33);

/** Addresses of a /24 by last octet, as scanners go through them; not the one that scans. */
export function network(prefix: string, from: number, to: number): IpAddress[] {
  const all = Array.from({ length: to - from + 1 }, (_, n) => `${prefix}.${from + n}` as IpAddress);
  return all.filter((address) => address !== TAKEN);
}

/** Writes the records of a scan to the stage's tape, and says what it is called. */
export type ScanWriter = (stage: Stage) => Claim;
