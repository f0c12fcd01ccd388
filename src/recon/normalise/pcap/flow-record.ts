import { connState } from '../../../packet/conn-state.ts';
import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import type { Instant } from '../../../time/instant.ts';
import { ARP, ICMP, ICMP6, NO_PORT, SCTP, TCP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { Endpoints, Flow } from '../../model/telemetry-record.ts';
import { connOutcome, underSampling } from '../conn-outcome.ts';
import { icmpOutcome } from '../icmp.ts';
import type { AddressText } from './address-text.ts';
import type { ArpReach } from './arp-reach.ts';

/** SCTP chunks: RFC 9260, 3.2. */
const SCTP_INIT = 1;
const SCTP_INIT_ACK = 2;
const SCTP_ABORT = 6;
/** FIN, SYN, RST, PSH, ACK, URG: the model's flags. */
const MODEL_FLAGS = 0x3f;

/** The ends of a flow, as the model writes them. */
export function endsOf(flow: TrackedFlow, addresses: AddressText): Endpoints {
  const { protocol } = flow;
  const icmp = protocol === ICMP || protocol === ICMP6;
  return {
    source: addresses.of(flow.orig0, flow.orig1, flow.orig2, flow.orig3),
    sourcePort: icmp ? NO_PORT : flow.origPort,
    destination: addresses.of(flow.resp0, flow.resp1, flow.resp2, flow.resp3),
    destinationPort: icmp ? (flow.type << 8) | flow.code : flow.respPort,
    protocol,
  };
}

/** A record while it is made. */
type Draft<R> = { -readonly [Field in keyof R]: R[Field] };

/**
 * A flow as a record; undefined for an ARP announcement, which asks nobody anything (RFC 5227). `service` is what its
 * first payloads speak.
 */
export function flowRecord(
  flow: TrackedFlow,
  service: string,
  addresses: AddressText,
  sampling: number,
  arp: ArpReach,
): Flow | undefined {
  const { source, sourcePort, destination, destinationPort, protocol } = endsOf(flow, addresses);
  if (protocol === ARP && (source === destination || source === '0.0.0.0')) return undefined;
  const state = connState(flow);
  const record: Draft<Flow> = {
    kind: 'flow',
    time: flow.start as Instant,
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol,
    duration: flow.last - flow.start,
    outcome: underSampling(outcomeOf(flow, state, destinationPort, arp), sampling),
    state,
    history: flow.history,
    service,
    sourcePackets: flow.orig.packets,
    destinationPackets: flow.resp.packets,
    sourceBytes: flow.orig.bytes,
    destinationBytes: flow.resp.bytes,
    sourceFlags: protocol === TCP ? flow.orig.flags & MODEL_FLAGS : 0,
    sampling,
    uid: '',
  };
  // Its own step, not a spread: there are hundreds of thousands a second.
  if (flow.opening !== undefined) record.syn = { ...flow.opening };
  return record;
}

function outcomeOf(flow: TrackedFlow, state: string, destinationPort: number, arp: ArpReach): Outcome {
  const outcome = spoken(flow, state, destinationPort, arp);
  // An error counts where nothing else came: also of what is not told by silence, such as unanswered UDP/443.
  return flow.icmpError >= 0 && flow.resp.packets === 0 && (outcome === 'silent' || outcome === 'unknown')
    ? 'unreachable'
    : outcome;
}

function spoken(flow: TrackedFlow, state: string, destinationPort: number, arp: ArpReach): Outcome {
  const { protocol, orig, resp } = flow;
  if (protocol === ICMP || protocol === ICMP6) return icmpOutcome(protocol, flow.type, resp.packets > 0);
  if (protocol === ARP)
    return resp.packets > 0 ? 'answered' : arp.sees(flow.orig3) && flow.type === 1 ? 'silent' : 'unknown';
  if (protocol === SCTP && flow.type === SCTP_INIT) {
    if (resp.packets === 0) return 'silent';
    if (flow.replyType === SCTP_ABORT) return 'refused';
    return flow.replyType === SCTP_INIT_ACK && orig.packets > 1 ? 'answered' : 'half-open';
  }
  return connOutcome({
    protocol,
    destinationPort,
    state,
    history: flow.history,
    sourcePackets: orig.packets,
    destinationPackets: resp.packets,
    sourceBytes: orig.bytes,
    destinationBytes: resp.bytes,
  });
}
