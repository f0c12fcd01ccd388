import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filesBelow, thirdPartyData } from '../../../test/third-party.ts';
import { detectFormat, HEAD_BYTES, unknownFormat } from './detect-format.ts';

/** Heads as the tools write them; addresses are of documentation blocks or private. */
const HEADS: readonly { why: string; want: string; head: string; name?: string }[] = [
  {
    why: 'Zeek, tab-separated',
    want: 'zeek-tsv',
    head: '#separator \\x09\n#set_separator\t,\n#path\tconn\n#fields\tts\tuid\tid.orig_h\n1.5\tC1\t10.0.0.1\n',
  },
  { why: 'Zeek without #separator', want: 'zeek-tsv', head: '#fields\tts\tuid\tid.orig_h\n' },
  {
    why: 'Zeek, JSON',
    want: 'zeek-json',
    head: '{"ts":1700828217.31,"uid":"C1","id.orig_h":"192.168.1.9","id.orig_p":50820,"conn_state":"REJ"}\n',
  },
  {
    why: 'Zeek, JSON with underscores',
    want: 'zeek-json',
    head: '{"ts":"2026-11-22T00:00:00Z","id_orig_h":"192.168.1.9"}\n',
  },
  {
    why: 'Zeek, named by its log',
    want: 'zeek-json',
    head: '{"conn":{"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1"}}\n',
  },
  {
    why: 'Zeek, a weird without a connection',
    want: 'zeek-json',
    head: '{"ts":1.5,"_path":"weird","name":"x"}\n',
  },
  {
    why: 'Zeek, through Filebeat',
    want: 'zeek-json',
    head: '{"@timestamp":"2026-11-22T00:00:00Z","message":"{\\"ts\\":1.5,\\"uid\\":\\"C1\\",\\"id.orig_h\\":\\"10.0.0.1\\"}"}\n',
  },
  {
    why: 'Zeek, through syslog',
    want: 'zeek-json',
    head: '<13>Nov 22 00:00:00 sensor zeek: {"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1"}\n',
  },
  {
    why: 'Suricata EVE',
    want: 'suricata-eve',
    head: '{"timestamp":"2026-11-22T00:00:00.000000+0000","flow_id":1,"event_type":"flow","src_ip":"10.0.0.1"}\n',
  },
  {
    why: 'Suricata, Filebeat’s module',
    want: 'suricata-eve',
    head: '{"@timestamp":"x","suricata":{"eve":{"event_type":"flow"}}}\n',
  },
  {
    why: 'Suricata, through Filebeat as ECS',
    want: 'suricata-eve',
    head: '{"event":{"original":"{\\"timestamp\\":\\"x\\",\\"event_type\\":\\"dns\\"}"}}\n',
  },
  {
    why: 'nfdump CSV',
    want: 'nfdump-csv',
    head: 'ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n2018-01-12 15:37:30,2018-01-12 15:37:30,0.000,10.0.0.1,10.0.0.2,1,2,TCP\n',
  },
  {
    why: 'nfdump CSV since 1.7.3',
    want: 'nfdump-csv',
    head: 'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n',
  },
  {
    why: 'nfdump JSON, printed over many lines',
    want: 'nfdump-json',
    head: '[\n{\n\t"type" : "FLOW",\n\t"sampled" : 0,\n\t"first" : "2018-01-12T15:37:30.942",\n\t"src4_addr" : "10.0.0.1",\n',
  },
  {
    why: 'nfdump JSON, one a line',
    want: 'nfdump-json',
    head: '{"type":"FLOW","proto":6,"src6_addr":"2001:db8::1"}\n',
  },
  { why: 'nfcapd', want: 'nfcapd', head: '\u000c\u00a5\u0001\u0000\u0000' },
  { why: 'nfcapd of a big-endian machine', want: 'nfcapd', head: '\u00a5\u000c\u0000\u0001' },
  {
    why: 'Argus',
    want: 'argus-binetflow',
    head: 'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n',
  },
  {
    why: 'VPC flow logs with their default header',
    want: 'aws-vpc-flow',
    head: 'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n',
  },
  {
    why: 'VPC flow logs without a header',
    want: 'aws-vpc-flow',
    head: '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n',
  },
  {
    why: 'VPC flow logs in which nothing happened',
    want: 'aws-vpc-flow',
    head: '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA\n',
  },
  {
    why: 'VPC flow logs with columns of one’s own',
    want: 'aws-vpc-flow',
    head: 'srcaddr dstaddr tcp-flags flow-direction start\n10.0.0.1 10.0.0.2 2 ingress 1\n',
  },
  {
    why: 'VPC flow logs out of CloudWatch',
    want: 'aws-vpc-flow',
    head: '2026-11-22T00:00:00.000Z 2 123456789010 eni-0a1b 10.0.0.1 10.0.0.2 1 2 6 1 40 1 2 REJECT OK\n',
  },
  {
    why: 'a firewall among the kernel’s other messages',
    want: 'netfilter-log',
    head:
      'Nov 22 00:00:00 gw kernel: eth0: link up\nNov 22 00:00:01 gw kernel: [1.5] DROP IN=eth0 OUT= MAC=00:11 ' +
      'SRC=192.0.2.7 DST=10.0.0.1 LEN=44 TOS=0x00 TTL=55 ID=1 PROTO=TCP SPT=1 DPT=22 WINDOW=1024 SYN URGP=0\n',
  },
  {
    why: 'a firewall through journald',
    want: 'netfilter-log',
    head: '{"MESSAGE":"IN=eth0 OUT= SRC=2001:db8::7 DST=2001:db8::1 LEN=60 PROTO=UDP SPT=1 DPT=53"}\n',
  },
  {
    why: 'a kernel log before the first line of a firewall, by its name',
    want: 'netfilter-log',
    head: 'Nov 22 00:00:00 gw kernel: eth0: link up\n',
    name: '/var/log/kern.log',
  },
  {
    why: 'pfSense',
    want: 'pfsense-filterlog',
    head: 'Nov 22 00:00:00 fw filterlog[53000]: 5,,,1000000103,em0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.7,10.0.0.1,1,22,0,S,1,,1024,,\n',
  },
  {
    why: 'OPNsense, RFC 5424',
    want: 'pfsense-filterlog',
    head: '<134>1 2026-11-22T00:00:00+00:00 fw.example filterlog 53000 - - 4,,,02f4bab0,igb1,match,pass,out,4,0x0\n',
  },
  {
    why: 'Sysmon, raw',
    want: 'sysmon-json',
    head: '{"EventID":3,"Image":"C:\\\\nmap.exe","SourceIp":"10.0.0.1","DestinationIp":"10.0.0.2"}\n',
  },
  {
    why: 'Sysmon, flattened',
    want: 'sysmon-json',
    head: '{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"pc"}\n',
  },
  {
    why: 'Sysmon, Winlogbeat',
    want: 'sysmon-json',
    head: '{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":3}}\n',
  },
  {
    why: 'Sysmon, ECS',
    want: 'sysmon-json',
    head: '{"event":{"provider":"Microsoft-Windows-Sysmon","code":"3"},"process":{}}\n',
  },
  {
    why: 'Sysmon, the event as XML has it',
    want: 'sysmon-json',
    head: '{"Event":{"System":{"EventID":3},"EventData":{}}}\n',
  },
  {
    why: 'osquery',
    want: 'osquery-json',
    head: '{"name":"pack_net_socket_events","hostIdentifier":"pc","columns":{"remote_address":"10.0.0.2"},"action":"added"}\n',
  },
  {
    why: 'osqueryi, an array over lines',
    want: 'osquery-json',
    head: '[\n  {"pid":"7","remote_address":"10.0.0.2","remote_port":"22"},\n  {"pid":"8","remote_address":"",',
  },
  {
    why: 'auditd',
    want: 'auditd-log',
    head: 'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=42 success=yes\n',
  },
  {
    why: 'auditd of several machines',
    want: 'auditd-log',
    head: 'node=pc type=SOCKADDR msg=audit(1364481363.243:24287): saddr=02000016C0A80001\n',
  },
  { why: 'pcap', want: 'pcap', head: '\u00d4\u00c3\u00b2\u00a1\u0002\u0000' },
  { why: 'pcap of a big-endian machine', want: 'pcap', head: '\u00a1\u00b2\u00c3\u00d4' },
  { why: 'pcap with nanoseconds', want: 'pcap', head: '\u004d\u003c\u00b2\u00a1' },
  { why: 'pcapng', want: 'pcap', head: '\n\r\r\n\u0000' },
];

