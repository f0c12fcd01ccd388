import type { AppEvent } from '../../model/telemetry-record.ts';
import { missing, zeekEndpoints } from './conn.ts';
import type { ZeekRow } from './row.ts';

/** How one application log is read: which of Zeek's fields says what. Missing texts are empty. */
interface AppLog {
  readonly service: string;
  /** Transport where the log has no `proto`. */
  readonly transport: 'tcp' | 'udp';
  readonly action?: (row: ZeekRow) => string;
  readonly name?: (row: ZeekRow) => string;
  readonly target?: (row: ZeekRow) => string;
  readonly agent?: (row: ZeekRow) => string;
  readonly status?: (row: ZeekRow) => string;
  readonly accepted?: (row: ZeekRow) => boolean | undefined;
  readonly fingerprints?: true;
}

const field =
  (name: string) =>
  (row: ZeekRow): string =>
    row.text(name);

/** The first of several fields that has a value: spellings of different versions. */
const firstOf =
  (...names: readonly string[]) =>
  (row: ZeekRow): string => {
    for (const name of names) {
      const text = row.text(name);
      if (text !== '') return text;
    }
    return '';
  };

const flag =
  (name: string) =>
  (row: ZeekRow): boolean | undefined => {
    const text = row.text(name);
    return text === 'T' || text === 'true' ? true : text === 'F' || text === 'false' ? false : undefined;
  };

/** `success` or `failure` of a login. */
const login = (name: string) => {
  const accepted = flag(name);
  return (row: ZeekRow): string => {
    const went = accepted(row);
    return went === undefined ? '' : went ? 'success' : 'failure';
  };
};

/** Whether there was any answer. */
const answered =
  (name: string) =>
  (row: ZeekRow): boolean =>
    row.text(name) !== '';

const equals =
  (name: string, ...good: readonly string[]) =>
  (row: ZeekRow): boolean | undefined => {
    const text = row.text(name).toLowerCase();
    return text === '' ? undefined : good.includes(text);
  };

/**
 * The application logs that are read, by their `#path` or `_path`. Fields: Zeek 8.2, `scripts/base/protocols/…/main.zeek`;
 * ja3, ja4 and hassh are those of the packages of these names.
 */
