import { FIRST_EPHEMERAL_PORT, FIRST_USER_PORT } from '../net/port-ranges.ts';
import { ACK, RST, SYN } from '../net/tcp-flags.ts';
import { u16, u8 } from './bytes.ts';
import { FlowTable, isFromOrig } from './flow-table.ts';
import { noteData } from './history.ts';
import { counterpart, reportsLoss } from './icmp.ts';
import { PROTO_ICMP, PROTO_ICMP6, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from './ip-numbers.ts';
import { PacketView } from './packet-view.ts';
import { StreamHead } from './stream-head.ts';
import { advance, flip, isReuse } from './tcp-course.ts';
import { INACTIVE, SYN_ACK_SENT, SYN_SENT, type Endpoint } from './tcp-endpoint.ts';
import { TrackedFlow } from './tracked-flow.ts';

/** Takes a flow that has ended. The object is used again afterwards: take out what must stay. */
export type FlowTaker = (flow: TrackedFlow) => void;

/**
 * Takes payload of TCP that was not sent before, and of UDP, of a flow whose originator has said something; the view is
 * that of its packet.
 */
export type PayloadTaker = (flow: TrackedFlow, view: PacketView, fromOrig: boolean) => void;

/** What a tracker must be told. */
export interface FlowTrackerOptions {
  /** Flows kept at a time; when there are more, the oldest of the most frequent kind go out first. */
  readonly capacity: number;
  /** Any number; unknown to those who send packets. */
  readonly seed: number;
  /** Hears of payload as it comes. */
  readonly payload?: PayloadTaker;
}

/*
 * Waiting times by packet time, in microseconds. Zeek's defaults (init-bare.zeek): tcp_attempt_delay 5 s,
 * tcp_close_delay 5 s, tcp_inactivity_timeout 5 min, udp_ and icmp_inactivity_timeout 1 min.
 */
const SECOND = 1e6;
/** TCP attempts; TCP that has closed; TCP; UDP; everything else. */
const ATTEMPT = 0;
const CLOSING = 1;
const TCP_IDLE = 2;
const UDP_IDLE = 3;
const OTHER_IDLE = 4;
const WAITS = [5 * SECOND, 5 * SECOND, 300 * SECOND, 60 * SECOND, 60 * SECOND];
/** A clock that goes back further than anything waits is another clock: files put together, or a broken packet. */
const JUMP = 600 * SECOND;

/** Ended flows kept to be used again: as many as end in a second or two. */
const MOST_FREE = 32_768;

/** Octets of first payloads kept for all flows together. */
const MOST_HEAD_OCTETS = 64 * 1024 * 1024;

/**
 * Makes flows of packets, by packet time alone: the same packets give the same flows however fast they come. Packets are
 * to come in order of time, give or take the waits.
 */
export class FlowTracker {
  readonly #table: FlowTable;
  readonly #capacity: number;
  readonly #ended: FlowTaker;
  readonly #payload: PayloadTaker | undefined;
  readonly #quoted = new PacketView();
  /** Flows that have ended, to be used again. */
  readonly #free: TrackedFlow[] = [];
  #clock = 0;
  #headOctets = 0;
  /** Flows that went out early for lack of room. */
  crowdedOut = 0;
  /** Flows whose first payload was not kept for lack of room. */
  headless = 0;

  constructor(options: FlowTrackerOptions, ended: FlowTaker) {
    this.#capacity = options.capacity;
    this.#table = new FlowTable(WAITS.length, options.seed);
    this.#ended = ended;
    this.#payload = options.payload;
  }

  /** Flows that are being followed. */
  get open(): number {
    return this.#table.size;
  }

  /** Time has passed without packets, in microseconds since 1970: ends what has waited long enough. */
  advance(now: number): void {
    if (now > this.#clock) this.#advanceClock(now);
  }

  /** Takes a packet. */
  take(view: PacketView): void {
    this.#advanceClock(view.time);
    switch (view.protocol) {
      case PROTO_TCP:
        return this.#tcp(view);
      case PROTO_ICMP:
      case PROTO_ICMP6:
        return this.#icmp(view);
      default:
        return this.#other(view);
    }
  }

  /** The capture ended: gives the flows that are left, oldest first. */
  end(): void {
    const left: TrackedFlow[] = [];
    for (let queue = 0; queue < WAITS.length; queue += 1)
      for (let flow = this.#table.oldest(queue); flow !== undefined; flow = flow.newer) left.push(flow);
    for (const flow of left.toSorted((a, b) => a.number - b.number)) this.#end(flow);
  }

  #advanceClock(time: number): void {
    if (time < this.#clock - JUMP) {
      this.end();
      this.#clock = time;
      return;
    }
    if (time <= this.#clock) return;
    this.#clock = time;
    for (let queue = 0; queue < WAITS.length; queue += 1) {
      for (let flow = this.#table.oldest(queue); flow !== undefined && flow.deadline <= time;) {
        if (queue === ATTEMPT && !isAttempt(flow))
          this.#table.enqueue(flow, TCP_IDLE, flow.last + (WAITS[TCP_IDLE] ?? 0));
        else this.#end(flow);
        flow = this.#table.oldest(queue);
      }
    }
  }

  #end(flow: TrackedFlow): void {
    this.#table.remove(flow);
    this.#headOctets -= (flow.orig.head?.held ?? 0) + (flow.resp.head?.held ?? 0);
    this.#ended(flow);
    if (this.#free.length < MOST_FREE) this.#free.push(flow);
  }

  #wait(flow: TrackedFlow, queue: number): void {
    this.#table.enqueue(flow, queue, this.#clock + (WAITS[queue] ?? 0));
  }

  #begin(view: PacketView, hash: number, sourcePort: number, destinationPort: number): TrackedFlow {
    if (this.#table.size >= this.#capacity) {
      const oldest = this.#table.crowded();
      if (oldest !== undefined) {
        this.crowdedOut += 1;
        this.#end(oldest);
      }
    }
    const flow = this.#free.pop() ?? new TrackedFlow();
    flow.begin(view, hash, sourcePort, destinationPort);
    this.#table.add(flow);
    return flow;
  }

  #count(flow: TrackedFlow, endpoint: Endpoint, view: PacketView): void {
    if (view.time > flow.last) flow.last = view.time;
    if (endpoint.packets === 0) endpoint.ttl = view.ttl;
    endpoint.packets += 1;
    endpoint.bytes += view.payloadLength;
    if (view.tinyFragments) flow.tinyFragments = true;
  }

  /** Keeps first payload; `offset` octets behind the start of the direction. */
  #keep(endpoint: Endpoint, view: PacketView, offset: number): void {
    const { payloadStart, payloadEnd } = view;
    if (payloadEnd <= payloadStart || offset < 0 || endpoint.head?.isFull === true) return;
    if (this.#headOctets >= MOST_HEAD_OCTETS) {
      this.headless += 1;
      return;
    }
    endpoint.head ??= new StreamHead();
    this.#headOctets += endpoint.head.take(view.data, payloadStart, payloadEnd, offset);
  }

  #tcp(view: PacketView): void {
    const { sourcePort, destinationPort, flags } = view;
    const hash = this.#table.hash(view, sourcePort, destinationPort);
    let flow = this.#table.find(hash, view, sourcePort, destinationPort);
    if (flow !== undefined && isReuse(flow, view)) {
      this.#end(flow);
      flow = undefined;
    }
    if (flow === undefined) {
      flow = this.#begin(view, hash, sourcePort, destinationPort);
      // In the middle of something, packets from a service to somebody's own end are answers. A SYN-ACK or RST is left as
      // it is, although Zeek turns those as well: it answers somebody who forged the address, and the outcome says so.
      if ((flags & (SYN | RST | ACK)) === ACK && isAnswer(sourcePort, destinationPort)) flip(flow);
      else if ((flags & ACK) === 0 || (flags & SYN) !== 0) flow.openedBy(view);
    }
    const fromOrig = isFromOrig(flow, view, sourcePort, destinationPort);
    const endpoint = fromOrig ? flow.orig : flow.resp;
    this.#count(flow, endpoint, view);
    endpoint.flags |= flags;
    const isNew = endpoint.state === INACTIVE || ((view.sequence - endpoint.lastSequence) | 0) >= 0;
    const over = advance(flow, view, fromOrig);
    if (view.payloadLength > 0 && (flags & RST) === 0) {
      const begin = (view.sequence - endpoint.startSequence - 1 + ((flags & SYN) === 0 ? 0 : 1)) | 0;
      this.#keep(endpoint, view, begin);
      if (isNew && flow.orig.head !== undefined) this.#payload?.(flow, view, fromOrig);
    }
    if (over) this.#wait(flow, CLOSING);
    else if (flow.queue === CLOSING) return;
    else if (!isAttempt(flow)) this.#wait(flow, TCP_IDLE);
    else if (flow.queue !== ATTEMPT) this.#wait(flow, ATTEMPT);
  }

  #other(view: PacketView): void {
    const { sourcePort, destinationPort } = view;
    const hash = this.#table.hash(view, sourcePort, destinationPort);
    const udp = view.protocol === PROTO_UDP;
    let flow = this.#table.find(hash, view, sourcePort, destinationPort);
    if (flow === undefined) {
      flow = this.#begin(view, hash, sourcePort, destinationPort);
      if (udp && isAnswer(sourcePort, destinationPort)) flip(flow);
    }
    const fromOrig = isFromOrig(flow, view, sourcePort, destinationPort);
    const endpoint = fromOrig ? flow.orig : flow.resp;
    if (!fromOrig && endpoint.packets === 0) flow.replyType = view.type;
    const before = endpoint.bytes;
    const first = endpoint.packets === 0;
    this.#count(flow, endpoint, view);
    if (udp) noteData(flow, endpoint);
    // Of datagrams only the first says what is spoken.
    if (first && view.protocol !== PROTO_SCTP) this.#keep(endpoint, view, before);
    if (udp && view.payloadLength > 0 && flow.orig.head !== undefined) this.#payload?.(flow, view, fromOrig);
    this.#wait(flow, udp ? UDP_IDLE : OTHER_IDLE);
  }

  #icmp(view: PacketView): void {
    if (reportsLoss(view.protocol, view.type) && this.#noteLoss(view)) return;
    const answer = counterpart(view.protocol, view.type);
    // Messages that nothing answers go one way: a number that no type has keeps the ways apart.
    const sourcePort = answer < 0 ? view.type | 0x8000 : view.type;
    const destinationPort = answer < 0 ? view.code : answer;
    const hash = this.#table.hash(view, sourcePort, destinationPort);
    let flow = this.#table.find(hash, view, sourcePort, destinationPort);
    flow ??= this.#begin(view, hash, sourcePort, destinationPort);
    const fromOrig = isFromOrig(flow, view, sourcePort, destinationPort);
    const endpoint = fromOrig ? flow.orig : flow.resp;
    const first = endpoint.packets === 0;
    this.#count(flow, endpoint, view);
    if (first) this.#keep(endpoint, view, 0);
    this.#wait(flow, OTHER_IDLE);
  }

  /** An ICMP error quotes the packet that it is about: the flow of that packet learns of it. False when there is none. */
  #noteLoss(view: PacketView): boolean {
    const quoted = this.#quoted;
    if (!readQuoted(view, quoted)) return false;
    let { sourcePort, destinationPort } = quoted;
    if (quoted.protocol === PROTO_ICMP || quoted.protocol === PROTO_ICMP6) {
      const answer = counterpart(quoted.protocol, quoted.type);
      if (answer < 0) return false;
      sourcePort = quoted.type;
      destinationPort = answer;
    }
    const hash = this.#table.hash(quoted, sourcePort, destinationPort);
    const flow = this.#table.find(hash, quoted, sourcePort, destinationPort);
    if (flow === undefined) return false;
    if (isFromOrig(flow, quoted, sourcePort, destinationPort) && flow.icmpError < 0)
      flow.icmpError = (view.type << 8) | view.code;
    return true;
  }
}