const binary = (text: string): boolean => !/^[\s\u0020-\u007e’]*$/.test(text);
const bytesOf = (text: string): Buffer => Buffer.from(text, binary(text) ? 'latin1' : 'utf8');

function seen(head: string, name = 'file', whole = true): string {
  const detection = detectFormat(bytesOf(head), name, whole);
  if (detection.kind === 'format') return detection.format;
  return detection.kind === 'unknown' ? detection.seen : 'empty';
}

describe('detectFormat', () => {
  test.each(HEADS)('$why → $want', ({ head, want, name }) => {
    expect(seen(head, name)).toBe(want);
  });

  test.each(HEADS.filter(({ head }) => !binary(head)))(
    '$why, with Windows line ends',
    ({ head, want, name }) => {
      expect(seen(head.replaceAll('\n', '\r\n'), name)).toBe(want);
    },
  );

  test.each([
    { encoding: 'UTF-8', bytes: Buffer.from('\uFEFF#separator \\x09\n') },
    { encoding: 'UTF-16LE', bytes: Buffer.from('\uFEFF#separator \\x09\n', 'utf16le') },
    { encoding: 'UTF-16BE', bytes: Buffer.from('\uFEFF#separator \\x09\n', 'utf16le').swap16() },
  ])('reads $encoding behind its byte-order mark', ({ bytes }) => {
    expect(detectFormat(bytes, 'file', true)).toEqual({ kind: 'format', format: 'zeek-tsv' });
  });

  test.each([
    {
      why: 'Zeek without its header',
      head: '1.5\tC1\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\n',
      want: 'without the #fields line',
    },
    {
      why: 'an Nmap scan',
      head: '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap">\n',
      want: 'an Nmap scan',
    },
    { why: 'XML', head: '<Events><Event/></Events>\n', want: 'XML' },
    {
      why: 'fast.log',
      head: '11/22/2026-00:00:00.000000  [**] [1:2001219:20] ET SCAN [**]\n',
      want: 'fast.log',
    },
    { why: 'JSON of something else', head: '{"a":1,"b":2}\n', want: 'JSON with the keys a, b' },
    { why: 'JSON over many lines', head: '{\n  "a": 1\n}\n', want: 'one object a line' },
    { why: 'evtx', head: 'ElfFile\u0000\u0000', want: 'a Windows event log' },
    { why: 'xz', head: '\u00fd7zXZ\u0000', want: 'xz-compressed' },
    { why: 'zip', head: 'PK\u0003\u0004', want: 'a zip archive' },
    { why: 'prose', head: 'Copyright (c) 2017\n', want: 'text that begins with “Copyright (c) 2017”' },
    { why: 'bytes', head: '\u0001\u0002\u0003\u00ff\n', want: 'binary data' },
    {
      why: 'a kernel log whose name says nothing',
      head: 'Nov 22 00:00:00 gw kernel: link up\n',
      want: 'text that begins',
    },
  ])('says what it saw of $why', ({ head, want }) => {
    expect(seen(head)).toContain(want);
    expect(unknownFormat('f', seen(head)).fix).toContain('zeek-tsv');
  });

  test.each(['', '\n', '  \r\n\n'])('%j is empty', (head) => {
    expect(seen(head)).toBe('empty');
  });

  test('a line that is still being written says nothing yet', () => {
    expect(seen('{"timestamp":"x","event_ty', 'eve.json', false)).toBe('empty');
    expect(seen('#separator', 'conn.log', false)).toBe('empty');
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, whole) => {
        expect(['format', 'empty', 'unknown']).toContain(detectFormat(bytes, 'file', whole).kind);
      }),
    );
  });
});

