import { describe, expect, test } from 'vitest';
import { READER_OPTIONS, readLines } from '../../../../test/recon/read-lines.ts';
import { formatInstant } from '../../../time/instant.ts';
import type { Flow } from '../../model/telemetry-record.ts';
import { netfilterLogReader } from './netfilter-log.ts';
import { pfsenseFilterlogReader } from './pfsense-filterlog.ts';

const IPTABLES =
  'Mar 11 20:35:11 linux kernel: [463490.251762] DROP IN=eth1 OUT= MAC=23:87:fc SRC=192.168.10.55 DST=192.168.10.1 LEN=44 TOS=0x00 PREC=0x00 TTL=53 ID=15270 ';
const told = (flow: Flow | undefined) =>
  flow === undefined
    ? undefined
    : `${flow.source} > ${flow.destination} ${flow.protocol} ${flow.sourcePort}>${flow.destinationPort} ${flow.outcome} ${flow.state} flags ${flow.sourceFlags}`;

describe('a line of iptables or nftables', () => {
  test.each([
    {
      what: 'a dropped SYN',
      line: `${IPTABLES}PROTO=TCP SPT=56247 DPT=1025 WINDOW=3072 RES=0x00 SYN URGP=0 OPT (020405B4) `,
      is: '192.168.10.55 > 192.168.10.1 6 56247>1025 silent drop flags 2',
    },
    {
      what: 'a FIN probe',
      line: `${IPTABLES}PROTO=TCP SPT=52983 DPT=1025 WINDOW=3072 RES=0x00 FIN URGP=0 `,
      is: '192.168.10.55 > 192.168.10.1 6 52983>1025 silent drop flags 1',
    },
    {
      what: 'a NULL probe',
      line: `${IPTABLES}PROTO=TCP SPT=52983 DPT=1025 WINDOW=3072 RES=0x00 URGP=0 `,
      is: '192.168.10.55 > 192.168.10.1 6 52983>1025 silent drop flags 0',
    },
    {
      what: 'an Xmas probe',
      line: `${IPTABLES}PROTO=TCP SPT=52983 DPT=1025 WINDOW=3072 RES=0x00 URG PSH FIN URGP=0 `,
      is: '192.168.10.55 > 192.168.10.1 6 52983>1025 silent drop flags 41',
    },
    {
      what: 'a late packet of a forgotten connection',
      line: `${IPTABLES}PROTO=TCP SPT=443 DPT=52983 WINDOW=3072 RES=0x00 ACK PSH URGP=0 `,
      is: '192.168.10.55 > 192.168.10.1 6 443>52983 unknown drop flags 24',
    },
    {
      what: 'a reset',
      line: `${IPTABLES}PROTO=TCP SPT=443 DPT=52983 WINDOW=0 RES=0x00 RST URGP=0 `,
      is: '192.168.10.55 > 192.168.10.1 6 443>52983 backscatter drop flags 4',
    },
    {
      what: 'UDP',
      line: `${IPTABLES}PROTO=UDP SPT=44318 DPT=1146 LEN=8 `,
      is: '192.168.10.55 > 192.168.10.1 17 44318>1146 silent drop flags 0',
    },
    {
      what: 'QUIC that nobody answers',
      line: `${IPTABLES}PROTO=UDP SPT=44318 DPT=443 LEN=1208 `,
      is: '192.168.10.55 > 192.168.10.1 17 44318>443 unknown drop flags 0',
    },
    {
      what: 'an echo request',
      line: `${IPTABLES}PROTO=ICMP TYPE=8 CODE=2 ID=2158 SEQ=512`,
      is: '192.168.10.55 > 192.168.10.1 1 0>2050 silent drop flags 0',
    },
    {
      what: 'an ICMP error, which quotes the packet that it is about',
      line: `${IPTABLES}PROTO=ICMP TYPE=3 CODE=3 [SRC=9.9.9.9 DST=8.8.8.8 LEN=60 PROTO=TCP SPT=1 DPT=2 ]`,
      is: '192.168.10.55 > 192.168.10.1 1 0>771 backscatter drop flags 0',
    },
    {
      what: 'a protocol without ports',
      line: `${IPTABLES}PROTO=162 `,
      is: '192.168.10.55 > 192.168.10.1 162 0>0 silent drop flags 0',
    },
    {
      what: 'a rejected one, by nftables with a prefix of the operator’s',
      line: `${IPTABLES.replace('DROP', 'nft-REJECT: ')}PROTO=TCP SPT=1 DPT=22 WINDOW=3072 RES=0x00 SYN URGP=0`,
      is: '192.168.10.55 > 192.168.10.1 6 1>22 refused reject flags 2',
    },
    {
      what: 'an accepted one, of which nobody knows what came back',
      line: `${IPTABLES.replace('DROP', '[UFW ALLOW]')}PROTO=TCP SPT=1 DPT=22 WINDOW=3072 RES=0x00 SYN URGP=0`,
      is: '192.168.10.55 > 192.168.10.1 6 1>22 unknown pass flags 2',
    },
    {
      what: 'IPv6',
      line: 'Mar 17 13:39:13 linux kernel: [956932.482352] DROP IN=eth0 OUT= MAC=00 SRC=2001:0db8:0000:f101:0000:0000:0000:0002 DST=2001:0db8:0000:f101:0000:0000:0000:0001 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=TCP SPT=46395 DPT=80 WINDOW=5760 RES=0x00 SYN URGP=0 ',
      is: '2001:db8:0:f101::2 > 2001:db8:0:f101::1 6 46395>80 silent drop flags 2',
    },
  ])('$what', ({ line, is }) => {
    const { records, problems } = readLines(netfilterLogReader(READER_OPTIONS), [line]);
    expect(problems).toEqual([]);
    expect(records.map((record) => told(record as Flow))).toEqual([is]);
  });

  test.each([
    { stamp: 'Mar 11 20:35:11', time: '2026-03-11T20:35:11Z' },
    { stamp: 'Dec 31 23:59:59', time: '2025-12-31T23:59:59Z' },
    { stamp: 'Nov  3 01:02:03', time: '2026-11-03T01:02:03Z' },
    { stamp: 'Feb 29 01:02:03', time: '2024-02-29T01:02:03Z' },
    { stamp: '<4>Nov 23 01:02:03', time: '2026-11-23T01:02:03Z' },
    { stamp: '2015-03-07T05:09:30.045015+02:00', time: '2015-03-07T03:09:30.045015Z' },
    { stamp: '<134>1 2003-10-11T22:14:15.003Z', time: '2003-10-11T22:14:15.003Z' },
  ])('the time $stamp', ({ stamp, time }) => {
    const line = IPTABLES.replace('Mar 11 20:35:11', stamp);
    const { records } = readLines(netfilterLogReader(READER_OPTIONS), [`${line}PROTO=UDP SPT=1 DPT=2 `]);
    expect(records.map((record) => formatInstant(record.time))).toEqual([time]);
  });

  test.each([
    { line: `${IPTABLES}PROTO=TCP SPT=1 DPT=99999 SYN`, problem: 'DPT: "99999" is no port' },
    { line: IPTABLES.replace('192.168.10.1 ', '300.1.1.1 '), problem: 'DST: "300.1.1.1" is no address' },
    { line: `${IPTABLES}PROTO=WHAT`, problem: 'PROTO: "WHAT" is no protocol' },
    { line: `${IPTABLES}PROTO=constructor`, problem: 'PROTO: "constructor" is no protocol' },
    { line: `yesterday ${IPTABLES}PROTO=UDP SPT=1 DPT=2`, problem: /no syslog time/ },
  ])('is set aside: $problem', ({ line, problem }) => {
    const { records, problems } = readLines(netfilterLogReader(READER_OPTIONS), [line]);
    expect(records).toEqual([]);
    expect(problems).toEqual([{ line: 1, message: expect.stringMatching(problem) as string }]);
  });

  test('other lines of the same syslog are none of its business', () => {
    expect(
      readLines(netfilterLogReader(READER_OPTIONS), ['Mar 11 20:35:11 linux sshd[1]: Failed password'])
        .skipped,
    ).toEqual(['no packet log']);
  });
});

