import { TCP, UDP } from '../model/ip-protocol.ts';
import type { Outcome } from '../model/outcome.ts';

/*
 * The outcome of a Zeek connection. Meaning of state and letters: Zeek 8.2, scripts/base/protocols/conn/main.zeek
 * (`conn_state`, `history`). The state alone does not tell a SYN scan of an open port from an aborted session (both
 * RSTO), nor a one-sided capture from silence: the history does, so it decides, and the state only where a log has none.
 */

/** HTTP/3 (RFC 9114): where no answer to UDP is usual, since clients try it and fall back to TCP. */
const QUIC_PORT = 443;

/** What of a connection tells its outcome. */
export interface ConnSigns {
  readonly protocol: number;
  readonly destinationPort: number;
  /** Zeek's conn_state; empty when the log has none. */
  readonly state: string;
  /** Zeek's history; empty when the log has none, or when no packet earned a letter. */
  readonly history: string;
  readonly sourcePackets: number;
  readonly destinationPackets: number;
  readonly sourceBytes: number;
  readonly destinationBytes: number;
}

/** What a sampled record can still tell: of packets that were not looked at it knows nothing. */
export function underSampling(outcome: Outcome, sampling: number): Outcome {
  return sampling > 1 && (outcome === 'silent' || outcome === 'half-open') ? 'unknown' : outcome;
}

/** Outcome of a connection over TCP, UDP or another transport; ICMP has its own (icmp.ts). */
export function connOutcome(signs: ConnSigns): Outcome {
  if (signs.protocol === TCP) return signs.history === '' ? bareTcpOutcome(signs) : tcpOutcome(signs);
  if (signs.protocol === UDP) return udpOutcome(signs);
  // Zeek follows no other transport further than counting its packets.
  return signs.destinationPackets > 0 && signs.sourcePackets > 0 ? 'answered' : 'unknown';
}

/** Outcome of UDP, where only an answer tells. */
function udpOutcome({ state, history, destinationPort, sourcePackets }: ConnSigns): Outcome {
  const asked = history.indexOf('D');
  const answered = history.indexOf('d');
  // `^`, or an answer before the question: the direction is Zeek's guess.
  if (history.includes('^') || (answered >= 0 && answered < asked)) return 'unknown';
  // Letters without a question: its checksum was bad, or it was not seen.
  if (asked < 0 && history !== '') return 'unknown';
  if (state === 'SF' || answered >= 0) return 'answered';
  if (state !== 'S0' && !(state === '' && (asked >= 0 || sourcePackets > 0))) return 'unknown';
  return destinationPort === QUIC_PORT ? 'unknown' : 'silent';
}

/** Without a history: only the states that mean one thing. */
function bareTcpOutcome({ state, destinationBytes, sourceBytes }: ConnSigns): Outcome {
  switch (state) {
    case 'S0':
      return 'silent';
    case 'REJ':
      return 'refused';
    case 'S1':
    case 'S2':
    case 'S3':
    case 'SF':
      return 'answered';
    case 'RSTO':
    case 'RSTR':
      // An aborted session, unless nothing was ever said: then it may have been a SYN scan.
      return destinationBytes > 0 || sourceBytes > 0 ? 'answered' : 'unknown';
    default:
      return 'unknown';
  }
}

const FLIPPED = 94;

