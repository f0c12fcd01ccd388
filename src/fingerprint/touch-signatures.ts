import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import { CAPTURED, type ToolSignature } from './tool-signatures.ts';

/** That a source turned to a port for the first time. Flow records tell it as well as packets. */
export interface Touch {
  readonly time: Instant;
  readonly destination: IpAddress;
  /** Of ICMP `type << 8 | code`. */
  readonly destinationPort: number;
  /** IP protocol number. */
  readonly protocol: number;
}

const ICMP = 1;
const TCP = 6;
/** ICMP types echo request and timestamp request (RFC 792), as ports. */
const ECHO = 8 << 8;
const TIMESTAMP = 13 << 8;
/** Hosts that have to have had all four probes. */
const DISCOVERED = 3;

/** The ports that nmap moves to the front of its random order (nmap.cc, `random_port_cheat`, as far as it showed). */
const NMAP_FIRST_PORTS: ReadonlySet<number> = new Set([
  80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900, 1025, 587, 8888, 199,
  1720, 113, 554, 256,
]); // prettier-ignore

/** Ports in order of their first time, by host. */
function portsByHost(touches: readonly Touch[]): readonly ReadonlySet<number>[] {
  const order = new Map<string, Set<number>>();
  for (const { destination, destinationPort, protocol } of touches.toSorted((a, b) => a.time - b.time)) {
    if (protocol !== TCP) continue;
    const ports = order.get(destination) ?? new Set<number>();
    order.set(destination, ports.add(destinationPort));
  }
  return [...order.values()];
}

/** How many of the first ports are the popular ones that Nmap moves there; undefined when they are too few or it is no such order. */
export function popularFirst(
  ports: ReadonlySet<number>,
): { readonly held: number; readonly of: number } | undefined {
  const of = NMAP_FIRST_PORTS.size;
  if (ports.size <= 2 * of) return undefined;
  const held = [...ports].slice(0, of).filter((port) => NMAP_FIRST_PORTS.has(port)).length;
  return held >= 0.9 * of ? { held, of } : undefined;
}

/** Tools by whom they turned to, in which order: known from flow records too, and of connect scans. */
export const TOUCH_SIGNATURES: readonly ToolSignature<Touch>[] = [
  {
    id: 'nmap/port-order',
    tool: 'Nmap',
    rule: 'its order of ports (popular ones before all others)',
    confidence: 'high',
    evasions: '-r, a list of ports without them',
    origin: `Nmap 7.93 and 7.95, 7 of 7 scans of 1,000 and 20,000 ports; ${CAPTURED}`,
    find: (touches) => {
      const scans = portsByHost(touches).filter((ports) => ports.size > 2 * NMAP_FIRST_PORTS.size);
      const held = scans.filter((ports) => popularFirst(ports) !== undefined).length;
      return held === 0 ? undefined : { held, of: scans.length, unit: 'scanned hosts' };
    },
  },
  {
    id: 'nmap/discovery',
    tool: 'Nmap',
    rule: 'its host discovery (ICMP echo, TCP 443, TCP 80 and ICMP timestamp to one host)',
    confidence: 'high',
    evasions:
      '-Pn, -PE alone, any other -P option; hosts that answer the first probe are not sent the others',
    origin: `nmap.org/book/man-host-discovery.html; ${CAPTURED}: 64 of 64 hosts that did not answer`,
    find: (touches) => {
      const hosts = new Map<string, Set<number>>();
      for (const { destination, destinationPort, protocol } of touches) {
        const wanted =
          protocol === ICMP
            ? destinationPort === ECHO || destinationPort === TIMESTAMP
            : protocol === TCP && (destinationPort === 443 || destinationPort === 80);
        if (!wanted) continue;
        const kinds = hosts.get(destination) ?? new Set<number>();
        hosts.set(destination, kinds.add(protocol * 65_536 + destinationPort));
      }
      const held = [...hosts.values()].filter((kinds) => kinds.size === 4).length;
      return held < DISCOVERED ? undefined : { held, of: hosts.size, unit: 'hosts' };
    },
  },
];
