import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readScans } from '../../test/read-scan.ts';
import { thirdPartyData } from '../../test/third-party.ts';
import { changeSetOf, pairRuns } from '../exposure/diff/diff-runs.ts';
import type { RunDiff } from '../exposure/model/run-diff.ts';
import { renderDiffText } from './diff-text.ts';
import { renderDiffXml } from './diff-xml.ts';

/**
 * The pairs of ndiff-golden that do not come out byte for byte, with the rows of
 * docs/ndiff-deviations.md that say why. `verdict` is ours where it is not ndiff's.
 */
const DEVIATIONS: Readonly<
  Record<string, { readonly rows: readonly number[]; readonly verdict?: 0 | 1 | 2 }>
> = {
  'libnmap.1_hosts--1_hosts_down': { rows: [5, 7], verdict: 2 },
  'libnmap.1_hosts--1_hosts_incomplete': { rows: [15], verdict: 0 },
  'libnmap.2_hosts--2_hosts_achange': { rows: [17] },
  'libnmap.os_scan5--os_scan6': { rows: [4, 11, 12, 17, 20, 21] },
  'masscan.noports--ports': { rows: [4, 16, 18] },
  'old2008.random-1--random-2': { rows: [3, 5, 6, 12, 17, 21] },
  'probe.badaddrtype': { rows: [19], verdict: 0 },
  'probe.bothnostate': { rows: [4, 18] },
  'probe.duphost': { rows: [4, 16] },
  'probe.extraorder': { rows: [13], verdict: 0 },
  'probe.filtered_listed_vs_extra': { rows: [14] },
  'probe.listed_to_extra': { rows: [14], verdict: 0 },
  'probe.nostate': { rows: [18], verdict: 0 },
  'probe.order': { rows: [17, 5] },
  'probe.os_reorder': { rows: [11], verdict: 0 },
  'probe.prescript': { rows: [9], verdict: 1 },
  'probe.ptr': { rows: [3] },
  'probe.ptr_gained': { rows: [3] },
  'probe.trunc': { rows: [15], verdict: 0 },
  'probe.tunnel_only': { rows: [10], verdict: 1 },
  'probe.twohostscripts': { rows: [1, 8], verdict: 0 },
  'probe.twoportscripts': { rows: [1, 8], verdict: 0 },
  'upstream.complex--complex': { rows: [8], verdict: 0 },
  'upstream.complex--down': { rows: [5] },
  'upstream.down--complex': { rows: [5] },
  'upstream.down--empty': { rows: [5] },
  'upstream.down--os': { rows: [5] },
  'upstream.down--simple': { rows: [5] },
  'upstream.down--single': { rows: [5] },
  'upstream.empty--complex': { rows: [5] },
  'upstream.empty--simple': { rows: [5] },
  'upstream.empty--single': { rows: [5] },
  'upstream.os--complex': { rows: [4, 6] },
  'upstream.os--down': { rows: [5] },
  'upstream.os--empty': { rows: [5] },
  'upstream.os--simple': { rows: [6], verdict: 0 },
  'upstream.os--single': { rows: [4, 6] },
  'upstream.random-1--random-1': { rows: [17, 21] },
  'upstream.random-1--random-2': { rows: [3, 5, 11, 12, 17, 21] },
  'upstream.random-2--random-2': { rows: [17, 21] },
  'upstream.random-2--simple': { rows: [5, 17, 21] },
  'upstream.simple--complex': { rows: [4, 6] },
  'upstream.simple--down': { rows: [5] },
  'upstream.simple--os': { rows: [6], verdict: 0 },
  'upstream.simple--random-1': { rows: [5, 17, 21] },
  'upstream.simple--random-2': { rows: [5, 17, 21] },
  'upstream.single--down': { rows: [5] },
  'upstream.single--empty': { rows: [5] },
  'upstream.single--os': { rows: [4, 6] },
  'zenmap.1--2': { rows: [6], verdict: 0 },
  'zenmap.4--5': { rows: [4, 7], verdict: 2 },
};

/** Rows under which the text is ndiff's once `<` and `>` are put back and our `#` lines are left out. */
const MARKS_ONLY = new Set([4, 5, 7]);

const data = thirdPartyData();
const root = join(data ?? '', 'nmap');
type Result = Readonly<Record<string, string | number>>;
const results: Readonly<Record<string, Result>> =
  data === undefined
    ? {}
    : (JSON.parse(readFileSync(join(root, 'ndiff-golden/RESULTS.json'), 'utf8')) as Record<string, Result>);

function diffOf(result: Result): RunDiff {
  const [a] = readScans(readFileSync(join(root, String(result['a']))));
  const [b] = readScans(readFileSync(join(root, String(result['b']))));
  return pairRuns(a!, b!, { evenIfIncomparable: true });
}

