import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { READER_OPTIONS, readLines } from '../../../../test/recon/read-lines.ts';
import { thirdPartyData } from '../../../../test/third-party.ts';
import type { Flow } from '../../model/telemetry-record.ts';
import { argusBinetflowReader } from './argus-binetflow.ts';

const HEADER =
  'StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label';

describe('an Argus flow', () => {
  test.each([
    { flow: 'tcp,1.1.1.1,52691,   ->,2.2.2.2,445,S_,0,0,1,70,70,1', is: '6 52691>445 silent' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,S_RA,0,0,2,134,70,1', is: '6 52798>445 refused' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,SR_SA,0,0,3,134,70,2', is: '6 52798>445 half-open' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,SRA_SA,0,0,3,134,70,2', is: '6 52798>445 half-open' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,SRA_SA,0,0,4,194,130,3', is: '6 52798>445 answered' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,SRA_,0,0,2,130,130,2', is: '6 52798>445 silent' },
    { flow: 'tcp,1.1.1.1,52798,   ->,2.2.2.2,445,SRPA_,0,0,5,930,930,5', is: '6 52798>445 unknown' },
    { flow: 'tcp,1.1.1.1,5,   ->,2.2.2.2,80,FSPA_FSPA,0,0,20,2000,1000,9', is: '6 5>80 answered' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,50000,SA_,0,0,20,2000,2000,20', is: '6 80>50000 backscatter' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,5,SA_,0,0,1,60,60,1', is: '6 80>5 backscatter' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,5,SA_,0,0,20,2000,2000,20', is: '6 80>5 unknown' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,5,FPU_,0,0,1,60,60,1', is: '6 80>5 silent' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,5,FPU_RA,0,0,2,120,60,1', is: '6 80>5 refused' },
    { flow: 'tcp,1.1.1.1,80,  <?>,2.2.2.2,5,PA_PA,0,0,20,2000,1000,9', is: '6 80>5 unknown' },
    { flow: 'tcp,1.1.1.1,80,   ->,2.2.2.2,5,S0,0,0,31,8764,1887,15', is: '6 80>5 silent' },
    { flow: 'udp,1.1.1.1,80,  <->,2.2.2.2,53,CON,0,0,2,208,72,1', is: '17 80>53 answered' },
    { flow: 'udp,1.1.1.1,80,   ->,2.2.2.2,53,INT,0,0,1,72,72,1', is: '17 80>53 silent' },
    { flow: 'rtp,1.1.1.1,80,   ->,2.2.2.2,443,INT,0,0,1,72,72,1', is: '17 80>443 unknown' },
    { flow: 'udp,1.1.1.1,80,   ->,2.2.2.2,53,URP,0,0,1,72,72,1', is: '17 80>53 unreachable' },
    { flow: 'icmp,1.1.1.1,0x0008,   ->,2.2.2.2,0x7208,ECO,0,0,2,144,144,2', is: '1 0>2048 silent' },
    { flow: 'icmp,1.1.1.1,0x0008,  <->,2.2.2.2,0x2d34,ECO,0,0,2,156,78,1', is: '1 0>2048 answered' },
    { flow: 'icmp,1.1.1.1,0x0303,   ->,2.2.2.2,0xca67,URP,0,0,1,171,171,1', is: '1 0>771 backscatter' },
    { flow: 'arp,1.1.1.1,,  who,2.2.2.2,,CON,,,2,120,60,1', is: '2054 0>0 answered' },
  ])('$flow', ({ flow, is }) => {
    const { records, problems } = readLines(argusBinetflowReader(READER_OPTIONS), [
      HEADER,
      `2018/12/18 14:00:40.401974,0.016286,${flow},`,
    ]);
    expect(problems).toEqual([]);
    expect(
      records.map((record) => {
        const { protocol, sourcePort, destinationPort, outcome } = record as Flow;
        return `${protocol} ${sourcePort}>${destinationPort} ${outcome}`;
      }),
    ).toEqual([is]);
    expect(records[0]).toMatchObject({
      time: Date.UTC(2018, 11, 18, 14, 0, 40) * 1000 + 401_974,
      duration: 16_286,
    });
  });

  test.each([
    { column: 'without SrcPkts, a reset and its ACK are two packets', packets: 3, is: 'half-open' },
    { column: 'or three', packets: 4, is: 'answered' },
  ])('$column', ({ packets, is }) => {
    const { records } = readLines(argusBinetflowReader(READER_OPTIONS), [
      HEADER.replace('SrcPkts,', ''),
      `2018/12/18 14:00:40.401974,0,tcp,1.1.1.1,1,   ->,2.2.2.2,445,SRA_SA,0,0,${packets},194,130,`,
    ]);
    expect(records).toMatchObject([{ outcome: is }]);
  });

  test('of a protocol that is none is skipped', () => {
    const flow = '2018/12/18 14:00:40.401974,0,constructor,1.1.1.1,1,   ->,2.2.2.2,445,INT,0,0,1,70,70,1,';
    const { records, skipped } = readLines(argusBinetflowReader(READER_OPTIONS), [HEADER, flow]);
    expect(records).toEqual([]);
    expect(skipped).toHaveLength(2);
  });

  test('needs its header, from the same file or primed', () => {
    const flow = '2018/12/18 14:00:40.401974,0,tcp,1.1.1.1,1,   ->,2.2.2.2,445,S_,0,0,1,70,70,1,';
    expect(readLines(argusBinetflowReader(READER_OPTIONS), [flow]).problems).toHaveLength(1);
    const reader = argusBinetflowReader(READER_OPTIONS);
    reader.prime(HEADER);
    expect(readLines(reader, [flow]).records).toHaveLength(1);
  });
});

const folder = thirdPartyData();

describe.skipIf(folder === undefined)('third-party files', () => {
  test.each([
    { name: 'CTU-Normal-7-2013-13-07.binetflow', flows: 9797, problems: 0 },
    { name: 'test11-portscan.binetflow', flows: 66, problems: 0 },
    { name: 'test3-mixed.binetflow', flows: 89, problems: 0 },
    { name: 'test4-malicious.binetflow', flows: 394, problems: 0 },
  ])('$name', ({ name, flows, problems }) => {
    const lines = readFileSync(join(folder ?? '', 'telemetry', 'slips', name), 'utf8').split('\n');
    const read = readLines(argusBinetflowReader(READER_OPTIONS), lines);
    expect({
      flows: read.records.length,
      problems: read.problems.slice(0, 3),
      all: read.problems.length,
    }).toEqual({
      flows,
      problems: [],
      all: problems,
    });
    expect(read.records.length + read.skipped.length + read.problems.length).toBe(lines.length);
  });
});
