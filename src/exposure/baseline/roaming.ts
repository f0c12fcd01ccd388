import type { TransportProtocol } from '../../net/port-key.ts';
import type { RoamingService } from '../model/baseline.ts';
import type { Service } from '../model/host.ts';
import { countRuns, type RunMask } from './flapping.ts';

/**
 * Lowest port of the ranges that operating systems and RPC services deal out anew: 30000–32767 (NFS helpers,
 * old Solaris and Kubernetes), 32768–60999 (Linux, ip_local_port_range), from 49152 (RFC 6335).
 */
export const ROAMING_FROM = 30_000;
/** Two ports may be a move; three are a habit. */
const PORTS_FOR_A_HABIT = 3;

/** Whether nothing is known of what answers: no service, or one that was only guessed from the port number. */
export function isUnidentified(service: Service | undefined): boolean {
  return service === undefined || service.method !== 'probed';
}

/** A port as the learned runs saw it. */
interface SeenPort {
  readonly protocol: TransportProtocol;
  readonly portid: number;
  readonly seen: RunMask;
  readonly service: Service | undefined;
}

/**
 * Services that roam: at least three unidentified high ports, never two in one run, none in more than half of
 * the runs, and one of them in more than half. `comparable` are the runs that saw the host up.
 */
export function findRoaming(ports: Iterable<SeenPort>, comparable: RunMask): RoamingService[] {
  const byProtocol = new Map<TransportProtocol, SeenPort[]>();
  for (const port of ports) {
    if (port.portid < ROAMING_FROM || !isUnidentified(port.service)) continue;
    const known = byProtocol.get(port.protocol);
    if (known === undefined) byProtocol.set(port.protocol, [port]);
    else known.push(port);
  }
  const runs = countRuns(comparable);
  const found: RoamingService[] = [];
  for (const [protocol, seen] of byProtocol) {
    const rare = seen.every((port) => countRuns(port.seen) * 2 <= runs);
    const union = seen.reduce((mask, port) => mask | port.seen, 0n);
    const times = seen.reduce((sum, port) => sum + countRuns(port.seen), 0);
    const oneAtATime = times === countRuns(union);
    if (seen.length < PORTS_FOR_A_HABIT || !rare || !oneAtATime || times * 2 <= runs) continue;
    const portids = seen.map((port) => port.portid).toSorted((a, b) => a - b);
    found.push({ protocol, ports: portids, support: { seen: times, comparable: runs } });
  }
  return found;
}
