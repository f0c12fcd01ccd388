import { FIRST_EPHEMERAL_PORT, FIRST_USER_PORT } from '../../net/port-ranges.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../net/tcp-flags.ts';
import type { Outcome } from '../model/outcome.ts';
import { isStealthFlags } from '../model/stealth-flags.ts';

/*
 * The outcome of TCP where a record says no more than which flags each side set, or-ed over its packets, and how many
 * packets there were (Suricata's flow, NetFlow, IPFIX, Argus).
 */

/** What a flow record says of its TCP. */
export interface FlagSigns {
  /** Flags of the originator and of the responder; 0 when none were seen. */
  readonly forward: number;
  readonly backward: number;
  readonly forwardPackets: number;
  readonly backwardPackets: number;
  /** Whether the ports look like those of an answer: see looksLikeAnswer. */
  readonly answerPorts: boolean;
}

/** Services above the system ports that reflect and answer most. */
const HIGH_SERVICES: ReadonlySet<number> = new Set([
  1433, 1521, 1900, 3306, 3389, 5060, 5353, 5432, 5900, 6379, 8000, 8080, 8443, 9200, 11_211, 27_017,
]);

/** Whether a packet from the one port to the other looks like a service's answer to somebody's own end. */
export function looksLikeAnswer(sourcePort: number, destinationPort: number): boolean {
  if (sourcePort === 0) return false;
  if (sourcePort < FIRST_USER_PORT) return destinationPort >= FIRST_USER_PORT;
  return HIGH_SERVICES.has(sourcePort) && destinationPort >= FIRST_EPHEMERAL_PORT;
}

/**
 * Whether the originator's flags hold the ACK of a handshake, and not just that of a reset: `SYN, RST+ACK` are two packets.
 * Whoever sent data or a FIN had an answer, seen or not.
 */
function acknowledged({ forward, forwardPackets }: FlagSigns): boolean {
  if ((forward & ACK) === 0) return false;
  return (forward & RST) === 0 || (forward & (PSH | FIN)) !== 0 || forwardPackets > 2;
}

/** Outcome of a TCP conversation by its flags. */
export function flagOutcome(signs: FlagSigns): Outcome {
  const { forward, backward, forwardPackets, backwardPackets, answerPorts } = signs;
  if (forward === 0 && backward === 0) return 'unknown';
  const alone = backward === 0 && backwardPackets === 0;
  const resetsAlone = (backward & ~(RST | ACK)) === 0;
  if ((forward & SYN) === 0) {
    // Every packet of a conversation that stands carries an ACK: these are probes (nmap -sX), wherever the record begins.
    if (isStealthFlags(forward))
      return alone ? 'silent' : resetsAlone && (backward & RST) !== 0 ? 'refused' : 'unknown';
    // A reset that nothing preceded, or an answer without its question; everything else may be mid-stream.
    if (alone && (forward & RST) !== 0 && (forward & ~(RST | ACK)) === 0) return 'backscatter';
    return alone && answerPorts ? 'backscatter' : 'unknown';
  }
  if ((forward & (SYN | ACK)) === (SYN | ACK) && resetsAlone && (forward & (FIN | PSH)) === 0) {
    // One packet with both is a SYN-ACK; of several, retransmitted SYN-ACKs and a handshake seen from one side look alike.
    if (forwardPackets === 1) return 'backscatter';
    if (backward === 0 && (forward & RST) === 0) return answerPorts ? 'backscatter' : 'unknown';
  }
  // The responder sends data or a FIN only on a connection that stands.
  if ((backward & (PSH | FIN)) !== 0) return 'answered';
  if ((backward & SYN) !== 0) return acknowledged(signs) ? 'answered' : 'half-open';
  if ((backward & RST) !== 0) return acknowledged(signs) ? 'unknown' : 'refused';
  return backward === 0 && !acknowledged(signs) ? 'silent' : 'unknown';
}

/** Zeek's letters as far as flags tell them. Their order is that of an ordinary connection: flags have none. */
export function flagHistory(signs: FlagSigns): string {
  const { forward, backward, forwardPackets } = signs;
  const synAck = (forward & (SYN | ACK)) === (SYN | ACK) && forwardPackets === 1;
  let history = synAck ? 'H' : (forward & SYN) !== 0 ? 'S' : '';
  if ((backward & SYN) !== 0) history += (backward & ACK) !== 0 ? 'h' : 's';
  if (!synAck && acknowledged(signs)) history += 'A';
  if ((forward & PSH) !== 0) history += 'D';
  if ((backward & PSH) !== 0) history += 'd';
  if ((forward & FIN) !== 0) history += 'F';
  if ((backward & FIN) !== 0) history += 'f';
  if ((forward & RST) !== 0) history += 'R';
  return (backward & RST) !== 0 ? `${history}r` : history;
}
