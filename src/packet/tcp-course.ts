import { ACK, FIN, RST, SYN } from '../net/tcp-flags.ts';
import { noteScaled, noteTcp } from './history.ts';
import type { PacketView } from './packet-view.ts';
import {
  CLOSED,
  ESTABLISHED,
  INACTIVE,
  PARTIAL,
  RESET,
  SYN_ACK_SENT,
  SYN_SENT,
  type Endpoint,
} from './tcp-endpoint.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/*
 * The course of a TCP conversation as Zeek 8 takes it (TCPSessionAdapter), written anew after its meaning, so that states
 * and histories of both roads are one language. Left out: following of contents, hence content gaps.
 */

/** Steps of sequence numbers that a SYN or RST may jump before it is not believed (Zeek's TOO_LARGE_SEQ_DELTA). */
const TOO_LARGE_STEP = 1_048_576;

/**
 * Whether a SYN on the addresses and ports of a known flow begins a new one: it does when its sequence number is not that
 * of the known beginning, or when both ends have closed.
 */
export function isReuse(flow: TrackedFlow, view: PacketView): boolean {
  if ((view.flags & SYN) === 0) return false;
  let beginner = flow.orig;
  if ((view.flags & ACK) !== 0) {
    if (flow.orig.state !== INACTIVE) return false;
    beginner = flow.resp;
  }
  if (flow.orig.hasClosed && flow.resp.hasClosed) return true;
  if (view.sequence === beginner.startSequence) return false;
  // The SYN of a SYN-ACK that was seen before it.
  return !(
    (view.flags & ACK) === 0 &&
    beginner.state === SYN_ACK_SENT &&
    flow.resp.state === INACTIVE &&
    view.sequence === flow.resp.startSequence
  );
}

/** Takes a packet. Says whether the conversation is over with it, so that only a rest may follow. */
export function advance(flow: TrackedFlow, view: PacketView, fromOrig: boolean): boolean {
  const endpoint = fromOrig ? flow.orig : flow.resp;
  const peer = fromOrig ? flow.resp : flow.orig;
  const { flags, sequence, acknowledgement, payloadLength } = view;
  notePartial(flow, flags, fromOrig);
  const end = (sequence + segmentLength(flags, payloadLength)) | 0;
  begin(endpoint, flags, sequence, end);
  noteTcp(flow, endpoint, flags, (sequence - endpoint.startSequence) | 0, payloadLength);
  if (view.window === 0 && (flags & RST) === 0 && peer.state !== CLOSED && endpoint.state !== RESET) {
    endpoint.zeroWindows += 1;
    noteScaled(flow, endpoint, endpoint.zeroWindows, 'W');
  }
  if ((flags & FIN) !== 0) endpoint.fins += 1;
  if ((flags & ACK) !== 0) noteAcknowledgement(peer, flags, acknowledgement);
  noteSequence(flow, endpoint, flags, end, payloadLength);
  const closes = nextState(flow, endpoint, peer, flags, payloadLength, fromOrig);
  if (fromOrig) flow.seenOrig = true;
  else flow.seenResp = true;
  if (!closes || endpoint.hasClosed) return false;
  endpoint.hasClosed = true;
  return endpoint.state === RESET || peer.hasClosed || peer.state === INACTIVE;
}

function notePartial(flow: TrackedFlow, flags: number, fromOrig: boolean): void {
  if (fromOrig) {
    if (!flow.seenOrig) flow.partial = (flags & (SYN | ACK)) !== SYN;
  } else if (!flow.seenResp && !flow.partial) flow.partial = (flags & SYN) === 0;
}

/** Sequence numbers that a segment takes up: RFC 9293, 3.4; payload of a RST is not part of the stream. */
function segmentLength(flags: number, payload: number): number {
  return ((flags & RST) === 0 ? payload : 0) + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
}

function beginAt(endpoint: Endpoint, start: number, last: number): void {
  endpoint.startSequence = start;
  endpoint.ackSequence = start;
  endpoint.lastSequence = last;
}

/** Sets where the sequence numbers of an endpoint begin. */
function begin(endpoint: Endpoint, flags: number, sequence: number, end: number): void {
  const syn = (flags & SYN) !== 0;
  switch (endpoint.state) {
    case INACTIVE:
      // Without a SYN, as though there had been one.
      if (syn) beginAt(endpoint, sequence, end);
      else beginAt(endpoint, (sequence - 1) | 0, sequence);
      break;
    case SYN_SENT:
    case SYN_ACK_SENT:
      if (syn && sequence !== endpoint.startSequence) beginAt(endpoint, sequence, end);
      break;
    case ESTABLISHED:
    case PARTIAL:
      if (syn) beginAt(endpoint, sequence, end);
      break;
    case RESET:
      // The first thing that it sent was a RST, which may have been forged.
      if (syn && endpoint.previous === INACTIVE) beginAt(endpoint, sequence, end);
      break;
    default:
  }
}