/** Reads the packet inside an ICMP error, of which at least eight octets behind the IP header are there (RFC 792). */
function readQuoted(view: PacketView, quoted: PacketView): boolean {
  const { data, payloadStart: at, payloadEnd: end } = view;
  let body: number;
  if (view.protocol === PROTO_ICMP6) {
    if (end - at < 48 || u8(data, at) >> 4 !== 6) return false;
    quoted.takeIpv6(data, at + 8);
    quoted.protocol = u8(data, at + 6);
    body = at + 40;
  } else {
    if (end - at < 28 || u8(data, at) >> 4 !== 4) return false;
    body = at + (u8(data, at) & 0x0f) * 4;
    // Only a first fragment has ports.
    if (end - body < 8 || body - at < 20 || (u16(data, at + 6) & 0x1fff) !== 0) return false;
    quoted.takeIpv4(data, at + 12, at + 16);
    quoted.protocol = u8(data, at + 9);
  }
  const { protocol } = quoted;
  const hasPorts = protocol === PROTO_TCP || protocol === PROTO_UDP || protocol === PROTO_SCTP;
  quoted.sourcePort = hasPorts ? u16(data, body) : 0;
  quoted.destinationPort = hasPorts ? u16(data, body + 2) : 0;
  quoted.type = u8(data, body);
  return true;
}

/** A SYN that nothing answered yet. */
function isAttempt(flow: TrackedFlow): boolean {
  return (flow.orig.state === SYN_SENT || flow.orig.state === SYN_ACK_SENT) && flow.resp.state === INACTIVE;
}

/**
 * Whether a first packet goes from a service to somebody's own end. Zeek asks its table of likely server ports for the
 * source alone; whoever scans from port 53 would then turn into the victim, so the destination must be ephemeral here.
 */
function isAnswer(sourcePort: number, destinationPort: number): boolean {
  return sourcePort > 0 && sourcePort < FIRST_USER_PORT && destinationPort >= FIRST_EPHEMERAL_PORT;
}
