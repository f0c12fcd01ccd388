import { u16, u8 } from '../packet/bytes.ts';

/** What of a ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2) fingerprints are made of, in wire order. GREASE is still in it. */
export interface ClientHello {
  /** legacy_version. */
  readonly version: number;
  readonly ciphers: readonly number[];
  readonly extensions: readonly number[];
  /** supported_groups, ec_point_formats, signature_algorithms, supported_versions; empty where the extension is not there. */
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly supportedVersions: readonly number[];
  /** Server name; empty when there is none. Attacker-written. */
  readonly serverName: string;
  /** The first protocol of ALPN; undefined when there is none. */
  readonly firstProtocol: Uint8Array | undefined;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** Nothing longer is a ClientHello, whatever it claims. */
const LONGEST = 65_536;

const SERVER_NAME = 0;
const GROUPS = 10;
const POINT_FORMATS = 11;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;

/**
 * The ClientHello at the beginning of a stream of TLS records, however it is cut into records. Undefined when there is
 * none, or not all of it.
 */
export function clientHelloOf(stream: Uint8Array): ClientHello | undefined {
  const message = handshakeMessage(stream);
  return message === undefined ? undefined : parseClientHello(message);
}

/** The first handshake message of a stream of records, without its header of four octets, if it is a whole ClientHello. */
function handshakeMessage(stream: Uint8Array): Uint8Array | undefined {
  if (stream.length < 9 || stream[0] !== HANDSHAKE || stream[1] !== 3 || stream[5] !== CLIENT_HELLO)
    return undefined;
  const length = (u8(stream, 6) << 16) | u16(stream, 7);
  if (length > LONGEST) return undefined;
  // Nearly always one record.
  if (u16(stream, 3) >= length + 4)
    return stream.length >= 9 + length ? stream.subarray(9, 9 + length) : undefined;
  const message = new Uint8Array(length + 4);
  let have = 0;
  for (let at = 0; have < message.length;) {
    if (stream.length - at < 5 || stream[at] !== HANDSHAKE) return undefined;
    const size = Math.min(u16(stream, at + 3), message.length - have);
    if (size === 0 || stream.length - at - 5 < size) return undefined;
    message.set(stream.subarray(at + 5, at + 5 + size), have);
    have += size;
    at += 5 + u16(stream, at + 3);
  }
  return message.subarray(4);
}

/** Octets of a vector whose length stands before it in one or two octets; undefined when they are not there. */
function vector(data: Uint8Array, at: number, lengthOctets: 1 | 2): Uint8Array | undefined {
  if (at + lengthOctets > data.length) return undefined;
  const length = lengthOctets === 1 ? u8(data, at) : u16(data, at);
  const start = at + lengthOctets;
  return start + length > data.length ? undefined : data.subarray(start, start + length);
}

function words(data: Uint8Array | undefined): readonly number[] {
  return data === undefined
    ? []
    : Array.from({ length: data.length >> 1 }, (_, index) => u16(data, index * 2));
}

/** The body of a ClientHello; undefined when it is cut or contradicts itself. */
export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  if (body.length < 34) return undefined;
  const session = vector(body, 34, 1);
  if (session === undefined) return undefined;
  const ciphersAt = 35 + session.length;
  const ciphers = vector(body, ciphersAt, 2);
  if (ciphers === undefined) return undefined;
  const compressionAt = ciphersAt + 2 + ciphers.length;
  const compression = vector(body, compressionAt, 1);
  if (compression === undefined) return undefined;
  // There may be no extensions at all: SSL 3.0, TLS 1.0.
  const extensions = vector(body, compressionAt + 1 + compression.length, 2) ?? new Uint8Array(0);
  const bodies = new Map<number, Uint8Array>();
  const order: number[] = [];
  for (let at = 0; at + 4 <= extensions.length;) {
    const type = u16(extensions, at);
    const content = vector(extensions, at + 2, 2);
    if (content === undefined) return undefined;
    order.push(type);
    if (!bodies.has(type)) bodies.set(type, content);
    at += 4 + content.length;
  }
  const list = (type: number, lengthOctets: 1 | 2): Uint8Array | undefined => {
    const content = bodies.get(type);
    return content === undefined ? undefined : vector(content, 0, lengthOctets);
  };
  const protocols = list(ALPN, 2);
  return {
    version: u16(body, 0),
    ciphers: words(ciphers),
    extensions: order,
    groups: words(list(GROUPS, 2)),
    pointFormats: [...(list(POINT_FORMATS, 1) ?? [])],
    signatureAlgorithms: words(list(SIGNATURE_ALGORITHMS, 2)),
    supportedVersions: words(list(SUPPORTED_VERSIONS, 1)),
    serverName: serverName(list(SERVER_NAME, 2)),
    firstProtocol: protocols === undefined ? undefined : vector(protocols, 0, 1),
  };
}

/** RFC 6066, 3: the first name of type host_name. */
function serverName(list: Uint8Array | undefined): string {
  if (list === undefined || list.length < 3 || list[0] !== 0) return '';
  const name = vector(list, 1, 2) ?? new Uint8Array(0);
  return Array.from(name, (octet) => String.fromCodePoint(octet)).join('');
}

/** Values that mean nothing, sent to keep servers from choking on what they do not know: RFC 8701. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}
