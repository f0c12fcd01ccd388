import { ICMP, ICMP6, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import { ACK, FIN, PSH, RST, SYN } from '../tcp-flags.ts';

/** What a firewall did with the packet that it logged. */
export type FirewallAction = 'drop' | 'reject' | 'pass';

/** ICMP types that answer or report (RFC 792, 950): echo reply, unreachable, quench, redirect, exceeded, problem, replies. */
const ICMP_ANSWERS: ReadonlySet<number> = new Set([0, 3, 4, 5, 11, 12, 14, 16, 18]);
/** ICMPv6 errors and answers (RFC 4443, 4861): 1–4, echo reply, router and neighbour advertisements. */
const ICMP6_ANSWERS: ReadonlySet<number> = new Set([1, 2, 3, 4, 129, 134, 136]);

/** Whether an ICMP "port" (type << 8 | code) is an answer or an error, which nobody sends unasked. */
export function isIcmpAnswer(protocol: number, port: number): boolean {
  return (protocol === ICMP6 ? ICMP6_ANSWERS : ICMP_ANSWERS).has(port >> 8);
}

/**
 * What a packet log says of the outcome. A firewall sees one packet: dropped ones were never answered, rejected ones
 * got an error, and of passed ones it does not know what came back.
 * @param flags TCP flags of the packet.
 */
export function firewallOutcome(
  action: FirewallAction,
  protocol: number,
  flags: number,
  destinationPort: number,
): Outcome {
  if (protocol === TCP) {
    if ((flags & RST) !== 0 || (flags & (SYN | ACK)) === (SYN | ACK)) return 'backscatter';
    // A packet in the middle of a conversation that the firewall has forgotten. A bare ACK may be Nmap's -sA.
    if ((flags & ACK) !== 0 && (flags & (PSH | FIN)) !== 0) return 'unknown';
  }
  if ((protocol === ICMP || protocol === ICMP6) && isIcmpAnswer(protocol, destinationPort))
    return 'backscatter';
  if (action === 'pass') return 'unknown';
  // Browsers try QUIC and fall back without a word.
  if (protocol === UDP && destinationPort === 443) return 'unknown';
  return action === 'reject' ? 'refused' : 'silent';
}
