import { formatIpv4, parseIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import type { Instant } from '../../../time/instant.ts';
import { NO_PORT, TCP } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions, RecordSink } from '../../model/reader.ts';
import { parseCount, parsePort, parseSeconds, quoted } from '../field-values.ts';
import { withoutCarriageReturn } from '../line-verdict.ts';

const UNSPECIFIED = parseIpAddress('::')!;

/** Numbers of connect(2) by `arch` (asm/unistd.h: x86-64, i386, aarch64); `enriched` logs have the name. */
const CONNECT: ReadonlySet<string> = new Set(['c000003e 42', '40000003 362', 'c00000b7 203']);
/** Events that may be incomplete at a time: lines of two events interleave when several processors write. */
const OPEN_EVENTS = 256;

interface AuditEvent {
  readonly time: string;
  readonly node: string;
  readonly firstLine: number;
  syscall: ReadonlyMap<string, string> | undefined;
  peer: { readonly address: IpAddress; readonly port: number } | undefined;
  isInet: boolean;
  commandLine: string;
}

/**
 * Reads Linux audit logs (auditd's log_format RAW and ENRICHED): connect(2) calls, which are a SYSCALL and a SOCKADDR
 * line with one serial number, with the program and the user. Audit says neither the own address nor the transport:
 * the source is `::` and the protocol is taken for TCP.
 */
export function auditdLogReader(_options: ReaderOptions): LineReader {
  const open = new Map<string, AuditEvent>();
  const close = (serial: string, event: AuditEvent, sink: RecordSink): void => {
    open.delete(serial);
    const { syscall, peer } = event;
    if (syscall === undefined || peer === undefined) {
      sink.skip(event.isInet ? 'incomplete event' : 'event without a network peer', event.firstLine);
      return;
    }
    const time = parseSeconds(event.time) as Instant;
    if (Number.isNaN(time)) {
      sink.problem(`msg=audit(): ${quoted(event.time)} is no time`, event.firstLine);
      return;
    }
    sink.record(
      {
        kind: 'process',
        action: 'connect',
        time,
        host: event.node,
        source: UNSPECIFIED,
        sourcePort: NO_PORT,
        destination: peer.address,
        destinationPort: peer.port,
        protocol: TCP,
        executable: syscall.get('exe') ?? syscall.get('comm') ?? '',
        commandLine: event.commandLine,
        pid: parseCount(syscall.get('pid') ?? '', 2 ** 32) || 0,
        user: syscall.get('UID') ?? syscall.get('uid') ?? '',
        parent: '',
      },
      event.firstLine,
    );
  };
  return {
    format: 'auditd-log',
    get heldFrom() {
      const oldest = open.values().next().value;
      return oldest?.firstLine;
    },
    prime: () => undefined,
    read: (raw, line, sink) => {
      const text = withoutCarriageReturn(raw);
      const head = /^(?:node=(\S+) )?type=([A-Z_0-9]+) msg=audit\((\d+\.\d+):(\d+)\): ?(.*)$/s.exec(text);
      if (head === null) {
        if (text.trim() === '') sink.skip('empty line', line);
        else sink.problem('no "type=… msg=audit(…)" at the start', line);
        return;
      }
      const [, node = '', type = '', time = '', number = '', rest = ''] = head;
      const serial = `${node} ${time} ${number}`;
      if (type === 'EOE') {
        const event = open.get(serial);
        if (event !== undefined) close(serial, event, sink);
        sink.skip('EOE', line);
        return;
      }
      let event = open.get(serial);
      if (event === undefined) {
        event = {
          time,
          node,
          firstLine: line,
          syscall: undefined,
          peer: undefined,
          isInet: false,
          commandLine: '',
        };
        open.set(serial, event);
      } else sink.skip('further line of an event', line);
      take(event, type, rest);
      if (open.size > OPEN_EVENTS) {
        const [oldest] = open;
        if (oldest !== undefined) close(oldest[0], oldest[1], sink);
      }
    },
    end: (sink) => {
      for (const [serial, event] of open) close(serial, event, sink);
    },
  };
}

function take(event: AuditEvent, type: string, rest: string): void {
  if (type === 'SYSCALL') {
    const fields = fieldsOf(rest);
    const name = fields.get('SYSCALL') ?? '';
    const call = `${fields.get('arch') ?? ''} ${fields.get('syscall') ?? ''}`;
    if (name === 'connect' || CONNECT.has(call)) event.syscall = fields;
  } else if (type === 'SOCKADDR') {
    event.peer = peerOf(rest);
    event.isInet = event.peer !== undefined;
  } else if (type === 'PROCTITLE') event.commandLine = titleOf(fieldsOf(rest).get('proctitle') ?? '');
}

/** `key=value` pairs, values in double quotes or bare; the enriched part follows a group separator (0x1d). */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, key = '', quotedValue, bare] of text
    .replaceAll('\u001D', ' ')
    .matchAll(/([\w-]+)=(?:"([^"]*)"|(\S+))/g))
    fields.set(key, quotedValue ?? bare ?? '');
  return fields;
}

/** struct sockaddr_in or sockaddr_in6 in hex (family little-endian, port big-endian), or what ausearch -i prints. */
function peerOf(text: string): AuditEvent['peer'] {
  const hex = /saddr=([0-9A-F]{16,})/i.exec(text)?.[1];
  if (hex !== undefined) {
    const bytes = Buffer.from(hex, 'hex');
    const family = bytes.readUInt16LE(0);
    const port = bytes.readUInt16BE(2);
    if (family === 2 && bytes.length >= 8) return { address: formatIpv4(bytes.readUInt32BE(4)), port };
    if (family !== 10 || bytes.length < 24) return undefined;
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(8 + index * 2).toString(16));
    const address = parseIpAddress(groups.join(':'));
    return address === undefined ? undefined : { address, port };
  }
  const said = /saddr_fam=inet6? laddr=(\S+) lport=(\d+)/.exec(text);
  const address = parseIpAddress(said?.[1] ?? '');
  const port = parsePort(said?.[2] ?? '');
  return address === undefined || Number.isNaN(port) ? undefined : { address, port };
}

/** Audit writes a title with odd bytes in hex, its arguments parted by NULs. */
function titleOf(value: string): string {
  if (!/^(?:[0-9A-F]{2})+$/.test(value)) return value;
  return Buffer.from(value, 'hex').toString('utf8').replaceAll('\0', ' ').trim();
}
