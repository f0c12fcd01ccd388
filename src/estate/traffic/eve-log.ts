import { isIpv6 } from '../../net/ip-address.ts';
import { ARP, ICMP, ICMP6, TCP, UDP } from '../../recon/model/ip-protocol.ts';
import type {
  AppEvent,
  Endpoints,
  Flow,
  IdsAlert,
  TelemetryRecord,
} from '../../recon/model/telemetry-record.ts';
import { endOf, eveTime, responderFlags } from './log-line.ts';

/** Seconds after its last packet that Suricata writes a flow (flow-timeouts, default `new`). */
const FLOW_TIMEOUT = 30e6;

type EveLine = readonly [written: number, line: string];

/**
 * Records as lines of Suricata's eve.json, in the order in which Suricata would write them: a flow when it is over.
 * Without what it does not write: ARP flows and the opinions and process events of others.
 */
export function eveJson(records: Iterable<TelemetryRecord>): string {
  const lines: EveLine[] = [];
  for (const record of records) {
    const line = eveLine(record);
    if (line !== undefined) lines.push(line);
  }
  return lines
    .toSorted((a, b) => a[0] - b[0])
    .map(([, line]) => `${line}\n`)
    .join('');
}

function eveLine(record: TelemetryRecord): EveLine | undefined {
  switch (record.kind) {
    case 'flow': {
      if (record.protocol === ARP) return undefined;
      const written = endOf(record) + FLOW_TIMEOUT;
      // Whose packet comes first is the client: where the originator's were not seen, it is the other side.
      const flow = record.sourcePackets === 0 ? turned(record) : record;
      return [written, JSON.stringify({ timestamp: eveTime(endOf(record)), ...flowOf(flow) })];
    }
    case 'app': {
      const said = saidOf(record);
      if (said === undefined) return undefined;
      return [record.time, JSON.stringify({ ...head(record, record.service), [record.service]: said })];
    }
    case 'alert':
      return record.provider === 'suricata' ? [record.time, JSON.stringify(alertOf(record))] : undefined;
    case 'process':
      return undefined;
    default:
      return record satisfies never;
  }
}

function turned(flow: Flow): Flow {
  return {
    ...flow,
    source: flow.destination,
    sourcePort: flow.destinationPort,
    destination: flow.source,
    destinationPort: flow.sourcePort,
    sourcePackets: flow.destinationPackets,
    destinationPackets: flow.sourcePackets,
    sourceBytes: flow.destinationBytes,
    destinationBytes: flow.sourceBytes,
  };
}

/** A number for the text that other sensors call a conversation by: the same for the same. */
function flowId(uid: string): number {
  let id = 17;
  for (const char of uid) id = (id * 31 + (char.codePointAt(0) ?? 0)) % 2_251_799_813_685_248;
  return id;
}

function endpointsOf(record: Endpoints): object {
  const { source, sourcePort, destination, destinationPort, protocol } = record;
  const ends = { src_ip: source, dest_ip: destination };
  if (protocol === ICMP || protocol === ICMP6)
    return {
      ...ends,
      proto: protocol === ICMP ? 'ICMP' : 'IPv6-ICMP',
      icmp_type: destinationPort >> 8,
      icmp_code: destinationPort & 0xff,
    };
  const ports = { src_port: sourcePort, dest_port: destinationPort };
  return { ...ends, ...ports, proto: protocol === TCP ? 'TCP' : protocol === UDP ? 'UDP' : String(protocol) };
}

function head(record: AppEvent | IdsAlert, type: string): object {
  const { time, uid } = record;
  return { timestamp: eveTime(time), flow_id: flowId(uid), event_type: type, ...endpointsOf(record) };
}

/** Whole packets are counted: Ethernet, IP, and TCP with timestamps or UDP. */
function framed(flow: Flow, bytes: number, packets: number): number {
  return bytes + packets * (14 + (isIpv6(flow.source) ? 40 : 20) + (flow.protocol === TCP ? 32 : 8));
}

function flowOf(flow: Flow): object {
  const tcp = flow.protocol === TCP;
  // Only sessions that begin with a SYN are followed, so of others no flags are known.
  const followed = tcp && flow.history.startsWith('S');
  const forward = followed ? flow.sourceFlags : 0;
  const backward = followed ? responderFlags(flow.history) : 0;
  const hex = (flags: number): string => flags.toString(16).padStart(2, '0');
  return {
    flow_id: flowId(flow.uid),
    event_type: 'flow',
    ...endpointsOf(flow),
    ...(flow.service === '' ? {} : { app_proto: flow.service }),
    flow: {
      pkts_toserver: flow.sourcePackets,
      pkts_toclient: flow.destinationPackets,
      bytes_toserver: framed(flow, flow.sourceBytes, flow.sourcePackets),
      bytes_toclient: framed(flow, flow.destinationBytes, flow.destinationPackets),
      start: eveTime(flow.time),
      end: eveTime(endOf(flow)),
      age: Math.floor(flow.duration / 1e6),
      state:
        tcp && flow.outcome === 'answered' ? 'closed' : flow.outcome === 'answered' ? 'established' : 'new',
      reason: 'timeout',
      alerted: false,
    },
    ...(tcp
      ? {
          tcp: {
            tcp_flags: hex(forward | backward),
            tcp_flags_ts: hex(forward),
            tcp_flags_tc: hex(backward),
          },
        }
      : {}),
  };
}

function saidOf(event: AppEvent): object | undefined {
  switch (event.service) {
    case 'http':
      return {
        hostname: event.name,
        url: event.target,
        http_user_agent: event.agent,
        http_method: event.action,
        protocol: 'HTTP/1.1',
        ...(event.status === '' ? {} : { status: Number(event.status) }),
      };
    case 'tls':
      return {
        ...(event.name === '' ? {} : { sni: event.name }),
        version: event.accepted === false ? 'UNDETERMINED' : 'TLS 1.3',
        ...(event.accepted === true ? { subject: `CN=${event.name}`, issuerdn: 'CN=Example CA' } : {}),
        ...(event.ja3 === '' ? {} : { ja3: { hash: event.ja3 } }),
        ...(event.ja4 === '' ? {} : { ja4: event.ja4 }),
      };
    case 'dns':
      return { version: 2, type: 'answer', rrname: event.name, rrtype: event.action, rcode: event.status };
    case 'ssh':
      return {
        client: {
          proto_version: '2.0',
          software_version: event.agent.replace(/^SSH-2\.0-/, ''),
          ...(event.hassh === '' ? {} : { hassh: { hash: event.hassh } }),
        },
      };
    case 'smb':
      return {
        command: `SMB2_COMMAND_${event.action}`,
        share: event.name,
        status: event.accepted === false ? 'STATUS_ACCESS_DENIED' : 'STATUS_SUCCESS',
      };
    default:
      return undefined;
  }
}

function alertOf(alert: IdsAlert): object {
  return {
    ...head(alert, 'alert'),
    alert: {
      action: 'allowed',
      gid: 1,
      signature_id: alert.signatureId,
      rev: 1,
      signature: alert.signature,
      category: alert.category,
      severity: alert.severity,
    },
    direction: 'to_server',
  };
}
