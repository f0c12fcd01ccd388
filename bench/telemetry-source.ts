/** Telemetry of a made-up day as Zeek and Suricata write it. The same seed gives the same bytes. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { connectionsOf, type BenchDay, type Connection } from './telemetry-day.ts';

/** What can be written. */
export type BenchFormat = 'zeek-tsv' | 'zeek-json' | 'suricata-eve';

const BEGIN = 1_700_000_000;

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
    one.source.startsWith('10.') ? 'T' : 'F',
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
  return `{"ts":${seconds(one.micros)},"uid":"${one.uid}","id.orig_h":"${one.source}","id.orig_p":${one.sourcePort},"id.resp_h":"${one.destination}","id.resp_p":${one.port},"proto":"${one.protocol}",${service}${sizes}"conn_state":"${one.state}","local_orig":${one.source.startsWith('10.')},"local_resp":${one.destination.startsWith('10.')},"missed_bytes":0,"history":"${one.history}","orig_pkts":${one.sourcePackets},"orig_ip_bytes":${one.sourceBytes + one.sourcePackets * 40},"resp_pkts":${one.destinationPackets},"resp_ip_bytes":${one.destinationBytes + one.destinationPackets * 40}}`;
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
export function writeTelemetry(
  path: string,
  format: BenchFormat,
  rows: number,
  day: BenchDay,
  seed = 1,
): void {
  const file = openSync(path, 'w');
  try {
    let pending = format === 'zeek-tsv' ? `${TSV_HEAD}\n` : '';
    let index = 0;
    for (const one of connectionsOf(day, rows, seed)) {
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