/** What the files of the corpus are, by where they lie. */
function expected(path: string): string {
  if (/pcap$|backscatter[.]trace$/.test(path)) return 'pcap';
  if (path.startsWith('psad/')) return 'netfilter-log';
  if (path.endsWith('.binetflow')) return 'argus-binetflow';
  if (path.endsWith('.nfdump')) return 'nfcapd';
  if (/eve[.]json([.]gz)?$/.test(path)) return 'suricata-eve';
  if (/[.]labeled$|noticeNew|horizontal/.test(path)) return 'zeek-tsv';
  return 'zeek-json';
}

const NO_TELEMETRY = /LICENSE|notice[.]log$|^truth\/|std(out|err)[.]log$|packet_filter|loaded_scripts/;

describe.skipIf(thirdPartyData() === undefined)('of other people’s files', () => {
  const data = thirdPartyData() ?? '';
  test.each(['telemetry', 'lab/suricata', 'lab/pcaps'])('every file below %s is what it is', (folder) => {
    const wrong: string[] = [];
    const files = filesBelow(join(data, folder)).filter(
      (path) => !NO_TELEMETRY.test(path) || path.startsWith('simir/logs/notice'),
    );
    for (const path of files) {
      const bytes = readFileSync(join(data, folder, path));
      const head = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).subarray(0, HEAD_BYTES);
      const found = detectFormat(head, basename(path), head.length < HEAD_BYTES);
      const got = found.kind === 'format' ? found.format : found.kind;
      if (got !== expected(path)) wrong.push(`${path}: ${got}`);
    }
    expect(files.length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });
});
