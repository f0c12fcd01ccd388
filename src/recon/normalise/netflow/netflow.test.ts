import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { READER_OPTIONS, readLines, type ReadLines } from '../../../../test/recon/read-lines.ts';
import { thirdPartyData } from '../../../../test/third-party.ts';
import type { Flow } from '../../model/telemetry-record.ts';
import { awsVpcFlowReader } from './aws-vpc-flow.ts';
import { nfdumpCsvReader } from './nfdump-csv.ts';
import { nfdumpJsonReader } from './nfdump-json.ts';

const told = ({ records }: ReadLines): readonly string[] =>
  records
    .map((record) => record as Flow)
    .map(
      (flow) =>
        `${flow.source}:${flow.sourcePort} > ${flow.destination}:${flow.destinationPort}/${flow.protocol} ${flow.outcome}`,
    )
    .toSorted();

const OLD = 'ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out';
const flow = (time: string, from: string, to: string, rest: string): string =>
  `2018-01-12 15:37:${time},2018-01-12 15:37:${time},0.000,${from},${to},${rest}`;

describe('nfdump -o csv', () => {
  test.each([
    {
      what: 'a refused SYN, both directions',
      lines: [
        flow('30', '10.0.0.5', '10.0.0.9', '52324,902,TCP,......S.,0,0,1,60,0,0,0,0'),
        flow('30', '10.0.0.9', '10.0.0.5', '902,52324,TCP,...A.R..,0,0,1,40,0,0,0,0'),
      ],
      are: ['10.0.0.5:52324 > 10.0.0.9:902/6 refused'],
    },
    {
      what: 'the answer first, in the same second',
      lines: [
        flow('30', '10.0.0.9', '10.0.0.5', '902,52324,TCP,...A.R..,0,0,1,40,0,0,0,0'),
        flow('30', '10.0.0.5', '10.0.0.9', '52324,902,TCP,......S.,0,0,1,60,0,0,0,0'),
      ],
      are: ['10.0.0.5:52324 > 10.0.0.9:902/6 refused'],
    },
    {
      what: 'a SYN that nobody answers',
      lines: [flow('30', '10.0.0.5', '10.0.0.9', '52324,902,TCP,......S.,0,0,1,60,0,0,0,0')],
      are: ['10.0.0.5:52324 > 10.0.0.9:902/6 silent'],
    },
    {
      what: 'a reset without its question',
      lines: [flow('30', '10.0.0.9', '10.0.0.5', '902,52324,TCP,...A.R..,0,0,1,40,0,0,0,0')],
      are: ['10.0.0.9:902 > 10.0.0.5:52324/6 backscatter'],
    },
    {
      what: 'a record that counts both directions',
      lines: [flow('30', '10.0.0.5', '10.0.0.9', '52324,443,TCP,...AP.SF,0,0,10,600,9,9000,0,0')],
      are: ['10.0.0.5:52324 > 10.0.0.9:443/6 answered'],
    },
    {
      what: 'an echo request by type and code',
      lines: [flow('30', '10.0.0.5', '10.0.0.9', '0,8.0,ICMP,........,0,0,1,84,0,0,0,0')],
      are: ['10.0.0.5:0 > 10.0.0.9:2048/1 silent'],
    },
    {
      what: 'an echo by a packed number, and its reply',
      lines: [
        flow('30', '10.0.0.5', '10.0.0.9', '0,2048,ICMP,........,0,0,1,84,0,0,0,0'),
        flow('31', '10.0.0.9', '10.0.0.5', '0,0,ICMP,........,0,0,1,84,0,0,0,0'),
      ],
      are: ['10.0.0.5:0 > 10.0.0.9:2048/1 answered'],
    },
  ])('$what', ({ lines, are }) => {
    const read = readLines(nfdumpCsvReader(READER_OPTIONS), [OLD, ...lines, 'Summary', 'flows,bytes', '1,2']);
    expect(read.problems).toEqual([]);
    expect(told(read)).toEqual(are);
  });

  test('the names of nfdump 1.7.2 and later', () => {
    const read = readLines(nfdumpCsvReader(READER_OPTIONS), [
      'firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows',
      '2026-11-22 10:00:00.125,0.500,UDP,10.0.0.5,5353,10.0.0.9,161,1,70,1',
    ]);
    expect(read.problems).toEqual([]);
    expect(read.records[0]).toMatchObject({
      time: Date.UTC(2026, 10, 22, 10, 0, 0, 125) * 1000,
      duration: 500_000,
      outcome: 'silent',
    });
  });

  test.each([
    {
      line: flow('30', '10.0.0.x', '10.0.0.9', '1,2,TCP,......S.,0,0,1,60,0,0,0,0'),
      problem: /source address: "10.0.0.x" is no address/,
    },
    {
      line: flow('30', '10.0.0.5', '10.0.0.9', '1,70000,TCP,......S.,0,0,1,60,0,0,0,0'),
      problem: /destination port: "70000" is no port/,
    },
    {
      line: flow('99', '10.0.0.5', '10.0.0.9', '1,2,TCP,......S.,0,0,1,60,0,0,0,0'),
      problem: /first seen: .* is no time/,
    },
  ])('is set aside: $problem', ({ line, problem }) => {
    const read = readLines(nfdumpCsvReader(READER_OPTIONS), [OLD, line]);
    expect(read.problems).toEqual([{ line: 2, message: expect.stringMatching(problem) as string }]);
  });

  test('with sampling, silence says nothing', () => {
    const reader = nfdumpCsvReader({ ...READER_OPTIONS, sampling: 100 });
    const read = readLines(reader, [
      OLD,
      flow('30', '10.0.0.5', '10.0.0.9', '1,2,TCP,......S.,0,0,1,60,0,0,0,0'),
    ]);
    expect(told(read)).toEqual(['10.0.0.5:1 > 10.0.0.9:2/6 unknown']);
  });
});

