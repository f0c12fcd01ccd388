import type { IpAddress } from '../../net/ip-address.ts';
import type { OwnPort } from '../detect/role/role-of.ts';
import type { ActivityReader } from '../model/activity-reader.ts';
import type { ExposedTarget } from '../model/episode.ts';
import { TCP } from '../model/ip-protocol.ts';
import { isOurs, type Site } from '../model/site.ts';

/** What our own scans know of destinations, by serviceKey. */
export type ExposedOf = (destinations: readonly IpAddress[]) => Promise<ReadonlyMap<string, ExposedTarget>>;

/**
 * TCP ports that are open on those of the hosts that are ours: what our own scans found and what telemetry shows
 * answering. Others are left out: what stands open in a scanner's own network says nothing about its role in ours.
 */
export async function ownPortsOf(
  reader: ActivityReader,
  hosts: readonly IpAddress[],
  site: Pick<Site, 'networks'>,
  exposedOf: ExposedOf | undefined,
): Promise<ReadonlyMap<IpAddress, readonly OwnPort[]>> {
  const ours = hosts.filter((host) => isOurs(site, host));
  if (ours.length === 0) return new Map();
  const found = new Map<IpAddress, Map<number, OwnPort>>();
  const take = (host: IpAddress, port: OwnPort): void => {
    const ports = found.get(host) ?? new Map<number, OwnPort>();
    ports.set(port.port, { ...port, scanned: port.scanned || ports.get(port.port)?.scanned === true });
    found.set(host, ports);
  };
  for (const { destination, port, protocol } of (await exposedOf?.(ours))?.values() ?? [])
    if (protocol === TCP) take(destination, { port, scanned: true, answered: 0 });
  for (const [host, ports] of await reader.answeringPorts(ours))
    for (const { port, sources } of ports) take(host, { port, scanned: false, answered: sources });
  return new Map(
    [...found].map(([host, ports]) => [host, [...ports.values()].toSorted((a, b) => a.port - b.port)]),
  );
}
