import type { IpAddress } from '../../net/ip-address.ts';
import type { Contact } from '../model/contact.ts';
import { ICMP, ICMP6, UDP } from '../model/ip-protocol.ts';

/** IGMP, OSPF, PIM, VRRP: how networks speak among themselves (IANA protocol numbers). */
const ROUTING: ReadonlySet<number> = new Set([2, 88, 89, 103, 112]);
/** DHCP, NetBIOS names, mDNS, LLMNR, SSDP, WS-Discovery, DHCPv6. */
const LOCAL_UDP: ReadonlySet<number> = new Set([67, 68, 137, 138, 546, 547, 1900, 3702, 5353, 5355]);

/** Multicast, broadcast and link-local chatter: what every machine sends to find its own network. */
export function isChatter({ destination, protocol, port }: Contact): boolean {
  if (isMulticast(destination) || ROUTING.has(protocol)) return true;
  if (protocol === ICMP6) return port >> 8 >= 130 && port >> 8 <= 143;
  if (protocol === ICMP) return port >> 8 === 9 || port >> 8 === 10;
  return (protocol === UDP && LOCAL_UDP.has(port) && isLinkLocal(destination)) || destination === '0.0.0.0';
}

function isMulticast(address: IpAddress): boolean {
  if (address.includes(':')) return address.startsWith('ff');
  const first = Number(address.slice(0, address.indexOf('.')));
  return (first >= 224 && first <= 239) || address === '255.255.255.255' || address.endsWith('.255');
}

function isLinkLocal(address: IpAddress): boolean {
  return address.startsWith('fe80:') || address.startsWith('169.254.');
}