describe('a line of pfSense', () => {
  const head = 'Mar 11 20:35:11 fw filterlog[40432]: ';
  test.each([
    {
      what: 'a blocked SYN',
      line: `${head}5,,,1000000103,igb1,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,203.0.113.9,192.0.2.1,54321,22,0,S,123456,,64240,,mss;nop`,
      is: '203.0.113.9 > 192.0.2.1 6 54321>22 silent block flags 2',
    },
    {
      what: 'a passed UDP datagram',
      line: `${head}5,,,1000000103,igb1,match,pass,out,4,0x0,,64,0,0,DF,17,udp,60,203.0.113.9,192.0.2.1,54321,53,40`,
      is: '203.0.113.9 > 192.0.2.1 17 54321>53 unknown pass flags 0',
    },
    {
      what: 'a blocked echo request',
      line: `${head}5,,,1000000103,igb1,match,block,in,4,0x0,,64,0,0,DF,1,icmp,84,203.0.113.9,192.0.2.1,request,17,1`,
      is: '203.0.113.9 > 192.0.2.1 1 0>2048 silent block flags 0',
    },
    {
      what: 'a blocked SYN of IPv6',
      line: `${head}5,,,1000000103,igb1,match,block,in,6,0x00,0x00000,64,TCP,6,40,2001:db8::9,2001:db8::1,54321,3389,0,S,1,,64800,,mss`,
      is: '2001:db8::9 > 2001:db8::1 6 54321>3389 silent block flags 2',
    },
    {
      what: 'syslog of RFC 5424',
      line: '<134>1 2026-11-22T05:09:30.045015+02:00 fw.example filterlog 40432 - - 5,,,1000000103,igb1,match,reject,in,4,0x0,,64,0,0,DF,6,tcp,60,203.0.113.9,192.0.2.1,54321,22,0,S,1,,1,,',
      is: '203.0.113.9 > 192.0.2.1 6 54321>22 refused reject flags 2',
    },
  ])('$what', ({ line, is }) => {
    const { records, problems } = readLines(pfsenseFilterlogReader(READER_OPTIONS), [line]);
    expect(problems).toEqual([]);
    expect(records.map((record) => told(record as Flow))).toEqual([is]);
  });
  test('is set aside when its port is none', () => {
    const { problems } = readLines(pfsenseFilterlogReader(READER_OPTIONS), [
      `${head}5,,,1000000103,igb1,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,203.0.113.9,192.0.2.1,54321,-1,0,S`,
    ]);
    expect(problems.map(({ message }) => message)).toEqual(['destination-port: "-1" is no port']);
  });
});
