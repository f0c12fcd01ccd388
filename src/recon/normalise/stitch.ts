import { ACK, SYN } from '../../net/tcp-flags.ts';
import type { Instant } from '../../time/instant.ts';
import { ICMP, ICMP6, TCP, UDP } from '../model/ip-protocol.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RecordSink } from '../model/reader.ts';
import type { Endpoints, Flow } from '../model/telemetry-record.ts';
import { underSampling } from './conn-outcome.ts';
import { flagHistory, flagOutcome, looksLikeAnswer, type FlagSigns } from './flag-outcome.ts';
import { counterpartOf, icmpOutcome, isIcmpError, isIcmpReply } from './icmp.ts';

/** What a record of one direction says: NetFlow, IPFIX, Suricata's netflow. */
export interface OneWayFlow extends Endpoints {
  readonly time: Instant;
  /** Microseconds from first to last packet. */
  readonly duration: number;
  readonly packets: number;
  /** As in Flow: payload, or the exporter's nearest to it. */
  readonly bytes: number;
  /** TCP flags, or-ed; 0 when unknown. */
  readonly flags: number;
  readonly sampling: number;
  readonly service: string;
  readonly uid: string;
}

/** How far apart the two directions of a conversation may be, in microseconds. */
const WINDOW = 120_000_000;
/** Records that wait at once; past it the oldest goes unpaired. About 60 MB. */
const WAITING = 200_000;

/** See conn-outcome.ts: no answer is usual there. */
const QUIC_PORT = 443;

interface Waiting {
  readonly key: string;
  flow: OneWayFlow;
  readonly line: number;
  /** Whether it is still in the map. */
  waits: boolean;
}

/** Records that have stopped waiting stay in line until there are so many more of them than of those that wait. */
const SLACK = 1024;

const isIcmp = (protocol: number): boolean => protocol === ICMP || protocol === ICMP6;

/** One key for both directions of a conversation. ICMP has no ports: question and answer have the smaller of both types. */
function pairKey(flow: OneWayFlow): string {
  const { source, destination, protocol } = flow;
  let { sourcePort, destinationPort } = flow;
  if (isIcmp(protocol)) {
    const type = destinationPort >> 8;
    sourcePort = destinationPort = Math.min(type, counterpartOf(protocol, type) ?? type);
  }
  return source < destination || (source === destination && sourcePort <= destinationPort)
    ? `${source} ${sourcePort} ${destination} ${destinationPort} ${protocol}`
    : `${destination} ${destinationPort} ${source} ${sourcePort} ${protocol}`;
}

function sameDirection(a: OneWayFlow, b: OneWayFlow): boolean {
  return a.source === b.source && a.sourcePort === b.sourcePort && a.destination === b.destination;
}

const endOf = (flow: OneWayFlow): number => flow.time + flow.duration;

/** Two records of one direction, such as an exporter writes of a long flow, as one. */
function merged(a: OneWayFlow, b: OneWayFlow): OneWayFlow {
  const [first, second] = a.time <= b.time ? [a, b] : [b, a];
  return {
    ...first,
    duration: Math.max(endOf(first), endOf(second)) - first.time,
    packets: first.packets + second.packets,
    bytes: first.bytes + second.bytes,
    flags: first.flags | second.flags,
    sampling: Math.max(first.sampling, second.sampling),
    service: first.service || second.service,
  };
}

const isBareSyn = (flow: OneWayFlow): boolean => flow.protocol === TCP && (flow.flags & (SYN | ACK)) === SYN;

/**
 * Whether `a` is the side that asked: it began earlier; at the same time, it sent a SYN alone; or it went to the lower
 * port. ICMP says itself which of two messages answers the other.
 */
function asked(a: OneWayFlow, b: OneWayFlow): boolean {
  if (isIcmp(a.protocol)) return !isIcmpReply(a.protocol, a.destinationPort >> 8);
  if (a.time !== b.time) return a.time < b.time;
  if (isBareSyn(a) !== isBareSyn(b)) return isBareSyn(a);
  return a.sourcePort >= a.destinationPort;
}

function outcomeOf(forward: OneWayFlow, backward: OneWayFlow | undefined, signs: FlagSigns): Outcome {
  const { protocol, destinationPort } = forward;
  switch (protocol) {
    case TCP:
      return flagOutcome(signs);
    case UDP:
      if (backward !== undefined) return 'answered';
      if (signs.answerPorts) return 'backscatter';
      return destinationPort === QUIC_PORT ? 'unknown' : 'silent';
    case ICMP:
    case ICMP6:
      return icmpOutcome(protocol, destinationPort >> 8, backward !== undefined);
    default:
      return backward === undefined ? 'unknown' : 'answered';
  }
}

