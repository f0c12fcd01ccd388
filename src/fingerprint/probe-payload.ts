import { Buffer } from 'node:buffer';
import { u16, u32, u8 } from '../packet/bytes.ts';

/*
 * What a first payload asks of a service that it does not know yet. Shapes are those of the protocols' own documents,
 * named with each entry; names of families are those that Nmap's manual has for its probes, where it has one.
 */

/** How a payload came. */
export type ProbeTransport = 'tcp' | 'udp' | 'icmp';

/** A first payload that asks a service what it is. Texts are attacker-written. */
export interface ProbePayload {
  /** Protocol as sensors name it: `rtsp`, `smb`. */
  readonly service: string;
  /** `RTSPRequest`. */
  readonly family: string;
  /** Whom or what it names: the user of a cookie, a realm, a host; empty when nothing. */
  readonly name: string;
  /** What it asks for: a URI, a program and its version; empty when nothing. */
  readonly target: string;
}

interface Shape extends Pick<ProbePayload, 'service' | 'family'> {
  readonly transports: readonly ProbeTransport[];
  /** What it may begin with; octets. */
  readonly first: readonly number[];
  /** The protocol's document. */
  readonly origin: string;
  /** Whether it is one. */
  readonly fits: (data: Uint8Array, transport: ProbeTransport) => boolean;
  readonly name?: (data: Uint8Array) => string;
  readonly target?: (data: Uint8Array, transport: ProbeTransport) => string;
}

const TCP_ONLY: readonly ProbeTransport[] = ['tcp'];
const UDP_ONLY: readonly ProbeTransport[] = ['udp'];
const EITHER: readonly ProbeTransport[] = ['tcp', 'udp'];
const UPPER = Array.from({ length: 26 }, (_, index) => 65 + index);
const ZERO = [0] as const;

/** Of texts so much is read. */
const LOOKED_AT = 256;

function textOf(data: Uint8Array, from = 0, length = LOOKED_AT): string {
  const start = Math.min(from, data.length);
  return Buffer.from(
    data.buffer,
    data.byteOffset + start,
    Math.max(0, Math.min(length, data.length - start)),
  ).toString('latin1');
}

function is(data: Uint8Array, octets: string, at = 0): boolean {
  if (at + octets.length > data.length) return false;
  for (let index = 0; index < octets.length; index += 1)
    if (data[at + index] !== octets.charCodeAt(index)) return false;
  return true;
}

/** Octets that frame a message of a protocol that has no frames of its own in datagrams. */
function framed(transport: ProbeTransport, octets: number): number {
  return transport === 'tcp' ? octets : 0;
}

function onlyZeros(data: Uint8Array, from: number): boolean {
  for (let index = from; index < data.length; index += 1) if (data[index] !== 0) return false;
  return true;
}

const RTSP = /^[A-Z_]{3,16} (\S{1,200}) RTSP\/1\.0\r\n/;
const SIP = /^[A-Z]{3,16} (sips?:\S{1,200}) SIP\/2\.0\r\n/;
/** Behind the command: a queue, and what belongs to it. */
const LPD = /^[!-~]{1,64}(?: [ -~]{0,64})?\n$/;
const COOKIE = /Cookie: mstshash=([^\r\n]{0,64})/;
/** `version.bind`, type TXT, class CH. */
const VERSION_BIND = '\u0007version\u0004bind\u0000\u0000\u0010\u0000\u0003';
/** Program of the port mapper. */
const PORTMAPPER = 100_000;
/** Of an X.224 Connection Request. */
const CONNECTION_REQUEST = 0xe0;
/** 1.3.6.1.2: an identifier that begins with an octet of zeros, which X.690, 8.19.2 forbids. */
const PADDED_IDENTIFIER = '\u002b\u0006\u0001\u0080\u0002';

/** Attribute type: RFC 2661, 4.4.3. */
const L2TP_HOST_NAME = 7;

/** Length of an RPC call without credentials, from its identifier on (RFC 5531, 9). */
const RPC_CALL = 40;

function isRpcNull(data: Uint8Array, transport: ProbeTransport): boolean {
  const at = framed(transport, 4);
  return (
    data.length === at + RPC_CALL &&
    (transport === 'udp' || u32(data, 0) === 0x8000_0000 + RPC_CALL) &&
    u32(data, at + 4) === 0 &&
    u32(data, at + 8) === 2 &&
    // The procedure that does nothing, without credentials.
    u32(data, at + 20) === 0 &&
    onlyZeros(data, at + 24)
  );
}