export const APP_LOGS: ReadonlyMap<string, AppLog> = new Map<string, AppLog>([
  [
    'http',
    {
      service: 'http',
      transport: 'tcp',
      action: field('method'),
      name: field('host'),
      target: field('uri'),
      agent: field('user_agent'),
      status: field('status_code'),
      accepted: answered('status_code'),
      fingerprints: true,
    },
  ],
  [
    'ssl',
    {
      service: 'tls',
      transport: 'tcp',
      name: field('server_name'),
      status: field('last_alert'),
      accepted: flag('established'),
      fingerprints: true,
    },
  ],
  [
    'quic',
    {
      service: 'quic',
      transport: 'udp',
      name: field('server_name'),
      accepted: answered('server_scid'),
      fingerprints: true,
    },
  ],
  [
    'dns',
    {
      service: 'dns',
      transport: 'udp',
      action: firstOf('qtype_name', 'qtype'),
      name: field('query'),
      status: firstOf('rcode_name', 'rcode'),
      accepted: (row) => (row.text('rejected') === 'T' ? false : firstOf('rcode_name', 'rcode')(row) !== ''),
    },
  ],
  [
    'ssh',
    {
      service: 'ssh',
      transport: 'tcp',
      agent: field('client'),
      status: login('auth_success'),
      accepted: flag('auth_success'),
      fingerprints: true,
    },
  ],
  ['smb_mapping', { service: 'smb', transport: 'tcp', action: () => 'TREE_CONNECT', name: field('path') }],
  [
    'smb_files',
    {
      service: 'smb',
      transport: 'tcp',
      action: (row) => row.text('action').replace(/^SMB::/, ''),
      name: field('path'),
      target: field('name'),
    },
  ],
  [
    'smb_cmd',
    {
      service: 'smb',
      transport: 'tcp',
      action: field('command'),
      name: field('tree'),
      target: field('argument'),
      status: field('status'),
      accepted: equals('status', 'success'),
    },
  ],
  [
    'dce_rpc',
    {
      service: 'dce_rpc',
      transport: 'tcp',
      action: field('operation'),
      name: field('endpoint'),
      target: field('named_pipe'),
    },
  ],
  [
    'ntlm',
    {
      service: 'ntlm',
      transport: 'tcp',
      name: field('domainname'),
      target: field('username'),
      agent: field('hostname'),
      status: login('success'),
      accepted: flag('success'),
    },
  ],
  [
    'kerberos',
    {
      service: 'kerberos',
      transport: 'tcp',
      action: field('request_type'),
      name: field('service'),
      target: field('client'),
      status: (row) => row.text('error_msg') || login('success')(row),
      accepted: flag('success'),
    },
  ],
  [
    'rdp',
    {
      service: 'rdp',
      transport: 'tcp',
      target: field('cookie'),
      agent: field('client_name'),
      status: field('result'),
      // `encrypted` means that Zeek could see no further.
      accepted: (row) =>
        row.text('result').toLowerCase() === 'encrypted' ? undefined : equals('result', 'success')(row),
    },
  ],
  [
    'rfb',
    {
      service: 'rfb',
      transport: 'tcp',
      action: field('authentication_method'),
      name: field('desktop_name'),
      status: login('auth'),
      accepted: flag('auth'),
    },
  ],
  [
    'ftp',
    {
      service: 'ftp',
      transport: 'tcp',
      action: field('command'),
      name: field('user'),
      target: field('arg'),
      status: field('reply_code'),
      // RFC 959, 4.2.1: codes from 400 on refuse.
      accepted: (row) => (row.text('reply_code') === '' ? undefined : row.count('reply_code') < 400),
    },
  ],
  [
    'sip',
    {
      service: 'sip',
      transport: 'udp',
      action: field('method'),
      target: field('uri'),
      agent: field('user_agent'),
      status: field('status_code'),
      accepted: answered('status_code'),
    },
  ],
  [
    'ldap',
    {
      service: 'ldap',
      transport: 'tcp',
      action: firstOf('opcode', 'opcodes'),
      name: firstOf('object', 'objects'),
      status: firstOf('result', 'results'),
      accepted: equals('result', 'success'),
    },
  ],
  [
    'ldap_search',
    {
      service: 'ldap',
      transport: 'tcp',
      action: () => 'search',
      name: firstOf('base_object', 'base_objects'),
      target: field('filter'),
      status: firstOf('result', 'results'),
      accepted: equals('result', 'success'),
    },
  ],
  [
    'mysql',
    {
      service: 'mysql',
      transport: 'tcp',
      action: field('cmd'),
      target: field('arg'),
      status: login('success'),
      accepted: flag('success'),
    },
  ],
]);

const none = (): string => '';
const unknown = (): undefined => undefined;

/** An entry of an application log as an event, or the message of a problem. */
export function appEvent(row: ZeekRow, log: AppLog): AppEvent | string {
  const time = row.time('ts');
  if (Number.isNaN(time)) return missing(row, 'ts');
  const endpoints = zeekEndpoints(row, log.transport);
  if (typeof endpoints === 'string') return endpoints;
  const event: AppEvent = {
    kind: 'app',
    time,
    source: endpoints.source,
    sourcePort: endpoints.sourcePort,
    destination: endpoints.destination,
    destinationPort: endpoints.destinationPort,
    protocol: endpoints.protocol,
    service: log.service,
    action: (log.action ?? none)(row),
    name: (log.name ?? none)(row),
    target: (log.target ?? none)(row),
    agent: (log.agent ?? none)(row),
    status: (log.status ?? none)(row),
    accepted: (log.accepted ?? unknown)(row),
    ja3: log.fingerprints ? row.text('ja3') : '',
    ja4: log.fingerprints ? firstOf('ja4', 'ja4h', 'ja4ssh')(row) : '',
    hassh: log.fingerprints ? row.text('hassh') : '',
    uid: row.text('uid'),
  };
  return row.fault ?? event;
}