function noteAcknowledgement(peer: Endpoint, flags: number, acknowledgement: number): void {
  if (peer.state === INACTIVE) {
    const start = (acknowledgement - 1) | 0;
    beginAt(peer, start, start);
    return;
  }
  const step = (acknowledgement - peer.ackSequence) | 0;
  // Before the beginning, or in a RST: not to be believed.
  if (((acknowledgement - peer.startSequence) | 0) < 0 || (flags & RST) !== 0) return;
  if (step > 0 && !(acknowledgement === 0 && step > TOO_LARGE_STEP)) peer.ackSequence = acknowledgement;
}

function noteSequence(
  flow: TrackedFlow,
  endpoint: Endpoint,
  flags: number,
  end: number,
  payload: number,
): void {
  const step = (end - endpoint.lastSequence) | 0;
  if ((flags & (SYN | RST)) !== 0 && (step > TOO_LARGE_STEP || step < -TOO_LARGE_STEP)) return;
  if ((flags & FIN) !== 0 && endpoint.lastSequence === ((endpoint.startSequence + 1) | 0))
    endpoint.lastSequence = end;
  else if (endpoint.state === RESET) return;
  else if (step > 0) endpoint.lastSequence = end;
  else if (payload > 0 && (flags & SYN) === 0) {
    // Zeek counts the payload of a SYN as sent twice (nmap --data-length); it is sent for the first time.
    endpoint.retransmitted += 1;
    noteScaled(flow, endpoint, endpoint.retransmitted, 'T');
  }
}

/** Moves on. Says whether the packet closes the endpoint. */
function nextState(
  flow: TrackedFlow,
  endpoint: Endpoint,
  peer: Endpoint,
  flags: number,
  payload: number,
  fromOrig: boolean,
): boolean {
  const fin = (flags & FIN) !== 0;
  const rst = (flags & RST) !== 0;
  switch (endpoint.state) {
    case INACTIVE:
      return fromInactive(flow, endpoint, peer, flags, payload, fromOrig);
    case SYN_SENT:
    case SYN_ACK_SENT:
      if (fin) endpoint.become(CLOSED);
      if (rst) endpoint.become(RESET);
      return fin || rst;
    case ESTABLISHED:
    case PARTIAL:
      if ((flags & (SYN | ACK)) === SYN && endpoint.state === PARTIAL && peer.state === INACTIVE)
        endpoint.become(SYN_SENT);
      if (fin && !rst) {
        endpoint.become(CLOSED);
        // FIN and then RST of the peer: that was an ordinary end after all.
        if (peer.state === RESET && peer.previous === CLOSED) peer.become(CLOSED);
      }
      if (rst) endpoint.become(RESET);
      return fin || rst;
    case CLOSED:
      // A RST after both have said FIN changes nothing.
      if (!rst || peer.state === CLOSED) return false;
      endpoint.become(RESET);
      return true;
    default:
      return false;
  }
}

function fromInactive(
  flow: TrackedFlow,
  endpoint: Endpoint,
  peer: Endpoint,
  flags: number,
  payload: number,
  fromOrig: boolean,
): boolean {
  const fin = (flags & FIN) !== 0;
  const rst = (flags & RST) !== 0;
  if ((flags & SYN) !== 0) {
    if (fromOrig) endpoint.become((flags & ACK) === 0 ? SYN_SENT : SYN_ACK_SENT);
    else {
      if ((flags & ACK) === 0 && peer.state === SYN_ACK_SENT) {
        flip(flow);
        flow.partial = false;
        flow.seenOrig = true;
        peer.become(ESTABLISHED);
      }
      if (peer.state === SYN_SENT) peer.become(ESTABLISHED);
      endpoint.become(ESTABLISHED);
    }
  }
  if (fin) endpoint.become(CLOSED);
  if (rst) endpoint.become(RESET);
  if (endpoint.state === INACTIVE) {
    // Some acknowledge a SYN before they answer it: that is no middle of anything.
    const early = !fromOrig && payload === 0 && peer.state === SYN_SENT;
    if (!early) {
      if ((flags & ACK) !== 0 && peer.state === ESTABLISHED) {
        endpoint.become(ESTABLISHED);
        flow.partial = false;
      } else endpoint.become(PARTIAL);
    }
  }
  return fin || rst;
}

/** Swaps the ends: who seemed to begin was answering. */
export function flip(flow: TrackedFlow): void {
  const { orig, orig0, orig1, orig2, orig3, origPort, seenOrig } = flow;
  flow.orig = flow.resp;
  flow.orig0 = flow.resp0;
  flow.orig1 = flow.resp1;
  flow.orig2 = flow.resp2;
  flow.orig3 = flow.resp3;
  flow.origPort = flow.respPort;
  flow.seenOrig = flow.seenResp;
  flow.resp = orig;
  flow.resp0 = orig0;
  flow.resp1 = orig1;
  flow.resp2 = orig2;
  flow.resp3 = orig3;
  flow.respPort = origPort;
  flow.seenResp = seenOrig;
  flow.opening = undefined;
  flow.history += '^';
}