/** The realm of an AS-REQ (RFC 4120, 5.4.1): a GeneralString (X.680: 27) with the tag [2] of its body. */
function realmOf(data: Uint8Array): string {
  for (let at = 0; at + 4 < Math.min(data.length, LOOKED_AT); at += 1)
    if (data[at] === 0xa2 && data[at + 2] === 27) return textOf(data, at + 4, u8(data, at + 3));
  return '';
}

/** The value of a text among the attributes of an L2TP message: RFC 2661, 4.1. */
function l2tpAttribute(data: Uint8Array, type: number): string {
  for (let at = 12, length; at + 6 <= data.length; at += length) {
    length = u16(data, at) & 0x3ff;
    if (length < 6) break;
    if (u16(data, at + 4) === type) return textOf(data, at + 6, length - 6);
  }
  return '';
}

/** After the most telling shape the more general ones. */
const SHAPES: readonly Shape[] = [
  {
    family: 'GenericLines', service: 'text', transports: EITHER, first: [13], origin: 'two line ends, as line protocols wait for them',
    fits: (data) => data.length === 4 && is(data, '\r\n\r\n'),
  },
  {
    family: 'Help', service: 'text', transports: EITHER, first: [72], origin: 'HELP of RFC 959, RFC 5321 and others, said before the server has spoken',
    fits: (data) => data.length === 6 && is(data, 'HELP\r\n'),
  },
  {
    family: 'RTSPRequest', service: 'rtsp', transports: TCP_ONLY, first: UPPER, origin: 'RFC 2326, 6.1',
    fits: (data) => RTSP.test(textOf(data)),
    target: (data) => RTSP.exec(textOf(data))?.[1] ?? '',
    // Every request must have one (12.17).
    name: (data) => (/\r\ncseq:/i.test(textOf(data)) ? '' : 'no CSeq'),
  },
  {
    family: 'SIPOptions', service: 'sip', transports: EITHER, first: [79], origin: 'RFC 3261, 11',
    fits: (data) => is(data, 'OPTIONS ') && SIP.test(textOf(data)),
    target: (data) => SIP.exec(textOf(data))?.[1] ?? '',
  },
  {
    family: 'RPCCheck', service: 'rpc', transports: TCP_ONLY, first: [0x80], origin: 'RFC 5531, 9 and 11: a call of procedure 0',
    fits: isRpcNull,
    target: rpcProgram,
  },
  {
    family: 'DNSVersionBindReq', service: 'dns', transports: EITHER, first: [], origin: 'RFC 4892: the TXT record version.bind of class CH',
    fits: (data, transport) => {
      const at = framed(transport, 2);
      return (
        (transport === 'udp' || u16(data, 0) === data.length - 2) &&
        (u16(data, at + 2) & 0xf800) === 0 && u16(data, at + 4) === 1 && is(data, VERSION_BIND, at + 12)
      );
    },
    name: () => 'version.bind',
  },
  {
    family: 'DNSStatusRequest', service: 'dns', transports: EITHER, first: ZERO, origin: 'RFC 1035, 4.1.1: operation 2, nothing asked',
    fits: (data, transport) => {
      const at = framed(transport, 2);
      return (
        data.length === at + 12 && (transport === 'udp' || u16(data, 0) === 12) &&
        u16(data, at + 2) === 0x1000 && onlyZeros(data, at + 4)
      );
    },
  },
  {
    family: 'TerminalServerCookie', service: 'rdp', transports: TCP_ONLY, first: [3], origin: 'MS-RDPBCGR, 2.2.1.1, with a cookie',
    fits: (data) => isConnectionRequest(data) && COOKIE.test(textOf(data, 11)),
    name: (data) => COOKIE.exec(textOf(data, 11))?.[1] ?? '',
  },
  {
    family: 'TerminalServer', service: 'rdp', transports: TCP_ONLY, first: [3], origin: 'MS-RDPBCGR, 2.2.1.1, without',
    fits: isConnectionRequest,
  },
  {
    family: 'Kerberos', service: 'krb5', transports: EITHER, first: [0, 0x6a], origin: 'RFC 4120, 5.4.1 and 7.2.2: AS-REQ',
    fits: (data, transport) => {
      const at = framed(transport, 4);
      return (
        data.length > at + 16 && u8(data, at) === 0x6a &&
        (transport === 'udp' || u32(data, 0) === data.length - 4)
      );
    },
    name: realmOf,
  },
  {
    family: 'SMBProgNeg', service: 'smb', transports: TCP_ONLY, first: ZERO, origin: 'MS-CIFS, 2.2.4.52 over RFC 1002, 4.3.1: SMB_COM_NEGOTIATE',
    fits: (data) => is(data, '\u00ffSMBr', 4) && u8(data, 1) === 0,
  },
  {
    family: 'X11Probe', service: 'x11', transports: TCP_ONLY, first: [0x6c, 0x42], origin: 'X protocol 11, 8: a connection set up without authorisation',
    fits: (data) =>
      data.length === 12 && (u8(data, 0) === 0x6c ? u8(data, 2) === 11 : u8(data, 3) === 11) &&
      onlyZeros(data, 4) && u8(data, 1) === 0,
  },
  {
    family: 'LPDString', service: 'lpd', transports: TCP_ONLY, first: [1, 2, 3, 4, 5], origin: 'RFC 1179, 5',
    fits: (data) => data.length <= 131 && LPD.test(textOf(data, 1)),
    target: (data) => textOf(data, 1).trimEnd(),
  },
  {
    family: 'LDAPSearchReq', service: 'ldap', transports: EITHER, first: [0x30], origin: 'RFC 4511, 4.5.1, before any bind',
    fits: (data) => ldapOperation(data) === 0x63,
  },
  {
    family: 'LDAPBindReq', service: 'ldap', transports: EITHER, first: [0x30], origin: 'RFC 4511, 4.2',
    fits: (data) => ldapOperation(data) === 0x60,
  },
  {
    family: 'JavaRMI', service: 'java-rmi', transports: TCP_ONLY, first: [0x4a], origin: 'Java RMI, 10.2',
    fits: (data) => data.length === 7 && is(data, 'JRMI\u0000\u0002'),
  },
  {
    family: 'NCP', service: 'ncp', transports: TCP_ONLY, first: [0x44], origin: "NetWare's frames over TCP begin with DmdT",
    fits: (data) => is(data, 'DmdT\u0000\u0000'),
  },
  {
    family: 'TNSConnect', service: 'tns', transports: TCP_ONLY, first: ZERO, origin: "Oracle's TNS: length, checksum, type 1 (connect)",
    fits: (data) =>
      data.length >= 26 && u16(data, 0) === data.length && u8(data, 4) === 1 && textOf(data, 26).includes('(CONNECT_DATA='),
  },
  {
    family: 'TDSPrelogin', service: 'tds', transports: TCP_ONLY, first: [0x12], origin: 'MS-TDS, 2.2.6.5',
    fits: (data) => data.length >= 9 && u8(data, 1) === 1 && u16(data, 2) === data.length && u8(data, 8) === 0,
  },
  {
    family: 'AFPStatus', service: 'afp', transports: TCP_ONLY, first: ZERO, origin: "Apple's DSI: command 3 (DSIGetStatus)",
    fits: (data) => data.length >= 16 && data.length <= 18 && u16(data, 0) === 3 && u32(data, 4) === 0 && u32(data, 12) === 0,
  },
  {
    family: 'GIOP', service: 'giop', transports: TCP_ONLY, first: [0x47], origin: 'CORBA 3.4, 15.4.1',
    fits: (data) => is(data, 'GIOP\u0001'),
  },
  {
    family: 'MMSConnect', service: 'mms', transports: TCP_ONLY, first: [1], origin: 'MS-MMSP, 2.2.3: the signature of a TCP message',
    fits: (data) => is(data, '\u00ce\u00fa\u000b\u00b0', 4) && is(data, 'MMS ', 12),
  },
  {
    family: 'SNMPv3GetRequest', service: 'snmp', transports: UDP_ONLY, first: [0x30], origin: 'RFC 3414, 4: discovery of an engine',
    fits: (data) => is(data, '\u0002\u0001\u0003\u0030', 2) && data.length <= 70,
    // msgID of the header: RFC 3412, 6.
    name: (data) => (u8(data, 7) === 2 && u8(data, 8) === 2 ? u16(data, 9).toString(16) : ''),
  },
  {
    family: 'SNMPv1public', service: 'snmp', transports: UDP_ONLY, first: [0x30], origin: 'RFC 1157, 4.1.2: a get with the community public',
    fits: (data) => is(data, '\u0002\u0001\u0000\u0004\u0006public\u00a0', 2),
    name: () => 'public',
    target: (data) => (textOf(data).includes(PADDED_IDENTIFIER) ? 'padded identifier' : ''),
  },
  {
    family: 'NTPRequest', service: 'ntp', transports: UDP_ONLY, first: [0xe3], origin: 'RFC 5905, 7.3: a client of version 4 whose clock is not set',
    fits: (data) => data.length === 48 && u8(data, 1) === 0,
    // Transmit timestamp.
    name: (data) => (u32(data, 40) === 0xc54f_234b ? 'transmitted in 2004' : ''),
  },
  {
    family: 'NTPMonlist', service: 'ntp', transports: UDP_ONLY, first: [0x17], origin: "ntpd's mode 7, implementation 3, request 42 (ntp_request.h)",
    fits: (data) => is(data, '\u0017\u0000\u0003\u002a'),
  },
  {
    family: 'NBTStat', service: 'netbios-ns', transports: UDP_ONLY, first: [], origin: 'RFC 1002, 4.2.17: node status of *',
    fits: (data) => data.length === 50 && is(data, ' CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\u0000\u0000!\u0000\u0001', 12),
    name: (data) => (u16(data, 0) === 0x80f0 ? '80f0' : ''),
  },
  {
    family: 'RPCCheck', service: 'rpc', transports: UDP_ONLY, first: [], origin: 'RFC 5531, 9: a call of procedure 0',
    fits: isRpcNull,
    target: rpcProgram,
  },
  {
    family: 'IKEMainMode', service: 'ike', transports: UDP_ONLY, first: ZERO, origin: 'RFC 2408, 3.1; a cookie that counts up is nobody\'s secret',
    fits: (data) => is(data, '\u0000\u0011\u0022\u0033\u0044\u0055\u0066\u0077') && u8(data, 17) === 0x10,
    name: () => '0011223344556677',
  },
  {
    family: 'L2TPConnect', service: 'l2tp', transports: UDP_ONLY, first: [0xc8], origin: 'RFC 2661, 6.1: SCCRQ, host name in AVP 7',
    fits: (data) => u16(data, 0) === 0xc802 && u16(data, 2) === data.length && u16(data, 18) === 1,
    name: (data) => l2tpAttribute(data, L2TP_HOST_NAME),
  },
  {
    family: 'RIPRequest', service: 'rip', transports: UDP_ONLY, first: [1], origin: 'RFC 1058, 3.4.1: the whole table',
    fits: (data) => data.length === 24 && u8(data, 1) === 1 && u32(data, 20) === 16 && u16(data, 4) === 0,
  },
  {
    family: 'RADIUSEmpty', service: 'radius', transports: UDP_ONLY, first: [1], origin: 'RFC 2865, 4.1: a request without attributes',
    fits: (data) => data.length === 20 && u16(data, 2) === 20 && onlyZeros(data, 4),
  },
  {
    family: 'FpingEcho', service: 'icmp', transports: ['icmp'], first: ZERO, origin: 'fping 5.1 without --random: 56 zeros where ping has a time and a pattern; captured in a laboratory',
    fits: (data) => data.length === 56 && onlyZeros(data, 0),
  },
]; // prettier-ignore

