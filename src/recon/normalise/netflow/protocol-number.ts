import { ICMP, ICMP6, SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import { wholeNumber } from '../whole-number.ts';

/** Names of IP protocols as flow tools print them (IANA keywords and nfdump's own), upper case. */
const NUMBERS: Readonly<Record<string, number>> = {
  TCP,
  UDP,
  ICMP,
  ICMP6,
  'IPV6-ICMP': ICMP6,
  SCTP,
  IGMP: 2,
  IPIP: 4,
  EGP: 8,
  IPV6: 41,
  RSVP: 46,
  GRE: 47,
  ESP: 50,
  AH: 51,
  EIGRP: 88,
  OSPF: 89,
  OSPFIG: 89,
  PIM: 103,
  VRRP: 112,
  L2TP: 115,
};

/** The number of a protocol given by name or number, or undefined. */
export function protocolNumber(text: string): number | undefined {
  return NUMBERS[text.toUpperCase()] ?? wholeNumber(text, 255);
}
