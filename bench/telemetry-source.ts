/**
 * Telemetry of a made-up site, for benches: 5,000 workstations that browse, resolve and use a few servers, and 20
 * sources that scan (one line of forty: horizontal on one port, vertical on one host, and a block), over one day. The
 * same seed gives the same bytes.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** What can be written. */
export type BenchFormat = 'zeek-tsv' | 'zeek-json' | 'suricata-eve';

const BEGIN = 1_700_000_000;
const DAY = 86_400;
const SERVICES = [
  [443, 'ssl'],
  [80, 'http'],
  [53, 'dns'],
  [22, 'ssh'],
  [445, 'smb'],
  [8080, 'http'],
  [123, 'ntp'],
  [25, 'smtp'],
  [3389, 'rdp'],
  [5432, '-'],
  [993, 'ssl'],
  [88, 'krb_tcp'],
  [389, 'ldap_tcp'],
  [139, '-'],
  [8443, 'ssl'],
  [5353, 'dns'],
] as const;
const HORIZONTAL = [445, 22, 3389, 23, 1433, 80, 6379, 5900] as const;
/** Zeek's states with the history that goes with each; the first are the most common. */
const STATES = [
  ['SF', 'ShADadFf'],
  ['S0', 'S'],
  ['REJ', 'Sr'],
  ['RSTO', 'ShADadR'],
  ['RSTR', 'ShADadr'],
  ['OTH', 'Dd'],
  ['S1', 'ShADad'],
  ['SHR', 'h'],
] as const;
const SCAN_STATES = [STATES[1], STATES[2], ['RSTO', 'ShR'], STATES[4], STATES[0]] as const;

