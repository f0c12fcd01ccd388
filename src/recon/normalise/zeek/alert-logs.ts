import { parseIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import { NO_PORT, TCP } from '../../model/ip-protocol.ts';
import type { Endpoints, IdsAlert } from '../../model/telemetry-record.ts';
import { missing, protocolOf, UNNAMED_PROTOCOL, zeekEndpoints } from './conn.ts';
import type { ZeekRow } from './row.ts';

/** Destination of a notice about a source alone, such as an address scan. */
const NOBODY = parseIpAddress('::') as IpAddress;

/** Set aside by name, not a problem. */
export interface Unused {
  readonly skip: string;
}

/** Where a notice has no connection: its `src`, `dst` and `p`. */
function noticeEndpoints(row: ZeekRow): Endpoints | Unused | string {
  const source = row.address('src');
  if (source === undefined) return row.fault ?? { skip: 'zeek notice without an address' };
  const destination = row.address('dst') ?? NOBODY;
  const port = row.port('p');
  if (row.fault !== undefined) return row.fault;
  const protocol = protocolOf(row, source, '');
  const destinationPort = Number.isNaN(port) ? NO_PORT : port;
  return {
    source,
    sourcePort: NO_PORT,
    destination,
    destinationPort,
    protocol: protocol === UNNAMED_PROTOCOL && destinationPort !== NO_PORT ? TCP : protocol,
  };
}

function alertOf(
  row: ZeekRow,
  endpoints: Endpoints,
  provider: IdsAlert['provider'],
  signature: string,
  category: string,
): IdsAlert | string {
  const time = row.time('ts');
  if (Number.isNaN(time)) return missing(row, 'ts');
  const alert: IdsAlert = {
    kind: 'alert',
    time,
    source: endpoints.source,
    sourcePort: endpoints.sourcePort,
    destination: endpoints.destination,
    destinationPort: endpoints.destinationPort,
    protocol: endpoints.protocol,
    provider,
    signature,
    signatureId: 0,
    category,
    severity: 0,
    uid: row.text('uid'),
  };
  return row.fault ?? alert;
}

/** An entry of notice.log; one that speaks of no address (a script that was loaded) says nothing for us. */
export function noticeAlert(row: ZeekRow): IdsAlert | Unused | string {
  const note = row.text('note');
  if (note === '') return missing(row, 'note');
  const connected = row.text('id.orig_h') !== '';
  const endpoints = connected ? zeekEndpoints(row, 'tcp') : noticeEndpoints(row);
  if (typeof endpoints === 'string' || 'skip' in endpoints) return endpoints;
  return alertOf(row, endpoints, 'zeek-notice', note, row.text('msg'));
}

/** weird.log has no transport; the names of its entries begin with the analyzer's, and most analyzers are of TCP. */
function transportOfWeird(name: string): string {
  if (/^(?:dns_|udp_|dhcp|ntp|snmp|quic)/i.test(name)) return 'udp';
  return /^icmp/i.test(name) ? 'icmp' : 'tcp';
}

/** An entry of weird.log; one without a connection is about a packet, or Zeek itself. */
export function weirdAlert(row: ZeekRow): IdsAlert | Unused | string {
  const name = row.text('name');
  if (name === '') return missing(row, 'name');
  if (row.text('id.orig_h') === '') return { skip: 'zeek weird without a connection' };
  const endpoints = zeekEndpoints(row, transportOfWeird(name));
  if (typeof endpoints === 'string') return endpoints;
  return alertOf(row, endpoints, 'zeek-weird', name, row.text('addl'));
}
