/**
 * Small servers that say what real ones say, so that real Nmap recognises them. One process runs all
 * services of one lab host, inside that host's network namespace:
 *
 *   node --import tsx services.ts '[{"kind":"http","port":80,"server":"nginx/1.22.1"}]'
 *
 * Prints `ready` when every socket listens. They implement no protocol beyond what a version probe
 * and Nmap's default scripts ask, and they keep nothing.
 */
import { readFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parseServices, type Service } from './service.ts';

const MAX_REQUEST = 8_192;

/** Answers a connection: what is said first, and what is said to the bytes that arrive. */
interface Dialogue {
  readonly greeting?: Buffer | string;
  readonly reply?: (request: Buffer, socket: Socket) => void;
}

function httpReply(service: Extract<Service, { kind: 'http' | 'https' }>): Dialogue['reply'] {
  const body =
    service.body ??
    `<!DOCTYPE html><html><head><title>${service.title ?? 'It works'}</title></head></html>\n`;
  return (request, socket) => {
    const line = request.toString('latin1').split('\r\n', 1)[0] ?? '';
    const match = /^(GET|HEAD|POST|OPTIONS) (\S+) HTTP\/1\.[01]$/.exec(line);
    const head = [`Server: ${service.server}`, 'Connection: close', ...(service.headers ?? [])];
    if (match === null) {
      socket.end(`HTTP/1.1 400 Bad Request\r\n${head.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const found = match[2] === '/';
    const text = found ? body : '<html><head><title>404 Not Found</title></head></html>\n';
    const status = found ? (service.status ?? '200 OK') : '404 Not Found';
    const fields = [...head, 'Content-Type: text/html', `Content-Length: ${Buffer.byteLength(text)}`];
    const answer = `HTTP/1.1 ${status}\r\n${fields.join('\r\n')}\r\n\r\n${match[1] === 'HEAD' ? '' : text}`;
    if (service.delay === undefined) socket.end(answer);
    else setTimeout(() => socket.end(answer), service.delay);
  };
}

/** MariaDB's initial handshake packet, protocol version 10. */
function mysqlGreeting(version: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([10]),
    Buffer.from(`5.5.5-${version}\0`, 'latin1'),
    Buffer.from([0x2a, 0, 0, 0]),
    Buffer.from('tIdEmArK\0', 'latin1'),
    Buffer.from([0xfe, 0xf7, 0x2d, 0x02, 0x00, 0xff, 0x81, 0x15, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0]),
    Buffer.from('labLABlabLAB\0mysql_native_password\0', 'latin1'),
  ]);
  return Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, 0]), body]);
}

/** PostgreSQL's answer to anything that is no startup packet: the error that names the protocol it heard. */
function postgresReply(request: Buffer, socket: Socket): void {
  if (request.length < 8) return;
  const major = request.readUInt16BE(4);
  const minor = request.readUInt16BE(6);
  const fields =
    `SFATAL\0VFATAL\0C0A000\0Munsupported frontend protocol ${major}.${minor}: ` +
    'server supports 3.0 to 3.0\0Fpostmaster.c\0L2195\0RProcessStartupPacket\0\0';
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  socket.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(fields, 'latin1')]));
}

function redisReply(version: string): Dialogue['reply'] {
  const info =
    `# Server\r\nredis_version:${version}\r\nredis_git_sha1:00000000\r\nredis_mode:standalone\r\n` +
    'os:Linux 6.1.0-18-amd64 x86_64\r\narch_bits:64\r\ntcp_port:6379\r\n';
  return (request, socket) => {
    if (/\binfo\b/i.test(request.toString('latin1'))) socket.write(`$${info.length}\r\n${info}\r\n`);
    else socket.write('-ERR unknown command, with args beginning with: \r\n');
  };
}

function rtspReply(server: string): Dialogue['reply'] {
  return (request, socket) => {
    const text = request.toString('latin1');
    const cseq = /CSeq: (\d+)/i.exec(text)?.[1];
    const status = /^\S+ \S+ RTSP\/1\.0/.test(text) ? '200 OK' : '400 Bad Request';
    socket.end(
      `RTSP/1.0 ${status}\r\n${cseq === undefined ? '' : `CSeq: ${cseq}\r\n`}Server: ${server}\r\n` +
        'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n',
    );
  };
}

/** Line protocols: a greeting, and one reply whatever is said. */
function lines(greeting: string, reply: string, end = false): Dialogue {
  return {
    greeting,
    reply: (_request, socket) => {
      if (end) socket.end(reply);
      else socket.write(reply);
    },
  };
}

const DNS_HEADER = 12;

/** Answers version.bind and PTR questions over UDP and TCP; refuses the rest (RCODE 5). */
function dnsAnswer(
  query: Buffer,
  zone: Readonly<Record<string, string>>,
  version: string,
): Buffer | undefined {
  if (query.length < DNS_HEADER + 5) return undefined;
  const labels: string[] = [];
  let offset = DNS_HEADER;
  while (offset < query.length && query[offset] !== 0) {
    const length = query[offset] ?? 0;
    labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
    offset += length + 1;
  }
  offset += 1;
  if (offset + 4 > query.length) return undefined;
  const type = query.readUInt16BE(offset);
  const name = labels.join('.').toLowerCase();
  const target = type === 12 ? zone[name] : undefined;
  const rdata =
    name === 'version.bind' && type === 16
      ? Buffer.concat([Buffer.from([version.length]), Buffer.from(version, 'latin1')])
      : target === undefined
        ? undefined
        : Buffer.concat([
            ...target
              .split('.')
              .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
            Buffer.from([0]),
          ]);
  const header = Buffer.from(query.subarray(0, DNS_HEADER));
  const rcode = rdata !== undefined ? 0 : type === 12 ? 3 : 5;
  header.writeUInt16BE(0x8400 | (header.readUInt16BE(2) & 0x0100) | rcode, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(rdata === undefined ? 0 : 1, 6);
  header.writeUInt32BE(0, 8);
  const question = query.subarray(DNS_HEADER, offset + 4);
  if (rdata === undefined) return Buffer.concat([header, question]);
  const answer = Buffer.alloc(12);
  answer.writeUInt16BE(0xc00c, 0);
  answer.writeUInt16BE(type, 2);
  answer.writeUInt16BE(query.readUInt16BE(offset + 2), 4);
  answer.writeUInt32BE(3_600, 6);
  answer.writeUInt16BE(rdata.length, 10);
  return Buffer.concat([header, question, answer, rdata]);
}

const berLength = (length: number): Buffer =>
  length < 128 ? Buffer.from([length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
const ber = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), berLength(content.length), content]);
};

/** One BER element at `offset`: its tag, content and where the next begins. */
function readBer(bytes: Buffer, offset: number): { tag: number; content: Buffer; next: number } | undefined {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) return undefined;
  let start = offset + 2;
  let length = first;
  if (first >= 128) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3 || start + octets > bytes.length) return undefined;
    length = bytes.readUIntBE(start, octets);
    start += octets;
  }
  if (start + length > bytes.length) return undefined;
  return { tag, content: bytes.subarray(start, start + length), next: start + length };
}