/** mulberry32: 32 bits of state, good enough for a mix. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

interface Connection {
  readonly micros: number;
  readonly uid: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly service: string;
  readonly state: string;
  readonly history: string;
  readonly duration: string;
  readonly sourceBytes: number;
  readonly destinationBytes: number;
  readonly sourcePackets: number;
  readonly destinationPackets: number;
}

function address(first: number, second: number, rest: number): string {
  return `${first}.${second}.${(rest >> 8) & 255}.${rest & 255}`;
}

function* connections(rows: number, seed: number): Generator<Connection> {
  const next = random(seed);
  const pick = <T>(from: readonly T[], skew: number): T =>
    from[Math.floor(next() ** skew * from.length)] as T;
  for (let index = 0; index < rows; index += 1) {
    const scans = index % 40 === 0;
    const turn = Math.floor(index / 40);
    const who = turn % 20;
    const step = Math.floor(turn / 20);
    const [port, service] = scans ? [0, '-'] : pick(SERVICES, 2);
    const [state, history] = scans ? pick(SCAN_STATES, 3) : pick(STATES, 5);
    const silent = state === 'S0' || state === 'REJ';
    const ported = scans
      ? who < 8
        ? (HORIZONTAL[who] ?? 445)
        : who < 16
          ? 1 + (step % 65_535)
          : 1 + Math.floor(next() * 1024)
      : next() < 0.02
        ? 1024 + Math.floor(next() * 60_000)
        : port;
    const destination = scans
      ? who < 8
        ? address(10, 2, step % 60_000)
        : who < 16
          ? address(10, 2, who)
          : address(10, 2, Math.floor(next() * 2000))
      : next() < 0.33
        ? address(10, 2, Math.floor(next() ** 3 * 2000))
        : address(93, 184, Math.floor(next() ** 3 * 60_000));
    let uid = 'C';
    for (let letter = 0; letter < 17; letter += 1) uid += ALPHABET[Math.floor(next() * 62)];
    yield {
      micros: Math.floor((index * DAY * 1e6) / rows) + Math.floor(next() * 1000),
      uid,
      source: scans ? address(10, 9, 9 * 256 + who) : address(10, 1, Math.floor(next() ** 2 * 5000)),
      sourcePort: 1024 + Math.floor(next() * 60_000),
      destination,
      port: ported,
      protocol: ported === 53 || ported === 123 || ported === 5353 ? 'udp' : 'tcp',
      service,
      state,
      history,
      duration: silent ? '' : (next() ** 4 * 300).toFixed(6),
      sourceBytes: silent ? 0 : Math.floor(next() * 5000),
      destinationBytes: silent ? 0 : Math.floor(next() ** 6 * 5_000_000),
      sourcePackets: 1 + Math.floor(next() * 40),
      destinationPackets: state === 'S0' ? 0 : 1 + Math.floor(next() * 60),
    };
  }
}

function seconds(micros: number): string {
  return `${BEGIN + Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
}

function zeekTsv(one: Connection): string {
  const known = one.duration !== '';
  return [
    seconds(one.micros),
    one.uid,
    one.source,
    one.sourcePort,
    one.destination,
    one.port,
    one.protocol,
    one.service,
    known ? one.duration : '-',
    known ? one.sourceBytes : '-',
    known ? one.destinationBytes : '-',
    one.state,
    'T',
    one.destination.startsWith('10.') ? 'T' : 'F',
    0,
    one.history,
    one.sourcePackets,
    one.sourceBytes + one.sourcePackets * 40,
    one.destinationPackets,
    one.destinationBytes + one.destinationPackets * 40,
    '-',
  ].join('\t');
}

function zeekJson(one: Connection): string {
  const known = one.duration !== '';
  const service = one.service === '-' ? '' : `"service":"${one.service}",`;
  const sizes = known
    ? `"duration":${one.duration},"orig_bytes":${one.sourceBytes},"resp_bytes":${one.destinationBytes},`
    : '';
  return `{"ts":${seconds(one.micros)},"uid":"${one.uid}","id.orig_h":"${one.source}","id.orig_p":${one.sourcePort},"id.resp_h":"${one.destination}","id.resp_p":${one.port},"proto":"${one.protocol}",${service}${sizes}"conn_state":"${one.state}","local_orig":true,"local_resp":${one.destination.startsWith('10.')},"missed_bytes":0,"history":"${one.history}","orig_pkts":${one.sourcePackets},"orig_ip_bytes":${one.sourceBytes + one.sourcePackets * 40},"resp_pkts":${one.destinationPackets},"resp_ip_bytes":${one.destinationBytes + one.destinationPackets * 40}}`;
}

function suricataEve(one: Connection, index: number): string {
  const at = `${new Date(BEGIN * 1000 + Math.floor(one.micros / 1000)).toISOString().slice(0, 23)}${String(one.micros % 1000).padStart(3, '0')}+0000`;
  const app = one.service === '-' ? 'failed' : one.service === 'ssl' ? 'tls' : one.service;
  const answered = one.destinationPackets > 0;
  const flags = one.history.toLowerCase();
  const tcp =
    one.protocol === 'tcp'
      ? `,"tcp":{"tcp_flags":"1b","tcp_flags_ts":"${one.state === 'S0' ? '02' : '1b'}","tcp_flags_tc":"${one.state === 'REJ' ? '14' : answered ? '1b' : '00'}","syn":true,"fin":${flags.includes('f')},"rst":${flags.includes('r')},"psh":true,"ack":${answered},"state":"${one.state === 'S0' ? 'syn_sent' : 'closed'}"}`
      : '';
  return `{"timestamp":"${at}","flow_id":${1e12 + index},"in_iface":"eth0","event_type":"flow","src_ip":"${one.source}","src_port":${one.sourcePort},"dest_ip":"${one.destination}","dest_port":${one.port},"proto":"${one.protocol.toUpperCase()}","app_proto":"${app}","flow":{"pkts_toserver":${one.sourcePackets},"pkts_toclient":${one.destinationPackets},"bytes_toserver":${one.sourceBytes + one.sourcePackets * 40},"bytes_toclient":${one.destinationBytes + one.destinationPackets * 40},"start":"${at}","end":"${at}","age":0,"state":"${answered ? 'closed' : 'new'}","reason":"timeout","alerted":false}${tcp}}`;
}

const TSV_HEAD = [
  String.raw`#separator \x09`,
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#open\t2023-11-14-22-13-20',
  `#fields\t${['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'duration', 'orig_bytes', 'resp_bytes', 'conn_state', 'local_orig', 'local_resp', 'missed_bytes', 'history', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes', 'tunnel_parents'].join('\t')}`,
  `#types\t${['time', 'string', 'addr', 'port', 'addr', 'port', 'enum', 'string', 'interval', 'count', 'count', 'string', 'bool', 'bool', 'count', 'string', 'count', 'count', 'count', 'count', 'set[string]'].join('\t')}`,
].join('\n');

/** Writes a file; a megabyte at a time, so that it may be larger than memory. */
export function writeTelemetry(path: string, format: BenchFormat, rows: number, seed = 1): void {
  const file = openSync(path, 'w');
  try {
    let pending = format === 'zeek-tsv' ? `${TSV_HEAD}\n` : '';
    let index = 0;
    for (const one of connections(rows, seed)) {
      pending +=
        format === 'zeek-tsv'
          ? zeekTsv(one)
          : format === 'zeek-json'
            ? zeekJson(one)
            : suricataEve(one, index);
      pending += '\n';
      index += 1;
      if (pending.length > 1 << 20) {
        writeSync(file, pending);
        pending = '';
      }
    }
    writeSync(file, pending);
  } finally {
    closeSync(file);
  }
}
