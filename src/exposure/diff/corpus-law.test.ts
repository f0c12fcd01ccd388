import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readScans } from '../../../test/read-scan.ts';
import { filesBelow, thirdPartyData } from '../../../test/third-party.ts';
import { Fault } from '../../fault/fault.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { apply } from './apply.ts';
import { diffRuns } from './diff-runs.ts';
import { invert } from './invert.ts';

const data = thirdPartyData();
const differences = (a: ScanRun, b: ScanRun) => diffRuns(a, b, { evenIfIncomparable: true }).changes;

describe.skipIf(data === undefined)(
  'the law of diffs, over the third-party corpus (skipped when it is not there)',
  () => {
    const root = join(data ?? '', 'nmap');
    const runs: { readonly name: string; readonly run: ScanRun }[] = [];

    beforeAll(() => {
      for (const name of filesBelow(root)) {
        if (!name.endsWith('.xml')) continue;
        try {
          readScans(readFileSync(join(root, name))).forEach((run, index) => {
            runs.push({ name: index === 0 ? name : `${name} #${index + 1}`, run });
          });
        } catch (error) {
          // Files that are no scan are refused by the reader; its own tests say which and why.
          if (!(error instanceof Fault)) throw error;
        }
      }
    });

    test('the corpus is there', () => {
      expect(runs.length).toBeGreaterThan(100);
    });

    test('no file differs from itself', () => {
      expect(runs.filter(({ run }) => differences(run, run).length > 0).map(({ name }) => name)).toEqual([]);
    });

    // All pairs of a folder: scans of one tool are those that have hosts in common.
    test('diffs of all pairs of a folder invert, and apply', { timeout: 300_000 }, () => {
      const wrong: string[] = [];
      let pairs = 0;
      for (const a of runs) {
        for (const b of runs) {
          if (a === b || dirname(a.name) !== dirname(b.name)) continue;
          pairs += 1;
          const there = differences(a.run, b.run);
          const back = differences(b.run, a.run);
          if (JSON.stringify(invert(there)) !== JSON.stringify(back))
            wrong.push(`invert ${a.name} ${b.name}`);
          const left = differences(apply(there, a.run), b.run).filter(
            (change) => change.kind !== 'coverage-changed',
          );
          if (left.length > 0)
            wrong.push(`apply ${a.name} ${b.name}: ${left.map((change) => change.kind).join()}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(pairs).toBeGreaterThan(1000);
    });
  },
);
