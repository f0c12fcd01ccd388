import { ARP, ICMP, ICMP6, TCP, UDP } from '../../recon/model/ip-protocol.ts';
import type {
  AppEvent,
  Endpoints,
  Flow,
  IdsAlert,
  TelemetryRecord,
} from '../../recon/model/telemetry-record.ts';
import { decimalSeconds } from './log-line.ts';

/*
 * Records as Zeek 8 would have logged them, by its ASCII writer: tab-separated, header and all. What a record does not
 * say is unset. Columns are those that Zeek writes by default, and ja3, ja4 and hassh of the packages of these names.
 */

type Column<R> = readonly [name: string, type: string, value: (record: R) => string];

const UNSET = '-';

/** conn.log. Without ARP, of which Zeek keeps no such log, and without records that are no flows. */
export function zeekConnTsv(records: Iterable<TelemetryRecord>): string {
  const flows: Flow[] = [];
  for (const record of records) {
    if (record.kind === 'flow' && record.protocol !== ARP) flows.push(record);
  }
  return log('conn', CONN, flows);
}

/** http.log. */
export function zeekHttpTsv(records: Iterable<TelemetryRecord>): string {
  return log('http', HTTP, eventsOf(records, 'http'));
}

/** dns.log. */
export function zeekDnsTsv(records: Iterable<TelemetryRecord>): string {
  return log('dns', DNS, eventsOf(records, 'dns'));
}

/** ssl.log. */
export function zeekSslTsv(records: Iterable<TelemetryRecord>): string {
  return log('ssl', SSL, eventsOf(records, 'tls'));
}

/** ssh.log. */
export function zeekSshTsv(records: Iterable<TelemetryRecord>): string {
  return log('ssh', SSH, eventsOf(records, 'ssh'));
}

/** smb_mapping.log. */
export function zeekSmbMappingTsv(records: Iterable<TelemetryRecord>): string {
  return log('smb_mapping', SMB_MAPPING, eventsOf(records, 'smb'));
}

/** weird.log: what Zeek itself found odd. Alerts of others are in no log of Zeek's. */
export function zeekWeirdTsv(records: Iterable<TelemetryRecord>): string {
  const weirds: IdsAlert[] = [];
  for (const record of records) {
    if (record.kind === 'alert' && record.provider === 'zeek-weird') weirds.push(record);
  }
  return log('weird', WEIRD, weirds);
}

function eventsOf(records: Iterable<TelemetryRecord>, service: string): AppEvent[] {
  const events: AppEvent[] = [];
  for (const record of records) if (record.kind === 'app' && record.service === service) events.push(record);
  return events;
}

function log<R>(path: string, columns: readonly Column<R>[], records: readonly R[]): string {
  const lines = [
    String.raw`#separator \x09`,
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${path}`,
    `#fields\t${columns.map(([name]) => name).join('\t')}`,
    `#types\t${columns.map(([, type]) => type).join('\t')}`,
  ];
  for (const record of records) lines.push(columns.map(([, , value]) => value(record)).join('\t'));
  return `${lines.join('\n')}\n`;
}