function flowOf(forward: OneWayFlow, backward: OneWayFlow | undefined): Flow {
  const { time, source, sourcePort, destination, destinationPort, protocol } = forward;
  const signs: FlagSigns = {
    forward: protocol === TCP ? forward.flags : 0,
    backward: protocol === TCP ? (backward?.flags ?? 0) : 0,
    forwardPackets: forward.packets,
    backwardPackets: backward?.packets ?? 0,
    answerPorts: looksLikeAnswer(sourcePort, destinationPort),
  };
  const sampling = Math.max(forward.sampling, backward?.sampling ?? 1);
  return {
    kind: 'flow',
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol,
    duration: Math.max(endOf(forward), backward === undefined ? 0 : endOf(backward)) - time,
    outcome: underSampling(outcomeOf(forward, backward, signs), sampling),
    state: backward === undefined ? 'one-way' : 'paired',
    history: flagHistory(signs),
    service: forward.service || (backward?.service ?? ''),
    sourcePackets: forward.packets,
    destinationPackets: signs.backwardPackets,
    sourceBytes: forward.bytes,
    destinationBytes: backward?.bytes ?? 0,
    sourceFlags: signs.forward & 0x3f,
    sampling,
    uid: forward.uid,
  };
}

/**
 * Joins records of one direction to conversations: a five-tuple and its reverse, at most 120 s apart. Records come in
 * the order of their end, or of their start; what waits longer, or past the limit of records that wait, goes out alone.
 * A pair is a record of the line that came first.
 */
export class FlowStitcher {
  readonly #waiting = new Map<string, Waiting>();
  /** In order of arrival. The map has the same order, but to find its first entry it steps over all that were deleted. */
  #line: Waiting[] = [];
  /** Place of the first in line that may still wait. */
  #head = 0;
  readonly #limit: number;
  /** Latest start that was seen: the stream's own clock. */
  #now = 0;

  /** `limit`: records that wait at once, for tests. */
  constructor(limit = WAITING) {
    this.#limit = limit;
  }

  /** Lowest line that still waits: that of the record that has waited longest. */
  get heldFrom(): number | undefined {
    return this.#oldest()?.line;
  }

  /** Takes a record; what is complete by it goes to the sink. */
  add(flow: OneWayFlow, line: number, sink: RecordSink): void {
    if (flow.time > this.#now) this.#now = flow.time;
    this.#release(sink);
    if (isIcmp(flow.protocol) && isIcmpError(flow.protocol, flow.destinationPort >> 8)) {
      sink.record(flowOf(flow, undefined), line);
      return;
    }
    const key = pairKey(flow);
    const other = this.#waiting.get(key);
    if (other === undefined) {
      this.#wait(key, flow, line);
      return;
    }
    const gap = Math.max(flow.time, other.flow.time) - Math.min(endOf(flow), endOf(other.flow));
    if (gap > WINDOW) {
      this.#giveAlone(other, sink);
      this.#wait(key, flow, line);
    } else if (sameDirection(flow, other.flow)) {
      other.flow = merged(other.flow, flow);
    } else {
      this.#take(other);
      const [forward, backward] = asked(other.flow, flow) ? [other.flow, flow] : [flow, other.flow];
      sink.record(flowOf(forward, backward), other.line);
    }
  }

  /** Gives everything that waits. */
  end(sink: RecordSink): void {
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest())
      this.#giveAlone(oldest, sink);
  }

  #wait(key: string, flow: OneWayFlow, line: number): void {
    const waiting = { key, flow, line, waits: true };
    this.#waiting.set(key, waiting);
    this.#line.push(waiting);
    if (this.#line.length > 2 * this.#waiting.size + SLACK) {
      this.#line = this.#line.filter(({ waits }) => waits);
      this.#head = 0;
    }
  }

  #take(waiting: Waiting): void {
    this.#waiting.delete(waiting.key);
    waiting.waits = false;
  }

  #giveAlone(waiting: Waiting, sink: RecordSink): void {
    this.#take(waiting);
    sink.record(flowOf(waiting.flow, undefined), waiting.line);
  }

  #oldest(): Waiting | undefined {
    while (this.#line[this.#head]?.waits === false) this.#head += 1;
    return this.#line[this.#head];
  }

  /** Gives, oldest first, what has waited long enough, and what is too much. */
  #release(sink: RecordSink): void {
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      if (this.#waiting.size < this.#limit && endOf(oldest.flow) + WINDOW >= this.#now) return;
      this.#giveAlone(oldest, sink);
    }
  }
}