/** Outcome of TCP by its history: letters of the originator are upper case, of the responder lower case. */
function tcpOutcome(signs: ConnSigns): Outcome {
  const { history } = signs;
  let first = 0;
  let checksums = false;
  let has = 0;
  for (let index = 0; index < history.length; index += 1) {
    const code = history.charCodeAt(index);
    if (code === FLIPPED) return 'unknown';
    let bit = LETTERS[code & 0x7f] ?? 0;
    // Data before the SYN-ACK rode on the SYN (RFC 9293, 3.4; nmap --data-length, of which Zeek says T): it acknowledges nothing.
    if (bit === ORIG_DATA && (has & RESP_HANDSHAKE) === 0) bit = ORIG_EARLY_DATA;
    has |= bit;
    if (bit === 0) checksums ||= code === 67;
    else if (first === 0) first = bit;
  }
  switch (first) {
    case ORIG_SYN:
      return synOutcome(has, checksums);
    case ORIG_HANDSHAKE:
    case RESP_HANDSHAKE:
      // A SYN-ACK, and nothing but resets after it. With data, the SYN was missed or came out of order.
      return (has & ~(ORIG_HANDSHAKE | RESP_HANDSHAKE | ORIG_RESET | RESP_RESET)) === 0 && !checksums
        ? 'backscatter'
        : 'unknown';
    case ORIG_RESET:
      return (has & ~(ORIG_RESET | RESP_RESET)) === 0 ? 'backscatter' : 'unknown';
    case RESP_RESET:
      // A packet without flags (NULL scan) earns no letter but is counted: then the RST answered it.
      return has === RESP_RESET && !checksums && signs.sourcePackets === 0 ? 'backscatter' : 'unknown';
    default:
      // A FIN, an ACK or data without a SYN is a probe (FIN, Xmas, ACK scan) or the tail of a session from before
      // the capture; one line cannot tell. The flags of the record show which it could be.
      return 'unknown';
  }
}

const ORIG_SYN = 1;
const ORIG_HANDSHAKE = 2;
const ORIG_RESET = 4;
/** ACK, data, content gap, retransmitted data: all of them carry an ACK once the connection stands. */
const ORIG_ACK = 8;
const ORIG_DATA = 16;
const ORIG_FIN = 32;
const RESP_HANDSHAKE = 64;
const RESP_RESET = 128;
const RESP_ACK = 256;
const RESP_DATA = 512;
const RESP_OTHER = 1024;
/** Flags that contradict each other. */
const ORIG_ODD = 2048;
/** Data that was sent before an answer. */
const ORIG_EARLY_DATA = 4096;

/** Bit by character code; letters that say nothing of the course (C, W, X, and ^ which is looked at before) have none. */
const LETTERS: Uint16Array = Uint16Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCodePoint(code);
  return (
    (
      {
        S: ORIG_SYN, H: ORIG_HANDSHAKE, R: ORIG_RESET, A: ORIG_ACK, D: ORIG_DATA, G: ORIG_DATA, T: ORIG_DATA, F: ORIG_FIN,
        I: ORIG_ODD, Q: ORIG_ODD, s: RESP_OTHER, h: RESP_HANDSHAKE, r: RESP_RESET, a: RESP_ACK, d: RESP_DATA, g: RESP_DATA,
        t: RESP_DATA, f: RESP_DATA, i: RESP_OTHER, q: RESP_OTHER,
      } as Readonly<Record<string, number>>
    )[letter] ?? 0
  );
}); // prettier-ignore

/** The originator sent a SYN first. */
function synOutcome(has: number, checksums: boolean): Outcome {
  // The responder sends data or a FIN only on a connection that stands.
  if ((has & RESP_DATA) !== 0) return 'answered';
  if ((has & RESP_HANDSHAKE) !== 0) {
    // After a SYN-ACK every ACK, and data, completes the handshake; a bare FIN carries an ACK as well.
    return (has & (ORIG_ACK | ORIG_DATA | ORIG_FIN)) !== 0 ? 'answered' : checksums ? 'unknown' : 'half-open';
  }
  if ((has & RESP_RESET) !== 0) return (has & ORIG_ACK) === 0 ? 'refused' : 'unknown';
  // An ACK of the originator acknowledges a SYN-ACK that the sensor missed. FIN and RST prove nothing: whoever scans
  // could add them to look otherwise.
  return (has & ~(ORIG_SYN | ORIG_EARLY_DATA | ORIG_FIN | ORIG_ODD | ORIG_RESET)) === 0
    ? 'silent'
    : 'unknown';
}