/** SNMPv1/v2c GetRequest and GetNextRequest with community `public`: sysDescr, whatever object is asked. */
function snmpAnswer(query: Buffer, description: string): Buffer | undefined {
  const message = readBer(query, 0);
  const version = message && readBer(message.content, 0);
  const community = version && readBer(message.content, version.next);
  const pdu = community && readBer(message.content, community.next);
  if (pdu === undefined || community?.content.toString('latin1') !== 'public') return undefined;
  if (pdu.tag !== 0xa0 && pdu.tag !== 0xa1) return undefined;
  const requestId = readBer(pdu.content, 0);
  if (requestId === undefined || version === undefined) return undefined;
  const sysDescr = Buffer.from([0x2b, 6, 1, 2, 1, 1, 1, 0]);
  const zero = ber(2, Buffer.from([0]));
  const binding = ber(0x30, ber(6, sysDescr), ber(4, Buffer.from(description, 'latin1')));
  return ber(
    0x30,
    ber(2, version.content),
    ber(4, community.content),
    ber(0xa2, ber(2, requestId.content), zero, zero, ber(0x30, binding)),
  );
}

/** An NTP version 4 server reply of stratum 3; timestamps are left zero, the lab keeps no time. */
function ntpAnswer(query: Buffer): Buffer | undefined {
  if (query.length < 48) return undefined;
  const answer = Buffer.alloc(48);
  answer[0] = 0x24;
  answer[1] = 3;
  answer[2] = 6;
  answer[3] = 0xe9;
  answer.write('77.0', 12, 'latin1');
  query.copy(answer, 24, 40, 48);
  return answer;
}

