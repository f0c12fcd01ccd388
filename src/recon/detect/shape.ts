import type { Contact } from '../model/contact.ts';
import type { Shape } from '../model/episode.ts';
import { distinctPorts, hasPorts, type EpisodeFacts } from './episode-facts.ts';

/** Share of the contacts that one host or one port has to have to be what it is about. */
const DOMINATES = 0.9;
/** Share of the hosts that have to be pinged or asked for over ARP for it to be a search for hosts. */
const PINGED = 0.5;
/** Ports per host at which a few hosts are each scanned for themselves. */
const PORTS_OF_VERTICAL = 10;
/** A strobe asks many hosts for few ports … */
const STROBE_PORTS = 5;
const STROBE_HOSTS = 10;
/** … one after the other: the host, or the port, changes little more often than there are hosts, or ports. */
const SWITCHES = 1.5;

/** What the targets look like together (Staniford et al., "Practical Automated Detection of Stealthy Portscans", 2002, for the first three). */
export function shapeOf({ contacts, hosts }: Pick<EpisodeFacts, 'contacts' | 'hosts'>): Shape {
  const ports = distinctPorts(contacts);
  if (hosts.size <= 1) return ports.size <= 1 && contacts.length <= 4 ? 'single' : 'vertical';
  if (ports.size <= 1) return 'horizontal';
  const withPorts = contacts.filter(({ protocol }) => hasPorts(protocol));
  // Hosts are looked for, whatever else is asked of them: Nmap's ping is two echoes and two ports.
  if (contacts.length - withPorts.length >= hosts.size * PINGED && ports.size <= STROBE_PORTS)
    return 'horizontal';
  let largestHost = 0;
  for (const same of hosts.values()) largestHost = Math.max(largestHost, same.length);
  if (largestHost >= contacts.length * DOMINATES) return 'vertical';
  if (largestPort(withPorts) >= withPorts.length * DOMINATES) return 'horizontal';
  if (ports.size >= PORTS_OF_VERTICAL * hosts.size) return 'vertical';
  if (ports.size <= STROBE_PORTS && hosts.size >= STROBE_HOSTS && inTurn(withPorts, hosts.size, ports.size))
    return 'strobe';
  return 'block';
}

function largestPort(contacts: readonly Contact[]): number {
  const counts = new Map<number, number>();
  let largest = 0;
  for (const { port } of contacts) {
    const same = (counts.get(port) ?? 0) + 1;
    counts.set(port, same);
    largest = Math.max(largest, same);
  }
  return largest;
}

function inTurn(contacts: readonly Contact[], hosts: number, ports: number): boolean {
  let hostSwitches = 0;
  let portSwitches = 0;
  for (let index = 1; index < contacts.length; index += 1) {
    if (contacts[index]!.destination !== contacts[index - 1]!.destination) hostSwitches += 1;
    if (contacts[index]!.port !== contacts[index - 1]!.port) portSwitches += 1;
  }
  return hostSwitches <= SWITCHES * hosts || portSwitches <= SWITCHES * ports;
}
