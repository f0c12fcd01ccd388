import type { Outcome } from '../model/outcome.ts';

/** Bits of the TCP header's flags (RFC 9293, 3.1). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

const BY_LETTER: Readonly<Record<string, number>> = { F: FIN, S: SYN, R: RST, P: PSH, A: ACK, U: URG };

/** Flags of a text such as `SPA` or `...A.R..`; letters of other flags (E, C, W) say nothing here. */
export function flagsOfLetters(letters: string): number {
  let flags = 0;
  for (const letter of letters) flags |= BY_LETTER[letter] ?? 0;
  return flags;
}

/**
 * What became of a TCP conversation, from the flags that each side sent in all of it, or-ed; 0 for a side that
 * sent nothing.
 */
export function tcpOutcome(source: number, destination: number): Outcome {
  if ((source & SYN) === 0) {
    if (destination === 0 && (source & RST) !== 0) return 'backscatter';
    // FIN, NULL and Xmas probes (Nmap's -sF -sN -sX) and bare ACKs; anything else is the middle of a conversation.
    const stealth = source === 0 || source === FIN || source === (FIN | PSH | URG);
    if (destination === 0) return stealth ? 'silent' : 'unknown';
    return (stealth || source === ACK) && (destination & ~ACK) === RST ? 'refused' : 'unknown';
  }
  if (destination === 0) {
    if ((source & ACK) === 0) return 'silent';
    // Somebody who sent data had an answer that the sensor did not see.
    return (source & (PSH | FIN)) === 0 ? 'backscatter' : 'unknown';
  }
  if ((destination & SYN) === 0) return (destination & RST) === 0 ? 'unknown' : 'refused';
  // A reset without ever having acknowledged the handshake: a SYN scan of an open port.
  return source === (SYN | RST) || source === SYN ? 'half-open' : 'answered';
}
