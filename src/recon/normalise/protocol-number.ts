import { ICMP, ICMP6, SCTP, TCP, UDP } from '../model/ip-protocol.ts';
import { parseCount } from './field-values.ts';

/**
 * IP protocols by name, upper case: IANA's keywords ("Assigned Internet Protocol Numbers"), and what flow tools, Suricata
 * and the kernel's log print in their place. A map: a name such as `constructor` has no number.
 */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['TCP', TCP],
  ['UDP', UDP],
  ['ICMP', ICMP],
  ['ICMP6', ICMP6],
  ['ICMPV6', ICMP6],
  ['IPV6-ICMP', ICMP6],
  ['SCTP', SCTP],
  ['IGMP', 2],
  ['IPIP', 4],
  ['EGP', 8],
  ['IPV6', 41],
  ['RSVP', 46],
  ['GRE', 47],
  ['ESP', 50],
  ['AH', 51],
  ['EIGRP', 88],
  ['OSPF', 89],
  ['OSPFIG', 89],
  ['PIM', 103],
  ['VRRP', 112],
  ['L2TP', 115],
  ['UDPLITE', 136],
]);

/** The number of a protocol given by name, in any case, or by number; NaN for other text. */
export function protocolNumber(text: string): number {
  return NUMBERS.get(text) ?? NUMBERS.get(text.toUpperCase()) ?? parseCount(text, 255);
}
