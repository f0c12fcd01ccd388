import { FIRST_EPHEMERAL_PORT } from '../../net/port-ranges.ts';
import { isIpv6, parseIpv4, parseIpv6, type IpAddress } from '../../net/ip-address.ts';
import { ICMP6, UDP } from './ip-protocol.ts';
import type { Endpoints } from './telemetry-record.ts';

/** Neighbour and router discovery, and redirects: RFC 4861. */
const FIRST_ND_TYPE = 133;
const LAST_ND_TYPE = 137;
/** Listener reports: RFC 2710 and, for version 2, RFC 3810. */
const LISTENER_TYPES: ReadonlySet<number> = new Set([130, 131, 132, 143]);

/** mDNS (RFC 6762), SSDP (UPnP 2.0), LLMNR (RFC 4795). Their questions go to groups, their answers to whoever asked. */
const LINK_DISCOVERY_PORTS: ReadonlySet<number> = new Set([5353, 1900, 5355]);
/** NetBIOS name and datagram service: RFC 1002. */
const NETBIOS_PORTS: ReadonlySet<number> = new Set([137, 138]);
/** DHCP (RFC 2131) and DHCPv6 (RFC 8415). */
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68, 546, 547]);

const MULTICAST_V4_FIRST = 0xe0_00_00_00;
const MULTICAST_V4_LAST = 0xef_ff_ff_ff;
const LIMITED_BROADCAST = 0xff_ff_ff_ff;
const LINK_LOCAL_V4_FIRST = 0xa9_fe_00_00;
const LINK_LOCAL_V4_LAST = 0xa9_fe_ff_ff;

/** Multicast (RFC 1112, RFC 4291) or the limited broadcast (RFC 919): nobody in particular. */
function isGroup(address: IpAddress): boolean {
  if (isIpv6(address)) return address.startsWith('ff') && address.indexOf(':') === 4;
  const value = parseIpv4(address) ?? 0;
  return (value >= MULTICAST_V4_FIRST && value <= MULTICAST_V4_LAST) || value === LIMITED_BROADCAST;
}

/** Link-local unicast: fe80::/10 (RFC 4291), 169.254.0.0/16 (RFC 3927). */
function isLinkLocal(address: IpAddress): boolean {
  if (isIpv6(address)) return /^fe[89ab][0-9a-f]:/.test(address);
  const value = parseIpv4(address) ?? 0;
  return value >= LINK_LOCAL_V4_FIRST && value <= LINK_LOCAL_V4_LAST;
}

/**
 * May be the directed broadcast of a block of /24 or larger. Without the site's netmasks the last octet alone tells, and
 * it is asked only for ports at which nothing else is usual.
 */
function mayBeDirectedBroadcast(address: IpAddress): boolean {
  return !isIpv6(address) && address.endsWith('.255');
}

/** Whether two hosts may be neighbours: both link-local, or of one /24 or /64, the usual sizes of a link. */
function mayShareLink(a: IpAddress, b: IpAddress): boolean {
  if (isLinkLocal(a) && isLinkLocal(b)) return true;
  if (isIpv6(a) !== isIpv6(b)) return false;
  if (!isIpv6(a)) return a.slice(0, a.lastIndexOf('.')) === b.slice(0, b.lastIndexOf('.'));
  const left = parseIpv6(a) ?? [];
  const right = parseIpv6(b) ?? [];
  return left.slice(0, 4).every((word, index) => word === right[index]);
}

/**
 * Whether a flow is what hosts on a link say to find each other and themselves: it never counts as a contact, whatever
 * became of it. Multicast and broadcast always are. Of unicast only what keeps a link going, and between neighbours: a
 * stranger who asks hosts for mDNS or SSDP one by one is scanning, also when he does so from the same port.
 */
export function isChatter(flow: Endpoints): boolean {
  const { source, destination, sourcePort, destinationPort, protocol } = flow;
  if (isGroup(destination)) return true;
  if (protocol === ICMP6) {
    const type = destinationPort >> 8;
    return (type >= FIRST_ND_TYPE && type <= LAST_ND_TYPE) || LISTENER_TYPES.has(type);
  }
  if (protocol !== UDP) return false;
  if (DHCP_PORTS.has(destinationPort) && DHCP_PORTS.has(sourcePort)) return true;
  if (NETBIOS_PORTS.has(destinationPort) && mayBeDirectedBroadcast(destination)) return true;
  if (LINK_DISCOVERY_PORTS.has(sourcePort) || LINK_DISCOVERY_PORTS.has(destinationPort)) {
    const answers = destinationPort >= FIRST_EPHEMERAL_PORT || destinationPort === sourcePort;
    return mayShareLink(source, destination) && (answers || isLinkLocal(destination));
  }
  return NETBIOS_PORTS.has(destinationPort) && destinationPort === sourcePort && isLinkLocal(destination);
}
