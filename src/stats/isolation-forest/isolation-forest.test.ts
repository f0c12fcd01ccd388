import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitIsolationForest } from './fit.ts';
import { averagePathLength } from './forest.ts';
import { matrixOf } from './matrix.ts';
import { contributions, decide, scoreRows } from './score.ts';

/** A cloud around the origin, and one row far from it. */
const cloud = Array.from({ length: 300 }, (_, row) => [Math.sin(row * 12.9), Math.cos(row * 78.2), 7]);
const withOutlier = matrixOf([...cloud, [9, -9, 7]]);

describe('mean path length', () => {
  // c(256) from Liu, Ting and Zhou (2008), section 2; the others by hand.
  test.each([
    { n: 0, want: 0 },
    { n: 1, want: 0 },
    { n: 2, want: 1 },
    { n: 3, want: 2 * (Math.LN2 + 0.5772156649015329) - 4 / 3 },
    { n: 256, want: 10.2448 },
  ])('of $n values', ({ n, want }) => {
    expect(averagePathLength(n)).toBeCloseTo(want, 4);
  });
});

describe('a fitted forest', () => {
  test('scores what lies apart lowest', () => {
    const scores = scoreRows(fitIsolationForest(withOutlier, { seed: 1 }), withOutlier);
    expect(scores.indexOf(Math.min(...scores))).toBe(300);
  });

  test('is the same for the same seed, and another for another', () => {
    const fit = (seed: number) => scoreRows(fitIsolationForest(withOutlier, { seed }), withOutlier);
    expect(fit(7)).toEqual(fit(7));
    expect(fit(7)).not.toEqual(fit(8));
  });

  test.each([0.01, 0.1, 0.5])(
    'a contamination of %d calls that part of the rows outliers',
    (contamination) => {
      const decisions = decide(fitIsolationForest(withOutlier, { seed: 3, contamination }), withOutlier);
      const outliers = decisions.filter((value) => value < 0).length;
      expect(Math.abs(outliers - contamination * withOutlier.rows)).toBeLessThanOrEqual(1);
    },
  );

  test('never splits on a constant column, and never deeper than log2 of its rows', () => {
    for (const tree of fitIsolationForest(withOutlier, { seed: 5 }).trees) {
      const depth = (node: number): number =>
        tree.left[node]! < 0 ? 0 : 1 + Math.max(depth(tree.left[node]!), depth(tree.right[node]!));
      expect(depth(0)).toBeLessThanOrEqual(8);
      for (const [node, column] of tree.feature.entries()) {
        if (tree.left[node]! < 0) continue;
        expect(column).not.toBe(2);
        expect(tree.samples[node]).toBe(tree.samples[tree.left[node]!]! + tree.samples[tree.right[node]!]!);
      }
    }
  });

  test('all rows equal: nothing stands out', () => {
    const equal = matrixOf(Array.from({ length: 20 }, () => [1, 2]));
    const forest = fitIsolationForest(equal, { seed: 1 });
    expect(new Set(scoreRows(forest, equal)).size).toBe(1);
    expect([...contributions(forest, Float32Array.of(1, 2)).columns]).toEqual([0, 0]);
  });

  test('one row', () => {
    const one = matrixOf([[1, 2]]);
    expect([...scoreRows(fitIsolationForest(one, { seed: 1 }), one)]).toEqual([-1]);
  });

  test('the columns and the base sum to the logarithm of the score', () => {
    const rowArb = fc.tuple(
      fc.float({ min: -20, max: 20, noNaN: true }),
      fc.float({ min: -20, max: 20, noNaN: true }),
    );
    const forest = fitIsolationForest(withOutlier, { seed: 2 });
    fc.assert(
      fc.property(rowArb, ([x, y]) => {
        const row = Float32Array.of(x, y, 7);
        const score = -scoreRows(forest, matrixOf([row]))[0]!;
        const { base, columns } = contributions(forest, row);
        expect(base + columns.reduce((sum, value) => sum + value, 0)).toBeCloseTo(Math.log2(score), 9);
        expect(columns[2]).toBe(0);
      }),
    );
  });

  test('rows walk down the trees as each would alone, to the last bit, however many come together', () => {
    const columns = 3;
    const value = fc.constantFrom(0, 1, 1.5, 7, -3, 9, 0.1, Math.fround(0.1));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 21 }),
        fc.integer({ min: 2, max: 40 }),
        (rows, samples) => {
          const matrix = matrixOf(rows);
          const forest = fitIsolationForest(matrix, {
            seed: 1,
            trees: 7,
            samples: Math.min(samples, rows.length),
          });
          const alone = rows.map((_, row) => {
            let depth = 0;
            for (const { feature, threshold, left, right, samples: counts } of forest.trees) {
              let node = 0;
              let steps = 0;
              for (; left[node]! >= 0; steps += 1)
                node =
                  matrix.values[row * columns + feature[node]!]! <= threshold[node]!
                    ? left[node]!
                    : right[node]!;
              depth += steps + 1 + averagePathLength(counts[node]!) - 1;
            }
            const unit = forest.trees.length * averagePathLength(forest.samples);
            return -(unit === 0 ? 1 : 2 ** (-depth / unit));
          });
          expect([...scoreRows(forest, matrix)]).toEqual(alone);
        },
      ),
    );
  });

  test('the column that makes a row stand out is named first', () => {
    const apart = matrixOf([...cloud, [9, 0.1, 7]]);
    const { columns } = contributions(fitIsolationForest(apart, { seed: 4 }), Float32Array.of(9, 0.1, 7));
    expect(columns[0]).toBeGreaterThan(Math.abs(columns[1]!) * 2);
  });
});

test.each([
  { what: 'no rows', run: () => fitIsolationForest(matrixOf([]), { seed: 1 }) },
  { what: 'ragged rows', run: () => matrixOf([[1, 2], [1]]) },
  { what: 'a value that is no number', run: () => matrixOf([[1], [Number.NaN]]) },
  { what: 'a value beyond 32 bits', run: () => matrixOf([[1e39]]) },
  { what: 'no trees', run: () => fitIsolationForest(withOutlier, { seed: 1, trees: 0 }) },
  { what: 'no samples', run: () => fitIsolationForest(withOutlier, { seed: 1, samples: 0 }) },
  { what: 'a contamination of 0', run: () => fitIsolationForest(withOutlier, { seed: 1, contamination: 0 }) },
  {
    what: 'rows of another width',
    run: () => scoreRows(fitIsolationForest(withOutlier, { seed: 1 }), matrixOf([[1]])),
  },
])('$what: a RangeError', ({ run }) => {
  expect(run).toThrow(RangeError);
});