function dialogueOf(service: Service): Dialogue {
  switch (service.kind) {
    case 'http':
    case 'https':
      return { reply: httpReply(service) ?? (() => undefined) };
    case 'ssh':
      return { greeting: `SSH-2.0-${service.banner}\r\n` };
    case 'ftp':
      return lines(`220 ${service.banner}\r\n`, '530 Please login with USER and PASS.\r\n');
    case 'smtp':
      return {
        greeting: `220 ${service.banner}\r\n`,
        reply: (request, socket) => {
          const said = request.toString('latin1');
          const name = service.banner.split(' ', 1)[0] ?? '';
          if (/^EHLO/i.test(said)) {
            socket.write(
              `250-${name}\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 8BITMIME\r\n`,
            );
          } else if (/^HELO/i.test(said)) socket.write(`250 ${name}\r\n`);
          else if (/^QUIT/i.test(said)) socket.end('221 2.0.0 Bye\r\n');
          else socket.write('502 5.5.2 Error: command not recognized\r\n');
        },
      };
    case 'imap':
      return {
        greeting:
          '* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS AUTH=PLAIN] Dovecot ready.\r\n',
        reply: (request, socket) => {
          const tag = /^(\S+) (CAPABILITY|LOGOUT)/i.exec(request.toString('latin1'));
          if (tag === null) socket.end('* BAD Error in IMAP command received by server.\r\n');
          else if (/logout/i.test(tag[2] ?? ''))
            socket.end(`* BYE Logging out\r\n${tag[1]} OK Logout completed.\r\n`);
          else
            socket.write(
              `* CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE STARTTLS AUTH=PLAIN\r\n${tag[1]} OK done.\r\n`,
            );
        },
      };
    case 'mysql':
      return { greeting: mysqlGreeting(service.version) };
    case 'postgres':
      return { reply: postgresReply };
    case 'redis':
      return { reply: redisReply(service.version) ?? (() => undefined) };
    case 'telnet':
      // WILL/DO negotiation of BusyBox telnetd, then its login prompt.
      return {
        greeting: Buffer.concat([
          Buffer.from([255, 253, 1, 255, 253, 31, 255, 251, 1, 255, 251, 3]),
          Buffer.from(`${service.host} login: `),
        ]),
      };
    case 'rtsp':
      return { reply: rtspReply(service.server) ?? (() => undefined) };
    case 'rsync':
      return {
        greeting: '@RSYNCD: 31.0\n',
        reply: (_request, socket) => socket.end('@ERROR: protocol startup error\n'),
      };
    case 'lpd':
      return { reply: (_request, socket) => socket.end() };
    case 'shell':
      return { greeting: service.prompt };
    case 'quiet':
      return { reply: (_request, socket) => socket.destroy() };
    case 'dns':
      return {
        reply: (request, socket) => {
          const answer =
            request.length < 3 ? undefined : dnsAnswer(request.subarray(2), service.zone, service.version);
          if (answer === undefined) {
            socket.destroy();
            return;
          }
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          socket.end(Buffer.concat([length, answer]));
        },
      };
    case 'snmp':
    case 'ntp':
    case 'mute':
      return {};
    default:
      return service satisfies never;
  }
}

function converse(socket: Socket, dialogue: Dialogue): void {
  socket.setTimeout(15_000, () => socket.destroy());
  // A scanner resets connections as a matter of course.
  socket.on('error', () => socket.destroy());
  if (dialogue.greeting !== undefined) socket.write(dialogue.greeting);
  socket.on('data', (chunk) => {
    if (chunk.length <= MAX_REQUEST) dialogue.reply?.(chunk, socket);
    else socket.destroy();
  });
}

function listenUdp(service: Service): Promise<void> | undefined {
  const answer =
    service.kind === 'dns'
      ? (query: Buffer) => dnsAnswer(query, service.zone, service.version)
      : service.kind === 'snmp'
        ? (query: Buffer) => snmpAnswer(query, service.description)
        : service.kind === 'ntp'
          ? ntpAnswer
          : service.kind === 'mute'
            ? () => undefined
            : undefined;
  if (answer === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp6', ipv6Only: false });
    socket.on('error', reject);
    socket.on('message', (query, peer) => {
      const reply = answer(query);
      if (reply !== undefined) socket.send(reply, peer.port, peer.address);
    });
    socket.bind(service.port, '::', () => resolve());
  });
}

function listenTcp(service: Service): Promise<void> | undefined {
  if (service.kind === 'snmp' || service.kind === 'ntp' || service.kind === 'mute') return undefined;
  const dialogue = dialogueOf(service);
  const server: Server =
    service.kind === 'https'
      ? createTlsServer({ cert: readFileSync(service.cert), key: readFileSync(service.key) }, (socket) =>
          converse(socket, dialogue),
        )
      : createServer((socket) => converse(socket, dialogue));
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('tlsClientError', () => undefined);
    server.listen(service.port, '::', () => resolve());
  });
}

const services = parseServices(process.argv[2] ?? '[]');
await Promise.all(
  services.flatMap((service) =>
    [listenTcp(service), listenUdp(service)].filter((listening) => listening !== undefined),
  ),
);
process.stdout.write('ready\n');