function verdictOf(diff: RunDiff): 0 | 1 | 2 {
  if (!diff.comparability.comparable) return 2;
  return changeSetOf(diff).changes.length === 0 ? 0 : 1;
}

/** The text with our marks put back to ndiff's. */
function asNdiff(text: string): string {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/^[<>](?:tcp|udp|sctp|ip) ports .*\n/gm, '')
    .replace(/^</gm, '-')
    .replace(/^>/gm, '+');
}

/** Hosts in any order. */
function blocks(text: string): string[] {
  return text
    .split(/\n(?=\n)/)
    .map((block) => block.trim())
    .toSorted();
}

const cases = Object.entries(results).flatMap(([name, result]) =>
  (['text', 'verbose'] as const).map((mode) => ({ name, mode, result })),
);

describe.skipIf(data === undefined)(
  'ndiff on pairs of third-party scans (skipped when the data is not there)',
  () => {
    test('every deviation that is named has its row in the documentation', () => {
      const text = readFileSync(resolve(import.meta.dirname, '../../docs/ndiff-deviations.md'), 'utf8');
      const documented = new Set(Array.from(text.matchAll(/^\| (\d+) \|/gm), (match) => Number(match[1])));
      const named = Object.values(DEVIATIONS).flatMap(({ rows }) => rows);
      expect(named.filter((row) => !documented.has(row))).toEqual([]);
      expect(Object.keys(DEVIATIONS).filter((name) => !(name in results))).toEqual([]);
    });

    /** Our text and ndiff's, as far as the rows leave them alike; undefined where they do not, or ndiff failed. */
    function comparable(
      name: string,
      mode: 'text' | 'verbose',
      result: Result,
      diff: RunDiff,
    ): { ours: string | string[]; golden: string | string[] } | undefined {
      if (result[`patched.${mode}.rc`] === 2) return undefined;
      const ours = [...renderDiffText(diff, { verbose: mode === 'verbose' })].join('');
      const golden = readFileSync(join(root, 'ndiff-golden', `${name}.${mode}.txt`), 'utf8');
      const rows = DEVIATIONS[name]?.rows;
      if (rows === undefined) return { ours, golden };
      if (rows.every((row) => MARKS_ONLY.has(row))) return { ours: asNdiff(ours), golden };
      return rows.length === 1 && rows[0] === 17
        ? { ours: blocks(asNdiff(ours)), golden: blocks(golden) }
        : undefined;
    }

    test.each(cases)('$name $mode', ({ name, mode, result }) => {
      const diff = diffOf(result);
      expect(verdictOf(diff)).toBe(DEVIATIONS[name]?.verdict ?? result[`patched.${mode}.rc`]);
      const texts = comparable(name, mode, result, diff);
      // Pairs with other rows are told apart fact by fact in ndiff-deviations.test.ts.
      expect(texts?.ours).toEqual(texts?.golden);
    });

    test('how many come out byte for byte, and how many but for marks and order', () => {
      let identical = 0;
      let marks = 0;
      for (const { name, mode, result } of cases) {
        if (result[`patched.${mode}.rc`] === 2) continue;
        const ours = [...renderDiffText(diffOf(result), { verbose: mode === 'verbose' })].join('');
        const golden = readFileSync(join(root, 'ndiff-golden', `${name}.${mode}.txt`), 'utf8');
        if (ours === golden) identical += 1;
        else if (JSON.stringify(blocks(asNdiff(ours))) === JSON.stringify(blocks(golden))) marks += 1;
      }
      console.log(
        `ndiff's text: ${identical} byte for byte, ${marks} more but for our marks and the order of hosts`,
      );
      expect(identical).toBeGreaterThanOrEqual(38);
      expect(marks).toBeGreaterThanOrEqual(47);
    });

    const xmllint = spawnSync('xmllint', ['--version']).status === 0;
    test.skipIf(!xmllint)(
      'XML is valid against ndiff’s DTD and ours (skipped without xmllint)',
      { timeout: 120_000 },
      () => {
        const dtds = [
          join(root, 'nmap-nmap/docs/ndiff.dtd'),
          resolve(import.meta.dirname, '../../docs/ndiff-1.dtd'),
        ];
        const invalid: string[] = [];
        for (const [name, result] of Object.entries(results)) {
          const diff = diffOf(result);
          for (const verbose of [false, true]) {
            const input = [...renderDiffXml(diff, { verbose })].join('');
            for (const dtd of dtds) {
              const run = spawnSync('xmllint', ['--noout', '--dtdvalid', dtd, '-'], {
                input,
                encoding: 'utf8',
              });
              if (run.status !== 0)
                invalid.push(`${name} ${verbose ? 'verbose' : ''} ${run.stderr.slice(0, 200)}`);
            }
          }
        }
        expect(invalid).toEqual([]);
      },
    );
  },
);
