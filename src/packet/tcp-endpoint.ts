import type { StreamHead } from './stream-head.ts';

/*
 * How far one end of a conversation has come, in Zeek's terms (TCP_Endpoint and TCPSessionAdapter of Zeek 8), written
 * anew after their meaning. Small numbers, since there are two for every flow.
 */
export const INACTIVE = 0;
export const SYN_SENT = 1;
export const SYN_ACK_SENT = 2;
/** Packets without a handshake: mid-stream. */
export const PARTIAL = 3;
export const ESTABLISHED = 4;
/** A FIN was sent. */
export const CLOSED = 5;
/** A RST was sent. */
export const RESET = 6;

/** One end of a conversation. Sequence numbers are signed 32-bit, differences wrap. */
export class Endpoint {
  state = INACTIVE;
  previous = INACTIVE;
  packets = 0;
  /** Octets of payload, also those sent twice. */
  bytes = 0;
  /** TCP flags, or-ed together. */
  flags = 0;
  /** Packets with payload that had been sent before. */
  retransmitted = 0;
  /** Packets that offered a window of nothing. */
  zeroWindows = 0;
  /** TTL or hop limit of the first packet. */
  ttl = 0;
  /** Letters that were noted once; see history.ts. */
  seen = 0;
  startSequence = 0;
  lastSequence = 0;
  ackSequence = 0;
  fins = 0;
  /** Sequence numbers of the last SYN, FIN and RST, as steps from the start. */
  lastSyn = 0;
  lastFin = 0;
  lastRst = 0;
  hasClosed = false;
  /** First payload; undefined while there is none. */
  head: StreamHead | undefined = undefined;

  /** As though new. */
  begin(): void {
    this.state = INACTIVE;
    this.previous = INACTIVE;
    this.packets = 0;
    this.bytes = 0;
    this.flags = 0;
    this.retransmitted = 0;
    this.zeroWindows = 0;
    this.ttl = 0;
    this.seen = 0;
    this.startSequence = 0;
    this.lastSequence = 0;
    this.ackSequence = 0;
    this.fins = 0;
    this.lastSyn = 0;
    this.lastFin = 0;
    this.lastRst = 0;
    this.hasClosed = false;
    this.head = undefined;
  }

  /** Goes on to a state. */
  become(state: number): void {
    if (state === this.state) return;
    this.previous = this.state;
    this.state = state;
  }

  /** Octets sent or acknowledged, without SYN and FIN: Zeek's size. Wraps at 2^32, which matters to no test for zero but one in four thousand million. */
  get size(): number {
    const sent = (this.lastSequence - this.startSequence) | 0;
    const acknowledged = (this.ackSequence - this.startSequence) | 0;
    const size = Math.max(sent, acknowledged) - 1;
    return Math.max(0, size > 0 && this.fins > 0 ? size - 1 : size);
  }
}
