import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROBE_FAMILIES, probePayloadOf, type ProbePayload, type ProbeTransport } from './probe-payload.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const zeros = (count: number): string => '00'.repeat(count);

const DNS_BIND = '0006 0100 0001 0000 0000 0000 07 76657273696f6e 04 62696e64 00 0010 0003';
const AS_REQ = `6a 20 30 1e a1 03 02 01 05 a2 03 02 01 0a a4 12 30 10 a2 04 1b 02 4e4d a3 02 ${zeros(8)}`;
const NBSTAT = `80f0 0010 0001 0000 0000 0000 20 434b ${'41'.repeat(30)} 00 0021 0001`;

interface Case {
  readonly why: string;
  readonly transport: ProbeTransport;
  readonly data: Uint8Array;
  readonly want: Partial<ProbePayload>;
}

const CASES: readonly Case[] = [
  { why: 'two line ends', transport: 'tcp', data: latin1('\r\n\r\n'), want: { family: 'GenericLines', service: 'text' } },
  { why: 'HELP', transport: 'tcp', data: latin1('HELP\r\n'), want: { family: 'Help' } },
  { why: 'RTSP without the CSeq that a client has', transport: 'tcp', data: latin1('OPTIONS / RTSP/1.0\r\n\r\n'), want: { family: 'RTSPRequest', target: '/', name: 'no CSeq' } },
  { why: 'RTSP of a player', transport: 'tcp', data: latin1('OPTIONS rtsp://a/b RTSP/1.0\r\nCSeq: 2\r\n\r\n'), want: { family: 'RTSPRequest', name: '' } },
  { why: 'SIP', transport: 'udp', data: latin1('OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/TCP nm\r\n'), want: { family: 'SIPOptions', target: 'sip:nm' } },
  { why: 'an RPC call of nothing over TCP', transport: 'tcp', data: hex(`80000028 72fe1d13 00000000 00000002 000186a0 0001977c 00000000 ${zeros(16)}`), want: { family: 'RPCCheck', target: 'portmapper 104316' } },
  { why: 'and over UDP, without the record mark', transport: 'udp', data: hex(`72fe1d13 00000000 00000002 00bc614e 00000000 00000000 ${zeros(16)}`), want: { family: 'RPCCheck', target: '12345678' } },
  { why: 'version.bind over TCP', transport: 'tcp', data: hex(`001e ${DNS_BIND}`), want: { family: 'DNSVersionBindReq', service: 'dns', name: 'version.bind' } },
  { why: 'version.bind over UDP', transport: 'udp', data: hex(DNS_BIND), want: { family: 'DNSVersionBindReq' } },
  { why: 'DNS status', transport: 'udp', data: hex(`0000 1000 ${zeros(8)}`), want: { family: 'DNSStatusRequest' } },
  { why: 'a connection request of RDP with a cookie', transport: 'tcp', data: Buffer.concat([hex('0300002a 25 e0 0000 0000 00'), latin1('Cookie: mstshash=nmap\r\n'), hex('01000800 03000000')]), want: { family: 'TerminalServerCookie', name: 'nmap' } },
  { why: 'without a cookie', transport: 'tcp', data: hex('0300000b 06 e0 0000 0000 00'), want: { family: 'TerminalServer', name: '' } },
  { why: 'a Kerberos AS-REQ over TCP', transport: 'tcp', data: Buffer.concat([hex('00000022'), hex(AS_REQ)]), want: { family: 'Kerberos', name: 'NM' } },
  { why: 'and over UDP', transport: 'udp', data: hex(AS_REQ), want: { family: 'Kerberos', name: 'NM' } },
  { why: 'SMB negotiation', transport: 'tcp', data: hex(`000000a4 ff534d42 72 ${zeros(32)}`), want: { family: 'SMBProgNeg', service: 'smb' } },
  { why: 'X11 without authorisation', transport: 'tcp', data: hex(`6c00 0b00 ${zeros(8)}`), want: { family: 'X11Probe' } },
  { why: 'a print queue', transport: 'tcp', data: latin1('\u0001default\n'), want: { family: 'LPDString', target: 'default' } },
  { why: 'an LDAP search', transport: 'tcp', data: hex('30840000002d 020107 6384 00000024 0400'), want: { family: 'LDAPSearchReq' } },
  { why: 'an LDAP bind', transport: 'tcp', data: hex('300c 020101 6007 020102 0400 8000'), want: { family: 'LDAPBindReq' } },
  { why: 'SNMPv3 discovery', transport: 'udp', data: hex('303a 020103 300f 02024a69 020300ffe3 040104 020103 0410'), want: { family: 'SNMPv3GetRequest', name: '4a69' } },
  { why: 'SNMP with an identifier that no encoder writes', transport: 'udp', data: hex('3039 020100 0406 7075626c6963 a02c 0204 4bb29919 020100 020100 301e 300d 0609 2b060180020101 0100 0500'), want: { family: 'SNMPv1public', target: 'padded identifier' } },
  { why: 'SNMP as net-snmp writes it', transport: 'udp', data: hex('3029 020100 0406 7075626c6963 a01c 0204 4bb29919 020100 020100 300e 300c 0608 2b06010201010100 0500'), want: { family: 'SNMPv1public', target: '' } },
  { why: 'NTP of 2004', transport: 'udp', data: hex(`e30004fa 00010000 00010000 ${zeros(28)} c54f234b 71b152f3`), want: { family: 'NTPRequest', name: 'transmitted in 2004' } },
  { why: 'a monlist request', transport: 'udp', data: hex(`1700032a ${zeros(44)}`), want: { family: 'NTPMonlist' } },
  { why: 'NetBIOS node status', transport: 'udp', data: hex(NBSTAT), want: { family: 'NBTStat', name: '80f0' } },
  { why: 'an L2TP host name', transport: 'udp', data: hex('c802003c 0000000000000000 8008000000000001 8008000000020100 800e00000007 6e78702d7363616e 800a00000003 00000003 80080000 00090000'), want: { family: 'L2TPConnect', name: 'nxp-scan' } },
  { why: 'a RIP table', transport: 'udp', data: hex(`0101 ${zeros(20)} 0010`), want: { family: 'RIPRequest' } },
  { why: 'RADIUS without attributes', transport: 'udp', data: hex(`01000014 ${zeros(16)}`), want: { family: 'RADIUSEmpty' } },
  { why: 'an echo of zeros', transport: 'icmp', data: hex(zeros(56)), want: { family: 'FpingEcho' } },
]; // prettier-ignore

