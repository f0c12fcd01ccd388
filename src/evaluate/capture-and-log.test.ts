import { describe, expect, test } from 'vitest';
import { capturesAndLogs, rightTools } from './capture-and-log.ts';
import type { DataSetResult, LabelResult, LogResult, ScannerResult } from './data-set-result.ts';

const scanner = (found: boolean): ScannerResult =>
  ({ source: '192.0.2.1', found: found ? { at: 0 } : undefined }) as unknown as ScannerResult;
const label = (change: Partial<LabelResult> = {}): LabelResult =>
  ({
    source: '192.0.2.1', words: '', found: true, family: 'slow', familyNamed: true, tool: 'nmap', toolsNamed: ['Nmap'],
    families: ['slow'], depth: 'touched', ...change,
  }) as LabelResult; // prettier-ignore
const view = (change: Partial<LogResult> = {}): LogResult => ({
  file: 'f', format: 'suricata-eve', records: 1, flows: 1, problems: 0, scanners: [scanner(true)], labels: [label()], falseAlarms: [], ...change,
}); // prettier-ignore
const result = (name: string, log: LogResult | undefined, change: Partial<LogResult> = {}): DataSetResult =>
  ({ ...view({ format: 'pcap', ...change }), name, harmless: 1, log }) as unknown as DataSetResult;

const missed = view({ scanners: [scanner(false)], labels: [label({ found: false, familyNamed: false, toolsNamed: [], families: [], depth: undefined })] }); // prettier-ignore

describe('a capture beside a log of the same traffic', () => {
  test.each<[string, LogResult, readonly string[], readonly string[]]>([
    ['alike', view(), [], []],
    ['the log misses it: its depth is not counted again', missed, ['scanner', 'family', 'tool'], []],
    ['the log names no tool', view({ labels: [label({ toolsNamed: [] })] }), ['tool'], []],
    ['the log names another tool', view({ labels: [label({ toolsNamed: ['masscan'] })] }), ['tool'], []],
    ['the log gives no family', view({ labels: [label({ familyNamed: false })] }), ['family'], []],
    ['the log sees deeper', view({ labels: [label({ depth: 'attempted' })] }), [], ['depth']],
  ])('%s', (_, log, lost, gained) => {
    expect(capturesAndLogs([result('lab/a', log)])).toMatchObject([{ name: 'lab/a', lost, gained }]);
  });

  test('what only the log finds is gained', () => {
    expect(
      capturesAndLogs([result('lab/a', view(), { scanners: missed.scanners, labels: missed.labels })]),
    ).toMatchObject([{ lost: [], gained: ['scanner', 'family', 'tool'] }]);
  });

  test('captures without a log are beside those that have one; recordings elsewhere are not', () => {
    const all = [
      result('lab/a', view()),
      result('lab/b', undefined),
      result('other/c', undefined),
      result('lab/d', undefined, { format: 'zeek-tsv' }),
    ];
    expect(capturesAndLogs(all).map(({ name, log }) => [name, log !== undefined])).toEqual([
      ['lab/a', true],
      ['lab/b', false],
    ]);
    expect(capturesAndLogs(all.slice(1))).toEqual([]);
  });

  test('the deepest of several scans counts, and tools by name whatever their case', () => {
    const [row] = capturesAndLogs([
      result('lab/a', view(), { labels: [label(), label({ depth: 'enumerated', tool: 'ZMap', toolsNamed: ['zmap'] })] }),
    ]); // prettier-ignore
    expect(row?.capture.depth).toBe('enumerated');
    expect(row === undefined ? -1 : rightTools(row.capture, row.tools)).toBe(2);
  });
});
