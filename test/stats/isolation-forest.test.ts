import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fitIsolationForest } from '../../src/stats/isolation-forest/fit.ts';
import type { IsolationForest } from '../../src/stats/isolation-forest/forest.ts';
import { matrixOf, type Matrix } from '../../src/stats/isolation-forest/matrix.ts';
import { decide, scoreRows } from '../../src/stats/isolation-forest/score.ts';
import { quantile } from '../../src/stats/quantile.ts';
import { averagePrecision, rocAuc } from '../../src/stats/retrieval.ts';
import { thirdPartyData } from '../third-party.ts';

/**
 * The forest against scikit-learn 1.2.1 on public outlier sets (ADBench): the same trees give the same verdicts and the
 * same scores, and forests of our own rank as well as theirs, within the tolerances that ten of their seeds span.
 *
 * "The same" is to 1e-15, a few units in the last place. NumPy computes powers and logarithms eight at a time with Intel's SVML,
 * whose results are not correctly rounded: of the 683 scores of `breastw`, correct rounding of the very same depths
 * agrees with 443. All that comes before the power is the same operation on the same double in the same order.
 */
const shared = thirdPartyData();
const folder = shared === undefined ? '' : join(shared, 'ml');
const present = existsSync(join(folder, 'adbench'));

const unpack = (path: string): string => gunzipSync(readFileSync(path)).toString();

function readSet(name: string): { readonly matrix: Matrix; readonly outlier: readonly boolean[] } {
  const lines = unpack(join(folder, 'adbench', `${name}.csv.gz`))
    .trim()
    .split('\n');
  const rows = lines.map((line) => line.split(',').map(Number)).filter((row) => row.every(Number.isFinite));
  return {
    matrix: matrixOf(rows.map((row) => row.slice(0, -1))),
    outlier: rows.map((row) => row.at(-1) === 1),
  };
}

interface Fixture {
  readonly dataset: string;
  readonly contamination: number;
  readonly max_samples: number;
  readonly offset: number;
  readonly trees: readonly Readonly<
    Record<'feature' | 'threshold' | 'left' | 'right' | 'n', readonly number[]>
  >[];
  readonly score_samples: readonly number[];
  readonly predict: readonly number[];
}

function forestOf(fixture: Fixture, columns: number): IsolationForest {
  return {
    columns,
    samples: fixture.max_samples,
    offset: fixture.offset,
    trees: fixture.trees.map((tree) => ({
      feature: Int32Array.from(tree.feature),
      threshold: Float64Array.from(tree.threshold),
      left: Int32Array.from(tree.left),
      right: Int32Array.from(tree.right),
      samples: Int32Array.from(tree.n),
    })),
  };
}

const files = present
  ? readdirSync(join(folder, 'fixtures')).filter((name) => name.startsWith('iforest_'))
  : [];
const fixtures = files
  .map((name): Fixture => JSON.parse(unpack(join(folder, 'fixtures', name))) as Fixture)
  .filter(({ dataset }) => existsSync(join(folder, 'adbench', `${dataset}.csv.gz`)));

describe.skipIf(!present)("scikit-learn's trees, our scoring (needs ../shared)", () => {
  const LAST_PLACES = 1e-15;

  test.each(fixtures)('$dataset: every score, the offset, every verdict', (fixture) => {
    const { matrix } = readSet(fixture.dataset);
    const forest = forestOf(fixture, matrix.columns);
    const scores = scoreRows(forest, matrix);
    expect(scores).toHaveLength(fixture.score_samples.length);
    const apart = fixture.score_samples.map((want, row) => Math.abs(scores[row]! - want));
    expect(Math.max(...apart)).toBeLessThanOrEqual(LAST_PLACES);
    expect(Math.abs(quantile(scores, fixture.contamination)! - fixture.offset)).toBeLessThanOrEqual(
      LAST_PLACES,
    );
    expect(Array.from(decide(forest, matrix), (value) => (value < 0 ? -1 : 1))).toEqual(fixture.predict);
  });
});

describe.skipIf(!present)('our trees on public outlier sets (needs ../shared)', () => {
  const [head, ...lines] = present
    ? readFileSync(join(folder, 'adbench', 'results.csv'), 'utf8')
        .trim()
        .split(/\r?\n/)
    : [''];
  const columns = head!.split(',');
  const results = lines
    .map((line) => Object.fromEntries(line.split(',').map((value, index) => [columns[index], value])))
    .filter((row) => existsSync(join(folder, 'adbench', `${row['dataset']}.csv.gz`)));
  test.each(results)('$dataset: AUC and AP as scikit-learn, mean of ten seeds', (want) => {
    const { matrix, outlier } = readSet(want['dataset']);
    let auc = 0;
    let ap = 0;
    for (let seed = 0; seed < 10; seed += 1) {
      const suspicion = scoreRows(fitIsolationForest(matrix, { seed }), matrix).map((score) => -score);
      auc += rocAuc(outlier, suspicion) / 10;
      ap += averagePrecision(outlier, suspicion) / 10;
    }
    expect(Math.abs(auc - Number(want['if_auc_mean']))).toBeLessThanOrEqual(Number(want['if_auc_tol']));
    expect(Math.abs(ap - Number(want['if_ap_mean']))).toBeLessThanOrEqual(Number(want['if_ap_tol']));
  });
});