/** Names of families: what `family` of a ProbePayload can be. */
export const PROBE_FAMILIES: ReadonlySet<string> = new Set(SHAPES.map(({ family }) => family));

function rpcProgram(data: Uint8Array, transport: ProbeTransport): string {
  const at = framed(transport, 4);
  const program = u32(data, at + 12);
  return program === PORTMAPPER ? `portmapper ${u32(data, at + 16)}` : String(program);
}

function isConnectionRequest(data: Uint8Array): boolean {
  return u8(data, 1) === 0 && u16(data, 2) === data.length && u8(data, 5) === CONNECTION_REQUEST;
}

/** Tag of the operation of an LDAPMessage (RFC 4511, 4.1.1), or 0. */
function ldapOperation(data: Uint8Array): number {
  // BER: short form, or four octets of length.
  const at = u8(data, 1) === 0x84 ? 6 : 2;
  return u8(data, at) === 2 && u8(data, at + 1) <= 4 && u8(data, at + 1) > 0
    ? u8(data, at + 2 + u8(data, at + 1))
    : 0;
}

/** By transport and first octet: most payloads are nothing of this, and are to cost one look. */
const BY_FIRST: Readonly<Record<ProbeTransport, readonly (readonly Shape[])[]>> = {
  tcp: byFirst('tcp'),
  udp: byFirst('udp'),
  icmp: byFirst('icmp'),
};

function byFirst(transport: ProbeTransport): readonly (readonly Shape[])[] {
  const some = SHAPES.filter(({ transports }) => transports.includes(transport));
  return Array.from({ length: 256 }, (_, octet) =>
    some.filter(({ first }) => first.length === 0 || first.includes(octet)),
  );
}

/** What a first payload asks, where it is one of the probes that are known here. */
export function probePayloadOf(data: Uint8Array, transport: ProbeTransport): ProbePayload | undefined {
  const shape = BY_FIRST[transport][u8(data, 0)]?.find(({ fits }) => fits(data, transport));
  return shape === undefined
    ? undefined
    : {
        service: shape.service,
        family: shape.family,
        name: shape.name?.(data) ?? '',
        target: shape.target?.(data, transport) ?? '',
      };
}
