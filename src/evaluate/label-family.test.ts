import { describe, expect, test } from 'vitest';
import { labelFamily, labelShape } from './label-family.ts';

const quick = { seconds: 5, ports: undefined };

describe('labelFamily', () => {
  test.each([
    { words: 'tcp_syn vertical', want: 'fast-fan-out' },
    { words: 'horizontal tcp/445', want: 'fast-fan-out' },
    { words: 'arp-sweep', want: 'fast-fan-out' },
    { words: 'vertical-slow', want: 'slow' },
    { words: 'tcp_syn vertical T0: 300 s between probes, paranoid', want: 'slow' },
    { words: 'tcp_syn distributed_vertical', want: 'distributed' },
    { words: 'tcp_syn+version vertical', want: 'service-enumeration' },
    { words: 'tcp_syn+nse vertical', want: 'service-enumeration' },
    { words: 'http_dirscan single', want: 'service-enumeration' },
    { words: 'tcp_syn+nse vertical nmap-script-ssl-enum', want: 'application-fingerprint' },
    { words: 'tcp_syn vertical SYN scan in tiny fragments', want: 'fragmented-or-decoy' },
    { words: 'tcp_syn vertical three decoys', want: 'fragmented-or-decoy' },
    { words: 'vertical, ports 1-65535', want: 'full-range' },
  ] as const)('$words → $want', ({ words, want }) => {
    expect(labelFamily({ words, ...quick })).toBe(want);
  });

  test('a scan of four hours is slow whatever it is called', () => {
    expect(labelFamily({ words: 'vertical', seconds: 4 * 3600, ports: 30 })).toBe('slow');
    expect(labelFamily({ words: 'vertical', seconds: 4 * 3600 - 1, ports: 30 })).toBe('fast-fan-out');
  });

  test('half of all ports is the full range', () => {
    expect(labelFamily({ words: 'vertical', seconds: 60, ports: 40_000 })).toBe('full-range');
  });
});

describe('labelShape', () => {
  test.each([
    { words: 'distributed_vertical', want: ['vertical'] },
    { words: 'top-100-port SYN scan, 28+ hosts (block scan)', want: ['block'] },
    { words: 'icmp-sweep (nmap -sn)', want: ['horizontal'] },
    { words: 'dns_enum single', want: ['single'] },
    { words: 'IP protocol scan (nmap -sO)', want: [] },
  ] as const)('$words → $want', ({ words, want }) => {
    expect(labelShape(words)).toEqual(want);
  });
});