describe('nfdump -o json', () => {
  const record = (fields: object): object => ({
    type: 'FLOW',
    first: '2018-01-12T15:37:30.942',
    last: '2018-01-12T15:37:30.942',
    in_packets: 1,
    in_bytes: 60,
    proto: 6,
    tcp_flags: '......S.',
    src_port: 52_324,
    dst_port: 902,
    src4_addr: '10.0.0.5',
    dst4_addr: '10.0.0.9',
    ...fields,
  });
  const answer = record({
    tcp_flags: '...A.R..',
    src_port: 902,
    dst_port: 52_324,
    src4_addr: '10.0.0.9',
    dst4_addr: '10.0.0.5',
  });
  const pretty = [
    '[',
    ...JSON.stringify(record({}), null, '\t').split('\n').slice(0, -1),
    '},',
    ...JSON.stringify(answer, null, '\t').split('\n'),
    ']',
  ];
  test.each([
    { what: 'an array, printed over many lines', lines: pretty },
    { what: 'a record a line', lines: [JSON.stringify(record({})), JSON.stringify(answer)] },
  ])('$what', ({ lines }) => {
    const read = readLines(nfdumpJsonReader(READER_OPTIONS), lines);
    expect(read.problems).toEqual([]);
    expect(told(read)).toEqual(['10.0.0.5:52324 > 10.0.0.9:902/6 refused']);
  });
  test('a record that breaks off is a problem', () => {
    const read = readLines(nfdumpJsonReader(READER_OPTIONS), pretty.slice(0, 5));
    expect(read.problems).toEqual([{ line: 2, message: 'no JSON object' }]);
  });
});

describe('AWS VPC flow logs', () => {
  const line = (rest: string): string => `2 123456789010 eni-1235b8ca ${rest}`;
  test.each([
    {
      what: 'a dropped SYN',
      lines: [line('203.0.113.9 172.31.9.69 49761 3389 6 1 40 1418530010 1418530070 REJECT OK')],
      are: ['203.0.113.9:49761 > 172.31.9.69:3389/6 silent'],
    },
    {
      what: 'a conversation of two records',
      lines: [
        line('172.31.9.12 172.31.9.69 49761 443 6 20 4249 1418530010 1418530070 ACCEPT OK'),
        line('172.31.9.69 172.31.9.12 443 49761 6 18 9249 1418530010 1418530070 ACCEPT OK'),
      ],
      are: ['172.31.9.12:49761 > 172.31.9.69:443/6 answered'],
    },
    {
      what: 'a closed port behind an open security group',
      lines: [
        line('172.31.9.12 172.31.9.69 49761 81 6 1 44 1418530010 1418530070 ACCEPT OK'),
        line('172.31.9.69 172.31.9.12 81 49761 6 1 40 1418530010 1418530070 ACCEPT OK'),
      ],
      are: ['172.31.9.12:49761 > 172.31.9.69:81/6 refused'],
    },
    {
      what: 'a custom format with TCP flags',
      lines: [
        'srcaddr dstaddr srcport dstport protocol start end packets bytes action log-status tcp-flags',
        '10.0.0.5 10.0.0.9 5000 22 6 1418530010 1418530070 1 44 ACCEPT OK 2',
      ],
      are: ['10.0.0.5:5000 > 10.0.0.9:22/6 silent'],
    },
    { what: 'no data', lines: [line('- - - - - - - 1431280876 1431280934 - NODATA')], are: [] },
  ])('$what', ({ lines, are }) => {
    const read = readLines(awsVpcFlowReader(READER_OPTIONS), lines);
    expect(read.problems).toEqual([]);
    expect(told(read)).toEqual(are);
  });
  test('a line of another length is set aside', () => {
    expect(readLines(awsVpcFlowReader(READER_OPTIONS), [line('1.1.1.1 2.2.2.2')]).problems).toEqual([
      { line: 1, message: '5 fields, where the format has 14' },
    ]);
  });
});

const capture = join(thirdPartyData() ?? '', 'telemetry', 'slips', 'test1-malicious.nfdump');
const nfdump = spawnSync('nfdump', ['-V']).status === 0;

describe.skipIf(!nfdump || !existsSync(capture))('a capture of nfcapd, through nfdump', () => {
  test.each([
    { form: 'csv', reader: nfdumpCsvReader },
    { form: 'json', reader: nfdumpJsonReader },
  ])('$form: the victim that answers 2,276 ports is no originator', ({ form, reader }) => {
    const { stdout } = spawnSync('nfdump', ['-r', capture, '-o', form], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
      maxBuffer: 1 << 27,
    });
    const read = readLines(reader(READER_OPTIONS), stdout.split('\n'));
    expect(read.problems).toEqual([]);
    const flows = read.records as readonly Flow[];
    const from = (source: string, outcome: string): number =>
      flows.filter((each) => each.source === source && each.outcome === outcome).length;
    expect(from('147.32.80.119', 'refused')).toBeGreaterThan(2000);
    expect(from('147.32.82.62', 'refused') + from('147.32.82.62', 'silent')).toBe(0);
  });
});
