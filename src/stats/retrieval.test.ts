import { describe, expect, test } from 'vitest';
import { averagePrecision, rocAuc } from './retrieval.ts';

// Worked by hand; the last two agree with scikit-learn 1.2.1.
describe('ranking metrics', () => {
  test.each([
    { why: 'positives first', positive: [1, 1, 0, 0], scores: [4, 3, 2, 1], auc: 1, ap: 1 },
    { why: 'positives last', positive: [1, 1, 0, 0], scores: [1, 2, 3, 4], auc: 0, ap: (1 / 3 + 2 / 4) / 2 },
    { why: 'no order at all', positive: [1, 0, 1, 0], scores: [1, 1, 1, 1], auc: 0.5, ap: 0.5 },
    {
      why: 'a tie between kinds counts half',
      positive: [0, 0, 1, 1],
      scores: [0.1, 0.4, 0.4, 0.8],
      auc: 0.875,
      ap: (1 + 2 / 3) / 2,
    },
    {
      why: 'one wrong pair',
      positive: [0, 0, 1, 1],
      scores: [0.1, 0.4, 0.35, 0.8],
      auc: 0.75,
      ap: (1 + 2 / 3) / 2,
    },
  ])('$why', ({ positive, scores, auc, ap }) => {
    const labels = positive.map((label) => label === 1);
    expect(rocAuc(labels, scores)).toBeCloseTo(auc, 12);
    expect(averagePrecision(labels, scores)).toBeCloseTo(ap, 12);
  });

  test('a score that is no number has no rank', () => {
    for (const metric of [rocAuc, averagePrecision])
      expect(() => metric([true, false], [1, Number.NaN])).toThrow(/score 1 is no number/);
  });

  test('nothing to find has no precision', () => {
    expect(averagePrecision([false, false], [1, 2])).toBeNaN();
    expect(rocAuc([true], [1])).toBeNaN();
  });
});
