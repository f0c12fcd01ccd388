import type { RecordSink } from '../../model/reader.ts';
import type { TelemetryRecord } from '../../model/telemetry-record.ts';
import { noticeAlert, weirdAlert, type Unused } from './alert-logs.ts';
import { APP_LOGS, appEvent } from './app-logs.ts';
import { connFlow } from './conn.ts';
import type { ZeekRow } from './row.ts';

/** Makes a record of a row, or says why there is none: set aside by name, or, as a string, the message of a problem. */
export type EntryReader = (row: ZeekRow) => TelemetryRecord | Unused | string;

/** Corelight's reduced logs have the same fields. */
const REDUCED = '_red';

/** How entries of the log are read; undefined when the log says nothing for us. */
export function entryReader(path: string, sampling: number): EntryReader | undefined {
  const name = path.endsWith(REDUCED) ? path.slice(0, -REDUCED.length) : path;
  switch (name) {
    case 'conn':
      return (row) => connFlow(row, sampling);
    case 'notice':
      return noticeAlert;
    case 'weird':
      return weirdAlert;
    default: {
      const log = APP_LOGS.get(name);
      return log && ((row) => appEvent(row, log));
    }
  }
}

/** What a log that is not read is counted as. The name comes from the file, so that only a plain one is repeated. */
export function unusedLog(path: string): string {
  return /^[a-z][a-z0-9_]{0,39}$/.test(path) ? `zeek ${path}` : 'zeek log that is not known';
}

/** Hands on what became of a line. */
export function hand(made: TelemetryRecord | Unused | string, line: number, sink: RecordSink): void {
  if (typeof made === 'string') sink.problem(made, line);
  else if ('skip' in made) sink.skip(made.skip, line);
  else sink.record(made, line);
}

/** Fields that only one log has, in the order in which they are looked for. The rest is told by `_path` alone. */
const TELLING: readonly (readonly [path: string, ...fields: string[]])[] = [
  ['conn', 'conn_state'],
  ['notice', 'note'],
  ['dns', 'trans_id'],
  ['dns', 'qtype'],
  ['dns', 'qtype_name'],
  ['sip', 'call_id'],
  ['sip', 'request_from'],
  ['http', 'trans_depth'],
  ['http', 'method', 'uri'],
  ['quic', 'client_initial_dcid'],
  ['ssl', 'established'],
  ['ssl', 'cipher'],
  ['ssl', 'server_name'],
  ['ssh', 'auth_attempts'],
  ['ssh', 'kex_alg'],
  ['ssh', 'auth_success'],
  ['smb_mapping', 'share_type'],
  ['smb_files', 'action', 'name', 'path'],
  ['smb_cmd', 'command', 'sub_command'],
  ['kerberos', 'request_type'],
  ['ntlm', 'domainname'],
  ['ntlm', 'server_nb_computer_name'],
  ['rdp', 'security_protocol'],
  ['rdp', 'cookie'],
  ['rfb', 'authentication_method'],
  ['ftp', 'command', 'reply_code'],
  ['dce_rpc', 'operation', 'endpoint'],
  ['mysql', 'cmd', 'arg'],
  ['tunnel', 'tunnel_type'],
  ['files', 'fuid'],
  ['dpd', 'analyzer'],
  ['weird', 'name', 'notice'],
  ['weird', 'name', 'peer'],
  ['conn', 'proto', 'history'],
  ['conn', 'proto', 'orig_pkts'],
  ['conn', 'proto', 'orig_ip_bytes'],
];

/** The log that an entry belongs to by its fields alone; undefined when they do not say. */
export function logByFields(has: (field: string) => boolean): string | undefined {
  for (const [path, ...fields] of TELLING) if (fields.every(has)) return path;
  return undefined;
}