/** Backslashes, and bytes that are no printable ASCII nor UTF-8 letters, are escaped; a text that looks unset too. */
function text(value: string): string {
  if (value === '') return UNSET;
  if (value === UNSET) return String.raw`\x2d`;
  if (value === '(empty)') return String.raw`\x28empty)`;
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll(/[\u0000-\u001F\u007F]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`); // eslint-disable-line no-control-regex -- control characters are what has to be escaped
}

function truth(value: boolean | undefined): string {
  return value === undefined ? UNSET : value ? 'T' : 'F';
}

/** Zeek's list of analyzers says `ssl` for TLS. */
function analyzers(service: string): string {
  return text(service.replace(/(^|,)tls(?=,|$)/, '$1ssl'));
}

function transport(protocol: number): string {
  if (protocol === TCP) return 'tcp';
  if (protocol === UDP) return 'udp';
  return protocol === ICMP || protocol === ICMP6 ? 'icmp' : 'unknown_transport';
}

/** What answers an ICMP request (RFC 792, RFC 4443, RFC 4861): Zeek logs it as the responder's port. */
const COUNTERPARTS: Readonly<Record<number, number>> = { 8: 0, 128: 129, 133: 134, 135: 136 };

function isIcmp({ protocol }: Endpoints): boolean {
  return protocol === ICMP || protocol === ICMP6;
}

function originatorPort(record: Endpoints): string {
  return String(isIcmp(record) ? record.destinationPort >> 8 : record.sourcePort);
}

function responderPort(record: Endpoints): string {
  if (!isIcmp(record)) return String(record.destinationPort);
  return String(COUNTERPARTS[record.destinationPort >> 8] ?? record.destinationPort & 0xff);
}

/** Columns that every log begins with. */
const ENDPOINTS: readonly Column<Endpoints & { readonly time: number; readonly uid: string }>[] = [
  ['ts', 'time', ({ time }) => decimalSeconds(time)],
  ['uid', 'string', ({ uid }) => text(uid)],
  ['id.orig_h', 'addr', ({ source }) => source],
  ['id.orig_p', 'port', originatorPort],
  ['id.resp_h', 'addr', ({ destination }) => destination],
  ['id.resp_p', 'port', responderPort],
];

const count =
  (value: (flow: Flow) => number) =>
  (flow: Flow): string =>
    String(value(flow));

const CONN: readonly Column<Flow>[] = [
  ...ENDPOINTS,
  ['proto', 'enum', ({ protocol }) => transport(protocol)],
  ['service', 'string', ({ service }) => analyzers(service)],
  ['duration', 'interval', ({ duration }) => (duration === 0 ? UNSET : decimalSeconds(duration))],
  ['orig_bytes', 'count', count((flow) => flow.sourceBytes)],
  ['resp_bytes', 'count', count((flow) => flow.destinationBytes)],
  ['conn_state', 'string', ({ state }) => text(state)],
  ['local_orig', 'bool', () => UNSET],
  ['local_resp', 'bool', () => UNSET],
  ['missed_bytes', 'count', () => '0'],
  ['history', 'string', ({ history }) => text(history)],
  ['orig_pkts', 'count', count((flow) => flow.sourcePackets)],
  // IP and TCP headers, 40 bytes a packet.
  ['orig_ip_bytes', 'count', count((flow) => flow.sourceBytes + 40 * flow.sourcePackets)],
  ['resp_pkts', 'count', count((flow) => flow.destinationPackets)],
  ['resp_ip_bytes', 'count', count((flow) => flow.destinationBytes + 40 * flow.destinationPackets)],
  ['tunnel_parents', 'set[string]', () => UNSET],
];

const HTTP: readonly Column<AppEvent>[] = [
  ...ENDPOINTS,
  ['trans_depth', 'count', () => '1'],
  ['method', 'string', ({ action }) => text(action)],
  ['host', 'string', ({ name }) => text(name)],
  ['uri', 'string', ({ target }) => text(target)],
  ['referrer', 'string', () => UNSET],
  ['version', 'string', () => '1.1'],
  ['user_agent', 'string', ({ agent }) => text(agent)],
  ['request_body_len', 'count', () => '0'],
  ['response_body_len', 'count', () => '0'],
  ['status_code', 'count', ({ status }) => text(status)],
  ['status_msg', 'string', () => UNSET],
];

const DNS: readonly Column<AppEvent>[] = [
  ...ENDPOINTS,
  ['proto', 'enum', ({ protocol }) => transport(protocol)],
  ['trans_id', 'count', ({ sourcePort }) => String(sourcePort)],
  ['query', 'string', ({ name }) => text(name)],
  ['qclass_name', 'string', () => 'C_INTERNET'],
  ['qtype_name', 'string', ({ action }) => text(action)],
  ['rcode_name', 'string', ({ status }) => text(status)],
  ['rejected', 'bool', () => 'F'],
];

const SSL: readonly Column<AppEvent>[] = [
  ...ENDPOINTS,
  ['version', 'string', () => 'TLSv13'],
  ['server_name', 'string', ({ name }) => text(name)],
  ['last_alert', 'string', ({ status }) => text(status)],
  ['established', 'bool', ({ accepted }) => truth(accepted)],
  ['ja3', 'string', ({ ja3 }) => text(ja3)],
  ['ja4', 'string', ({ ja4 }) => text(ja4)],
];

const SSH: readonly Column<AppEvent>[] = [
  ...ENDPOINTS,
  ['version', 'count', () => '2'],
  ['auth_success', 'bool', ({ accepted }) => truth(accepted)],
  ['auth_attempts', 'count', () => '1'],
  ['client', 'string', ({ agent }) => text(agent)],
  ['hassh', 'string', ({ hassh }) => text(hassh)],
];

const SMB_MAPPING: readonly Column<AppEvent>[] = [
  ...ENDPOINTS,
  ['path', 'string', ({ name }) => text(name)],
  ['service', 'string', () => UNSET],
  ['native_file_system', 'string', () => UNSET],
  ['share_type', 'string', () => 'DISK'],
];

const WEIRD: readonly Column<IdsAlert>[] = [
  ...ENDPOINTS,
  ['name', 'string', ({ signature }) => text(signature)],
  ['addl', 'string', ({ category }) => text(category)],
  ['notice', 'bool', () => 'F'],
  ['peer', 'string', () => 'zeek'],
];
