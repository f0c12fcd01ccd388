import { portKey, type PortKey } from '../../net/port-key.ts';
import type { Host } from '../model/host.ts';

/** On how many hosts of a run a port is open. */
export interface PortPrevalence {
  readonly hostsUp: number;
  readonly openOn: (port: PortKey) => number;
}

/** Whether a host takes part in an assessment: it answered, or the scanner does not say (masscan). */
export function isUp(host: Host): boolean {
  return host.status.state === 'up' || host.status.state === 'unknown';
}

/** Counts them in one pass; memory grows with the different ports, 65,536 per protocol at most. */
export function countPorts(hosts: Iterable<Host>): PortPrevalence {
  const counts = new Map<PortKey, number>();
  let hostsUp = 0;
  for (const host of hosts) {
    if (!isUp(host)) continue;
    hostsUp += 1;
    for (const port of host.ports) {
      if (port.state !== 'open') continue;
      const key = portKey(port.portid, port.protocol);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return { hostsUp, openOn: (port) => counts.get(port) ?? 0 };
}
