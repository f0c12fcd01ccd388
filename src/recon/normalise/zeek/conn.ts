import type { IpAddress } from '../../../net/ip-address.ts';
import { NO_PORT, SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Endpoints, Flow } from '../../model/telemetry-record.ts';
import { connOutcome, underSampling } from '../conn-outcome.ts';
import { counterpartOf, icmpOf, icmpOutcome } from '../icmp.ts';
import type { ZeekRow } from './row.ts';

/** IANA's number that is reserved: a transport that the log does not name. */
export const UNNAMED_PROTOCOL = 255;

/** IP protocol number of Zeek's `proto`, which is `tcp`, `udp`, `icmp` or `unknown_transport`. */
export function protocolOf(row: ZeekRow, source: IpAddress, byDefault: string): number {
  const name = row.text('proto') || byDefault;
  switch (name) {
    case 'tcp':
      return TCP;
    case 'udp':
      return UDP;
    case 'icmp':
    case 'icmp6':
      return icmpOf(source);
    case 'sctp':
      return SCTP;
    default: {
      // Zeek >= 7.1 says the number.
      const number = row.count('ip_proto');
      return number > 0 && number < 256 ? number : UNNAMED_PROTOCOL;
    }
  }
}

/** Why an entry is no record. */
export function missing(row: ZeekRow, field: string): string {
  return row.fault ?? `${field} is missing`;
}

/**
 * Who talked to whom. Zeek puts an ICMP type where the originator's port stands and, where the responder's stands, the
 * type that answers it, or the code if nothing does. Gives the message of a problem when a field is missing or wrong.
 */
export function zeekEndpoints(row: ZeekRow, byDefault: string): Endpoints | string {
  const source = row.address('id.orig_h');
  if (source === undefined) return missing(row, 'id.orig_h');
  const destination = row.address('id.resp_h');
  if (destination === undefined) return missing(row, 'id.resp_h');
  const sourcePort = row.port('id.orig_p');
  const destinationPort = row.port('id.resp_p');
  const protocol = protocolOf(row, source, byDefault);
  if (protocol === TCP || protocol === UDP || protocol === SCTP) {
    if (Number.isNaN(sourcePort)) return missing(row, 'id.orig_p');
    if (Number.isNaN(destinationPort)) return missing(row, 'id.resp_p');
    return { source, sourcePort, destination, destinationPort, protocol };
  }
  if (row.fault !== undefined) return row.fault;
  if (protocol !== icmpOf(source))
    return {
      source,
      sourcePort: Number.isNaN(sourcePort) ? NO_PORT : sourcePort,
      destination,
      destinationPort: Number.isNaN(destinationPort) ? NO_PORT : destinationPort,
      protocol,
    };
  if (Number.isNaN(sourcePort)) return missing(row, 'id.orig_p');
  if (sourcePort > 255) return `id.orig_p: "${sourcePort}" is no ICMP type`;
  const code =
    counterpartOf(protocol, sourcePort) !== undefined || Number.isNaN(destinationPort) ? 0 : destinationPort;
  if (code > 255) return `id.resp_p: "${destinationPort}" is no ICMP code`;
  return { source, sourcePort: NO_PORT, destination, destinationPort: (sourcePort << 8) | code, protocol };
}

const services = new Map<string, string>();
/** Distinct lists of services that are remembered. */
const SERVICES_KEPT = 1_000;

/**
 * Zeek's list of confirmed protocols, in the names that others use as well (`ssl` is TLS). A name with a minus in front
 * was taken back by Zeek after a violation of the protocol.
 */
function serviceOf(list: string): string {
  if (list === '') return '';
  const known = services.get(list);
  if (known !== undefined) return known;
  const service = list
    .toLowerCase()
    .split(',')
    .filter((name) => name !== '' && !name.startsWith('-'))
    .map((name) => (name === 'ssl' ? 'tls' : name))
    .join(',');
  if (services.size >= SERVICES_KEPT) services.clear();
  services.set(list, service);
  return service;
}

/** FIN 1, SYN 2, RST 4, ACK 16 by the letter of an originator's packet. */
const FLAG_OF_LETTER: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const flags: Readonly<Record<string, number>> = { S: 2, H: 18, A: 16, F: 1, R: 4 };
  return flags[String.fromCodePoint(code)] ?? 0;
});

/**
 * TCP flags of the originator as far as its letters tell: whether a FIN or RST carried an ACK, they do not say, nor
 * anything of PSH and URG.
 */
function flagsOf(history: string): number {
  let flags = 0;
  for (let index = 0; index < history.length; index += 1)
    flags |= FLAG_OF_LETTER[history.charCodeAt(index)] ?? 0;
  return flags;
}

/** An entry of conn.log as a flow, or the message of a problem. */
export function connFlow(row: ZeekRow, sampling: number): Flow | string {
  const time = row.time('ts');
  if (Number.isNaN(time)) return missing(row, 'ts');
  const endpoints = zeekEndpoints(row, '');
  if (typeof endpoints === 'string') return endpoints;
  const { source, sourcePort, destination, destinationPort, protocol } = endpoints;
  const state = row.text('conn_state');
  const history = row.text('history');
  const sourcePackets = row.count('orig_pkts');
  const destinationPackets = row.count('resp_pkts');
  const sourceBytes = row.count('orig_bytes');
  const destinationBytes = row.count('resp_bytes');
  const duration = row.interval('duration');
  if (row.fault !== undefined) return row.fault;
  const outcome =
    protocol === icmpOf(source)
      ? icmpOutcome(protocol, destinationPort >> 8, destinationPackets > 0 || destinationBytes > 0)
      : connOutcome({
          protocol,
          destinationPort,
          state,
          history,
          sourcePackets,
          destinationPackets,
          sourceBytes,
          destinationBytes,
        });
  return {
    kind: 'flow',
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol,
    duration,
    outcome: sampling > 1 ? underSampling(outcome, sampling) : outcome,
    state,
    history,
    service: serviceOf(row.text('service')),
    sourcePackets,
    destinationPackets,
    sourceBytes,
    destinationBytes,
    sourceFlags: protocol === TCP ? flagsOf(history) : 0,
    sampling,
    uid: row.text('uid'),
  };
}
