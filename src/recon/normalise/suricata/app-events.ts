import type { Instant } from '../../../time/instant.ts';
import { UDP } from '../../model/ip-protocol.ts';
import type { AppEvent, Endpoints } from '../../model/telemetry-record.ts';
import { looksLikeAnswer } from '../flag-outcome.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { part, serviceOf, textOf, turned, type EveFields } from './eve-fields.ts';

/** What an application event says above its endpoints; what is left out is empty. */
type Said = Partial<
  Pick<AppEvent, 'action' | 'name' | 'target' | 'agent' | 'status' | 'accepted' | 'ja3' | 'ja4' | 'hassh'>
>;

/** Questions of one DNS message that become events. Real messages have one (RFC 9619). */
const QUESTIONS = 16;

/** A fingerprint, written as text or as an object with its hash. */
function fingerprint(object: JsonObject, field: string): string {
  const value = object[field];
  return isJsonObject(value) ? textOf(value, 'hash') : textOf(object, field);
}

function http(said: JsonObject): Said {
  const status = textOf(said, 'status');
  return {
    action: textOf(said, 'http_method'),
    name: textOf(said, 'hostname'),
    target: textOf(said, 'url'),
    agent: textOf(said, 'http_user_agent'),
    status,
    accepted: status !== '',
    ja4: textOf(said, 'ja4h'),
  };
}

function tls(said: JsonObject): Said {
  // The server's side of the handshake, as far as any of it was seen.
  const served = ['subject', 'issuerdn', 'ja3s', 'session_resumed', 'fingerprint'].some(
    (field) => said[field] !== undefined,
  );
  return {
    name: textOf(said, 'sni'),
    accepted: served ? true : textOf(said, 'version') === 'UNDETERMINED' ? false : undefined,
    ja3: fingerprint(said, 'ja3'),
    ja4: fingerprint(said, 'ja4'),
  };
}

/**
 * Versions 1 and 2 (`query`, `answer`, `rrname` beside them), 3 (`request`, `response`, `queries`), and the lists that
 * stand in alerts (`query: […]`, `answer: {…}`).
 */
function dns(said: JsonObject): readonly Said[] {
  const answer = part(said, 'answer');
  const message = said['answer'] === undefined ? said : answer;
  const type = textOf(said, 'type');
  const isAnswer = type === 'answer' || type === 'response' || message === answer;
  const status = textOf(message, 'rcode');
  const lists: readonly unknown[] = [said['queries'], said['query'], answer['queries'], [message]];
  const questions =
    lists.find((list): list is readonly unknown[] => Array.isArray(list) && list.length > 0) ?? [];
  return questions
    .filter((question) => isJsonObject(question))
    .slice(0, QUESTIONS)
    .map((question) => ({
      action: textOf(question, 'rrtype'),
      name: textOf(question, 'rrname'),
      status,
      accepted: isAnswer ? true : undefined,
    }));
}

/** Banner as it goes over the line (RFC 4253, 4.2), of which Suricata gives the parts. */
function banner(side: JsonObject): string {
  const software = textOf(side, 'software_version');
  return software === '' ? '' : `SSH-${textOf(side, 'proto_version')}-${software}`;
}

function ssh(said: JsonObject): Said {
  const client = part(said, 'client');
  return { agent: banner(client), hassh: fingerprint(client, 'hassh') };
}

function smb(said: JsonObject): Said {
  const status = textOf(said, 'status');
  const ntlm = part(said, 'ntlmssp');
  return {
    action: textOf(said, 'command'),
    name: textOf(said, 'share') || textOf(ntlm, 'domain'),
    target: textOf(said, 'filename') || textOf(said, 'named_pipe') || textOf(ntlm, 'user'),
    agent: textOf(ntlm, 'host') || textOf(part(said, 'request'), 'native_os'),
    status,
    // STATUS_MORE_PROCESSING_REQUIRED is a step of a login, not its end.
    accepted:
      status === '' || status === 'STATUS_MORE_PROCESSING_REQUIRED' ? undefined : status === 'STATUS_SUCCESS',
  };
}

