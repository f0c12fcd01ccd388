import { describe, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { formatInstant } from '../time/instant.ts';
import { readTruth } from './read-truth.ts';

const read = (value: unknown) => readTruth(JSON.stringify(value), 'truth/x.json');

describe('readTruth', () => {
  test('one recording', () => {
    const [set] = read({
      file: 'slips/vertical/conn.log',
      format: 'zeek conn',
      rows: 50,
      scanners: [{ src: '192.168.1.9', type: 'vertical', start: 1700828213.098, end: 1700828218.127 }],
      must_not_flag: [{ src: '10.0.0.1', note: 'router' }],
      ignore: 'all others',
    });
    expect(set).toMatchObject({
      name: 'slips/vertical/conn.log',
      files: ['slips/vertical/conn.log'],
      part: 'held-out',
      harmless: [{ source: '10.0.0.1', note: 'router' }],
    });
    expect(set?.scans).toMatchObject([
      { source: '192.168.1.9', words: 'vertical', families: ['fast-fan-out'], shapes: ['vertical'] },
    ]);
    expect(formatInstant(set?.scans[0]?.start ?? (0 as never))).toBe('2023-11-24T12:16:53.098Z');
  });

  test('several recordings in one file; one source with several scans', () => {
    const sets = read({
      files: [
        {
          file: 'a.log',
          scanners: [
            { src: '10.0.0.1', type: 'vertical' },
            { src: '10.0.0.1', type: 'horizontal slow tcp/445' },
          ],
        },
        { file: 'b.log', scanners: [] },
      ],
    });
    expect(sets.map((set) => [set.name, set.scans.map((scan) => scan.families[0])])).toEqual([
      ['a.log', ['fast-fan-out', 'slow']],
      ['b.log', []],
    ]);
  });

  test('the lab: expectations, with the times of the actor', () => {
    const [set] = read({
      schema: 1,
      pcap: 'nmap-decoys.pcap',
      description: 'SYN scan with three decoys',
      actors: [
        { ip: '10.66.0.11', ip6: null, observed: { unique_dst_ports: 50, first_ts: 100, last_ts: 101.5 } },
      ],
      other_sources: { '10.66.0.201': { packets: 50 } },
      expected: {
        detect: [{ src: '10.66.0.11', scan_type: 'tcp_syn', shape: 'vertical', tier: 'fast' }],
        must_not_flag: ['10.66.0.101'],
      },
    });
    expect(set).toMatchObject({
      name: 'lab/nmap-decoys',
      part: 'development',
      scans: [{ source: '10.66.0.11', families: ['fragmented-or-decoy'], start: 100e6, end: 101.5e6 }],
      harmless: [{ source: '10.66.0.101' }],
    });
    expect(set?.files).toEqual([
      'pcaps/nmap-decoys.pcap',
      'suricata/nmap-decoys.eve.json',
      'suricata/nmap-decoys.eve.json.gz',
    ]);
  });

  test('the lab names machines by IPv4; a scan over IPv6 comes from their IPv6 address', () => {
    const [set] = read({
      pcap: 'nmap-6-sS.pcap',
      actors: [{ ip: '10.66.0.11', ip6: 'fd00:66::11', command: 'nmap -6 -n -sS fd00:77::10' }],
      expected: { detect: [{ src: '10.66.0.11', scan_type: 'tcp_syn', shape: 'vertical' }] },
    });
    expect(set?.scans[0]?.source).toBe('fd00:66::11');
  });

  test('the captures that the θ were chosen on are development, wherever their folder lies', () => {
    const [set] = read({ file: 'stratosphere/008-zeek-mixed/data/conn.log.labeled' });
    expect(set?.part).toBe('development');
  });

  test.each([
    { start: '2018/12/18 14:00:40.401974', want: '2018-12-18T14:00:40.401974Z' },
    {
      start: '2018-01-12T15:37:30.942 (local time as printed by nfdump)',
      want: '2018-01-12T15:37:30.942Z',
    },
    { start: 928.943, want: '1970-01-01T00:15:28.943Z' },
    { start: 'on a Tuesday', want: undefined },
    { start: '2018/13/45 14:00:40', want: undefined },
  ])('the time $start', ({ start, want }) => {
    const [set] = read({ file: 'a', scanners: [{ src: '10.0.0.1', start }] });
    const got = set?.scans[0]?.start;
    expect(got === undefined ? undefined : formatInstant(got)).toBe(want);
  });

  test.each([
    { why: 'not JSON', text: '{' },
    { why: 'another document', text: '{"name": "package"}' },
    { why: 'a list', text: '[]' },
    { why: 'an address that is none', text: '{"file": "a", "scanners": [{"src": "10.0.0.999"}]}' },
    { why: 'a label without an address', text: '{"file": "a", "scanners": [{"type": "vertical"}]}' },
  ])('$why is refused by name', ({ text }) => {
    expect(() => readTruth(text, 'truth/x.json')).toThrow(Fault);
    expect(() => readTruth(text, 'truth/x.json')).toThrow('truth/x.json');
  });
});
