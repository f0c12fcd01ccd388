import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenRecord } from '../fuzz/invariants.ts';
import { thirdPartyData } from '../third-party.ts';
import { countOutcomes, readCapture } from './read-capture.ts';

const data = thirdPartyData();

describe.skipIf(data === undefined)('captures of others', () => {
  test.each<[string, Record<string, number>]>([
    ['bro-simple-scan/445_scan.pcap', { '6 silent': 13 }],
    // Its targets were given other addresses afterwards, but not inside the ICMP errors: nothing belongs together.
    ['bro-simple-scan/multiport_scan.pcap', { '6 silent': 10, '1 backscatter': 6 }],
    ['bro-simple-scan/port_scan.pcap', { '6 silent': 10 }],
    ['bro-simple-scan/scan_with_zero_windows.pcap', { '6 silent': 10 }],
    ['bro-simple-scan/backscatter.trace', { '6 backscatter': 3_462, '17 silent': 2 }],
    [
      'slips/test7-malicious.pcap',
      {
        '6 silent': 364,
        '6 refused': 5,
        '6 unreachable': 3,
        '6 answered': 2,
        '17 silent': 162,
        '17 answered': 48,
        '17 unreachable': 4,
        '1 silent': 1,
        '58 silent': 1,
        '58 unknown': 5,
        '2 unknown': 3,
        '2054 unknown': 5,
        '2054 answered': 5,
      },
    ],
    [
      'slips/test8-malicious.pcap',
      { '17 answered': 1, '2054 unknown': 1, '2054 silent': 253, '2054 answered': 3 },
    ],
    ['slips/test12-icmp-portscan.pcap', { '1 answered': 11, '1 silent': 7 }],
  ])('%s', (name, want) => {
    const { flows, sink } = readCapture(readFileSync(join(data ?? '', 'telemetry', name)));
    expect(countOutcomes(flows)).toEqual(want);
    expect(sink.problems).toEqual([]);
    expect(sink.records.map(brokenRecord).filter((broken) => broken !== undefined)).toEqual([]);
  });
});
