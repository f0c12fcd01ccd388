import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseInstant } from '../time/instant.ts';
import { exportLedger, type LedgerEntry } from './ledger-export.ts';

const at = (text: string) => parseInstant(text)!;
const NOW = at('2026-11-23T22:30:00Z');
const HOSTILE = 'x"; sid:1;) \t\r\n=cmd|\u202e\\,#-';
const ENTRIES: readonly LedgerEntry[] = [
  {
    id: 'scan 1f2e3d4c',
    owner: 'Alice',
    ticket: 'CHG-1',
    source: '10.0.0.5',
    targets: ['10.0.0.0/24', '10.0.1.7'],
    protocol: 'tcp',
    ports: '22,8000-8100',
    from: at('2026-11-23T22:00:00Z'),
    to: at('2026-11-23T23:00:00Z'),
  },
  {
    id: 'grant six',
    owner: HOSTILE,
    ticket: '-',
    source: '2001:db8::5',
    targets: ['2001:db8:1::/64'],
    protocol: 'any',
    ports: '',
    from: at('2026-01-01'),
    to: at('2027-01-01'),
  },
  {
    id: HOSTILE,
    owner: '',
    ticket: '',
    source: '10.0.0.6',
    targets: ['10.0.0.1'],
    protocol: 'udp',
    ports: '',
    from: at('2026-01-01'),
    to: at('2026-01-02'),
  },
];

test('Suricata: pass rules for what holds now', () => {
  expect(exportLedger(ENTRIES, 'suricata', NOW)).toBe(
    [
      '# Authorised scans that hold at 2026-11-23T22:30:00Z. Write it anew when they change.',
      'pass tcp 10.0.0.5 any -> [10.0.0.0/24,10.0.1.7] [22,8000:8100] (msg:"authorised scan 1f2e3d4c, CHG-1, until 2026-11-23T23_00_00Z"; sid:1900000; rev:1;)',
      'pass ip 2001:db8::5 any -> 2001:db8:1::/64 any (msg:"authorised grant six, -, until 2027-01-01T00_00_00Z"; sid:1900001; rev:1;)',
      '',
    ].join('\n'),
  );
});

test('Zeek: a line for each block', () => {
  const lines = exportLedger(ENTRIES, 'zeek', NOW).split('\n');
  expect(lines[0]).toBe('#fields\tsource\ttarget\tbegins\tends\tid\towner\tticket');
  expect(lines[1]).toBe(
    '10.0.0.5/32\t10.0.0.0/24\t1795471200.000000\t1795474800.000000\tscan 1f2e3d4c\tAlice\tCHG-1',
  );
  expect(lines[3]?.split('\t').slice(-3)).toEqual([
    'grant six',
    'x"; sid:1;) \\x09\\x0d\\x0a=cmd|\u202e\\x5c\\x2c#-',
    '\\x2d',
  ]);
  expect(lines.slice(1, -1).every((line) => line.split('\t').length === 7)).toBe(true);
});

test('CSV: one record a line, no formula', () => {
  const records = exportLedger([{ ...ENTRIES[0]!, owner: '=1+1', targets: ['10.0.0.1'] }], 'csv', NOW);
  expect(records).toBe(
    'id,owner,ticket,source,target,protocol,ports,from,to\r\nscan 1f2e3d4c,"\'=1+1",CHG-1,10.0.0.5,10.0.0.1,tcp,"22,8000-8100",2026-11-23T22:00:00Z,2026-11-23T23:00:00Z\r\n',
  );
});

describe('what the text of a grant says never becomes a rule, a line or a field', () => {
  test.each(['suricata', 'zeek', 'csv'] as const)('%s', (format) => {
    const entries = [{ ...ENTRIES[0]!, id: HOSTILE, ticket: HOSTILE, owner: HOSTILE, targets: ['10.0.0.1'] }];
    const text = exportLedger(entries, format, NOW);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    if (format === 'suricata') expect(text.match(/sid:/g)).toHaveLength(1);
  });
});

const SURICATA = 'suricata';
const installed = spawnSync(SURICATA, ['-V']).error === undefined;

test.runIf(installed)('Suricata takes the rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-suricata-'));
  const rules = join(folder, 'own.rules');
  writeFileSync(rules, exportLedger(ENTRIES, 'suricata', NOW));
  const ran = spawnSync(SURICATA, ['-T', '-S', rules, '-l', folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(ran).toMatchObject({ status: 0 });
});
