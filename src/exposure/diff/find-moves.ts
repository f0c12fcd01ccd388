import type { IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, type PortKey } from '../../net/port-key.ts';
import { stateOf, type Change } from '../model/change.ts';
import type { Service } from '../model/host.ts';

type PortStateChange = Extract<
  Change,
  { readonly kind: 'port-opened' | 'port-closed' | 'port-filtered' | 'port-state-changed' }
>;

/**
 * Services that left one port and appeared on another of the same host. Identity is the name with
 * product and version, or the fingerprint of a service that Nmap could not name; a name from the
 * port number alone cannot move, because it belongs to the port. The n-th port that lost a service
 * is paired with the n-th that gained it, so that the inverse diff says the inverse.
 */
export function findMoves(host: IpAddress, changes: readonly Change[]): Change[] {
  const lost = new Map<string, PortKey[]>();
  const gained = new Map<string, PortKey[]>();
  for (const change of changes) {
    if (!isStateChange(change)) continue;
    const before = stateOf(change.before);
    const after = stateOf(change.after);
    if (before === 'open' && after !== 'open' && change.before.listed) {
      add(lost, identity(change.before.port.service, change.port), change.port);
    } else if (after === 'open' && before !== 'open' && change.after.listed) {
      add(gained, identity(change.after.port.service, change.port), change.port);
    }
  }
  const moves: Change[] = [];
  for (const [service, from] of lost) {
    const to = gained.get(service) ?? [];
    from.sort(byPort);
    to.sort(byPort);
    for (let index = 0; index < Math.min(from.length, to.length); index += 1) {
      moves.push({
        kind: 'service-moved',
        host,
        from: from[index]!,
        to: to[index]!,
        service: service.slice(service.indexOf(' ') + 1),
      });
    }
  }
  return moves;
}

function isStateChange(change: Change): change is PortStateChange {
  return (
    change.kind === 'port-opened' ||
    change.kind === 'port-closed' ||
    change.kind === 'port-filtered' ||
    change.kind === 'port-state-changed'
  );
}

/** Protocol, then what people call the service; the protocol keeps 53/tcp from moving to 53/udp. */
function identity(service: Service | undefined, port: PortKey): string | undefined {
  if (service === undefined || service.method === 'table') return undefined;
  const protocol = port.slice(port.indexOf('/') + 1);
  const name = service.tunnel === undefined ? service.name : `${service.tunnel}/${service.name}`;
  if (service.product !== undefined) {
    return `${protocol} ${[name, service.product, service.version].filter((part) => part !== undefined).join(' ')}`;
  }
  return service.servicefp === undefined ? undefined : `${protocol} ${name} ${service.servicefp}`;
}

function add(map: Map<string, PortKey[]>, key: string | undefined, port: PortKey): void {
  if (key === undefined) return;
  const ports = map.get(key);
  if (ports === undefined) map.set(key, [port]);
  else ports.push(port);
}

function byPort(a: PortKey, b: PortKey): number {
  const left = parsePortKey(a);
  const right = parsePortKey(b);
  return left === undefined || right === undefined ? 0 : comparePorts(left, right);
}
