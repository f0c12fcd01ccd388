import { ACK, FIN, PSH, RST, SYN } from '../../../net/tcp-flags.ts';
import { ICMP, ICMP6, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import { icmpOutcome } from '../icmp.ts';

/** What a firewall did with the packet that it logged. */
export type FirewallAction = 'drop' | 'reject' | 'pass';

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
  if (protocol === ICMP || protocol === ICMP6) {
    const outcome = icmpOutcome(protocol, destinationPort >> 8, false);
    if (outcome !== 'silent') return outcome;
  }
  if (action === 'pass') return 'unknown';
  // Browsers try QUIC and fall back without a word.
  if (protocol === UDP && destinationPort === 443) return 'unknown';
  return action === 'reject' ? 'refused' : 'silent';
}
