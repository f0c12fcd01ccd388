import { isIpv6 } from '../../../net/ip-address.ts';
import { ACK, PSH, SYN } from '../../../net/tcp-flags.ts';
import { ICMP, ICMP6, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { Endpoints, Flow } from '../../model/telemetry-record.ts';
import { underSampling } from '../conn-outcome.ts';
import { flagHistory, flagOutcome, looksLikeAnswer, type FlagSigns } from '../flag-outcome.ts';
import { icmpOutcome } from '../icmp.ts';
import type { JsonObject } from '../json-object.ts';
import type { OneWayFlow } from '../stitch.ts';
import { part, serviceOf, textOf, type EveFields } from './eve-fields.ts';

const QUIC_PORT = 443;

/**
 * What one side said, in bytes: an estimate, and never more than there was. Suricata counts whole packets, so that
 * headers are taken off: Ethernet 14, IP 20 or 40, and TCP with timestamps 32, UDP or ICMP 8. TCP without a PSH said
 * nothing (RFC 9293, 3.9.1: the last segment of what is sent has one).
 */
function payload(bytes: number, packets: number, flags: number, { protocol, source }: Endpoints): number {
  if (protocol === TCP && (flags & PSH) === 0) return 0;
  const headers = 14 + (isIpv6(source) ? 40 : 20) + (protocol === TCP ? 32 : 8);
  return Math.max(0, bytes - packets * headers);
}

/**
 * Outcome of a flow record. Suricata keeps TCP flags only for sessions that it follows, so for a first packet without
 * a SYN (a FIN, NULL or ACK scan, backscatter, the tail of an older session) they are all zero. The state of a flow
 * turns from `new` to `established` when both sides have spoken its protocol: packets back in a flow that is still
 * `new` are ICMP errors about it.
 */
function outcomeOf(flow: JsonObject, protocol: number, destinationPort: number, signs: FlagSigns): Outcome {
  const state = textOf(flow, 'state');
  const back = signs.backwardPackets > 0;
  switch (protocol) {
    case TCP:
      if (signs.forward === 0 && signs.backward === 0)
        return signs.answerPorts && !back ? 'backscatter' : 'unknown';
      // SYNs that something came back to, but no TCP.
      if (state === 'new' && back && signs.backward === 0 && (signs.forward & (SYN | ACK)) === SYN)
        return 'unreachable';
      return flagOutcome(signs);
    case UDP:
      if (back) return state === 'new' ? 'unreachable' : 'answered';
      if (signs.answerPorts) return 'backscatter';
      return destinationPort === QUIC_PORT ? 'unknown' : 'silent';
    case ICMP:
    case ICMP6:
      return icmpOutcome(protocol, destinationPort >> 8, back);
    default:
      return back && signs.forwardPackets > 0 ? 'answered' : 'unknown';
  }
}

/** A `flow` event as a flow; undefined when a field is wrong, which `fields` knows. */
export function eveFlow(record: JsonObject, fields: EveFields, sampling: number): Flow | undefined {
  const endpoints = fields.endpoints(record);
  const flow = part(record, 'flow');
  const time = fields.time(flow, 'start');
  const end = flow['end'] === undefined ? time : fields.time(flow, 'end');
  if (endpoints === undefined) return undefined;
  const { source, sourcePort, destination, destinationPort, protocol } = endpoints;
  const tcp = part(record, 'tcp');
  const signs: FlagSigns = {
    forward: fields.flags(tcp, 'tcp_flags_ts'),
    backward: fields.flags(tcp, 'tcp_flags_tc'),
    forwardPackets: fields.count(flow, 'pkts_toserver'),
    backwardPackets: fields.count(flow, 'pkts_toclient'),
    answerPorts: looksLikeAnswer(sourcePort, destinationPort),
  };
  const bytesForward = fields.count(flow, 'bytes_toserver');
  const bytesBackward = fields.count(flow, 'bytes_toclient');
  if (fields.fault !== undefined) return undefined;
  return {
    kind: 'flow',
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol,
    duration: Math.max(0, end - time),
    outcome: underSampling(outcomeOf(flow, protocol, destinationPort, signs), sampling),
    state: textOf(flow, 'state'),
    history: protocol === TCP ? flagHistory(signs) : '',
    service: serviceOf(textOf(record, 'app_proto')),
    sourcePackets: signs.forwardPackets,
    destinationPackets: signs.backwardPackets,
    sourceBytes: payload(bytesForward, signs.forwardPackets, signs.forward, endpoints),
    destinationBytes: payload(bytesBackward, signs.backwardPackets, signs.backward, endpoints),
    sourceFlags: protocol === TCP ? signs.forward & 0x3f : 0,
    sampling,
    uid: textOf(record, 'flow_id'),
  };
}

/**
 * A `netflow` event: one direction of a flow, whose other direction is an event of its own. Undefined when a field is
 * wrong, which `fields` knows.
 */
export function eveOneWay(record: JsonObject, fields: EveFields, sampling: number): OneWayFlow | undefined {
  const endpoints = fields.endpoints(record);
  const said = part(record, 'netflow');
  const time = fields.time(said, 'start');
  const end = said['end'] === undefined ? time : fields.time(said, 'end');
  if (endpoints === undefined) return undefined;
  const packets = fields.count(said, 'pkts');
  const bytes = fields.count(said, 'bytes');
  const flags = endpoints.protocol === TCP ? fields.flags(part(record, 'tcp'), 'tcp_flags') : 0;
  if (fields.fault !== undefined) return undefined;
  return {
    ...endpoints,
    time,
    duration: Math.max(0, end - time),
    packets,
    bytes: payload(bytes, packets, flags, endpoints),
    flags,
    sampling,
    service: serviceOf(textOf(record, 'app_proto')),
    uid: textOf(record, 'flow_id'),
  };
}