function ftp(said: JsonObject): Said {
  const codes = said['completion_code'];
  const last: unknown = Array.isArray(codes) ? codes.at(-1) : codes;
  const status = typeof last === 'string' || typeof last === 'number' ? String(last) : '';
  return {
    action: textOf(said, 'command'),
    target: textOf(said, 'command_data'),
    status,
    // RFC 959, 4.2.1: codes from 400 on refuse.
    accepted: /^[1-9]\d\d$/.test(status) ? Number(status) < 400 : undefined,
  };
}

function rdp(said: JsonObject): Said {
  const type = textOf(said, 'event_type');
  const refused = said['error_code'] !== undefined || said['reason'] !== undefined;
  return {
    action: type,
    target: textOf(said, 'cookie'),
    agent: textOf(part(said, 'client'), 'client_name'),
    status: textOf(said, 'reason') || textOf(said, 'error_code') || textOf(said, 'protocol'),
    accepted: refused ? false : type.endsWith('response') || type === 'tls_handshake' ? true : undefined,
  };
}

function krb5(said: JsonObject): Said {
  const type = textOf(said, 'msg_type');
  const failed = type === 'KRB_ERROR';
  const succeeded = type === 'KRB_AS_REP' || type === 'KRB_TGS_REP';
  return {
    action: textOf(said, 'failed_request') || type,
    name: textOf(said, 'sname'),
    target: textOf(said, 'cname'),
    status: failed ? textOf(said, 'error_code') || 'failure' : succeeded ? 'success' : '',
    accepted: failed ? false : succeeded ? true : undefined,
  };
}

/** How events of a type are read. Fields: Suricata 8.0, etc/schema.json and the manual's "EVE JSON Format". */
const READERS: ReadonlyMap<string, (said: JsonObject) => Said | readonly Said[]> = new Map<
  string,
  (said: JsonObject) => Said | readonly Said[]
>([
  ['http', http],
  ['tls', tls],
  ['dns', dns],
  ['ssh', ssh],
  ['smb', smb],
  ['ftp', ftp],
  ['rdp', rdp],
  ['krb5', krb5],
]);

/** Whether events of this type speak of an application protocol that is read. */
export function isAppEvent(type: string): boolean {
  return READERS.has(type);
}

function eventOf(time: Instant, endpoints: Endpoints, service: string, said: Said, uid: string): AppEvent {
  return {
    kind: 'app',
    time,
    source: endpoints.source,
    sourcePort: endpoints.sourcePort,
    destination: endpoints.destination,
    destinationPort: endpoints.destinationPort,
    protocol: endpoints.protocol,
    service,
    action: said.action ?? '',
    name: said.name ?? '',
    target: said.target ?? '',
    agent: said.agent ?? '',
    status: said.status ?? '',
    accepted: said.accepted,
    ja3: said.ja3 ?? '',
    ja4: said.ja4 ?? '',
    hassh: said.hassh ?? '',
    uid,
  };
}

/**
 * The events of an application record, as many as it has questions; undefined when a field is wrong, which `fields`
 * knows. Old versions log an answer with the server as its source: ports tell, and the event is turned round.
 */
export function eveAppEvents(
  record: JsonObject,
  type: string,
  fields: EveFields,
): readonly AppEvent[] | undefined {
  const time = fields.time(record, 'timestamp');
  const seen = fields.endpoints(record);
  if (seen === undefined || fields.fault !== undefined) return undefined;
  const said = READERS.get(type)?.(part(record, type)) ?? [];
  const swap =
    looksLikeAnswer(seen.sourcePort, seen.destinationPort) ||
    (seen.protocol === UDP && seen.sourcePort === 53 && seen.destinationPort !== 53);
  const endpoints = swap ? turned(seen) : seen;
  const uid = textOf(record, 'flow_id');
  const all: readonly Said[] = Array.isArray(said) ? said : [said as Said];
  return all.map((each) => eventOf(time, endpoints, serviceOf(type), each, uid));
}