describe('what a first payload asks', () => {
  test.each(CASES)('$why', ({ transport, data, want }) => {
    const found = probePayloadOf(data, transport);
    expect(found).toMatchObject(want);
    expect(PROBE_FAMILIES).toContain(found?.family);
  });

  test.each<[string, ProbeTransport, Uint8Array]>([
    ['a page', 'tcp', latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a name', 'udp', hex('1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 03636f6d 00 0001 0001')],
    ['the time, from a client whose clock is set', 'udp', hex(`230006ec 00000000 ${zeros(40)}`)],
    ['SMB 2', 'tcp', hex(`000000a4 fe534d42 40 ${zeros(32)}`)],
    ['a ticket of Kerberos', 'tcp', hex('00000010 6c 0e 300c a10302010500000000000000')],
    ['an X11 client that has a cookie', 'tcp', hex('6c00 0b00 0000 1200 1000 0000 4d49542d')],
    ['ping of iputils', 'icmp', hex(`${'00'.repeat(8)} ${Array.from({ length: 48 }, (_, n) => (16 + n).toString(16)).join('')}`)],
    ['a wide ping of zeros', 'icmp', hex(zeros(120))],
    ['nothing', 'tcp', hex('')],
  ])('%s asks none of it', (_, transport, data) => {
    expect(probePayloadOf(data, transport)).toBeUndefined();
  }); // prettier-ignore

  test('a probe over the other transport is another thing', () => {
    expect(probePayloadOf(hex(`72fe1d13 00000000 00000002 000186a0 ${zeros(24)}`), 'tcp')).toBeUndefined();
    expect(probePayloadOf(hex(`6c00 0b00 ${zeros(8)}`), 'udp')).toBeUndefined();
  });

  test('property: whatever is cut or changed, there is an answer and its texts are short', () => {
    const data = fc.constantFrom(...CASES.map((one) => one.data));
    fc.assert(
      fc.property(data, fc.nat(300), fc.nat(300), fc.nat(255), fc.constantFrom('tcp', 'udp', 'icmp'), (whole, cut, at, octet, transport) => {
        const changed = Buffer.from(whole.subarray(0, cut));
        if (at < changed.length) changed[at] = octet;
        const found = probePayloadOf(changed, transport);
        expect(`${found?.name ?? ''}${found?.target ?? ''}`.length).toBeLessThan(600);
      }),
    ); // prettier-ignore
  });
});
