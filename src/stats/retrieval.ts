/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half (Mann and
 * Whitney, 1947). `positive[i]` belongs to `scores[i]`; NaN when one kind is missing.
 * Throws a RangeError on a score that is NaN.
 */
export function rocAuc(positive: readonly boolean[], scores: ArrayLike<number>): number {
  let positives = 0;
  let ranks = 0;
  let before = 0;
  for (const tie of ties(positive, scores, 1)) {
    // All of a tie share the mean of their ranks.
    ranks += tie.positives * (before + (tie.size + 1) / 2);
    positives += tie.positives;
    before += tie.size;
  }
  const negatives = before - positives;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Average precision: precision at every positive, averaged, over thresholds from the highest score down; equal
 * scores are one threshold (scikit-learn 1.2.1, `average_precision_score`). NaN without positives. Throws a
 * RangeError on a score that is NaN.
 */
export function averagePrecision(positive: readonly boolean[], scores: ArrayLike<number>): number {
  let found = 0;
  let judged = 0;
  let sum = 0;
  for (const tie of ties(positive, scores, -1)) {
    found += tie.positives;
    judged += tie.size;
    sum += (tie.positives * found) / judged;
  }
  return sum / found;
}

/** Groups of equal scores in order, lowest first (1) or highest first (−1). */
function* ties(
  positive: readonly boolean[],
  scores: ArrayLike<number>,
  direction: 1 | -1,
): Generator<{ readonly size: number; readonly positives: number }> {
  for (let index = 0; index < scores.length; index += 1)
    if (Number.isNaN(scores[index])) throw new RangeError(`score ${index} is no number: it has no rank`);
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index).toSorted(
    (a, b) => direction * (scores[a]! - scores[b]!),
  );
  for (let from = 0; from < order.length;) {
    let to = from;
    let positives = 0;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) {
      if (positive[order[to]!] === true) positives += 1;
      to += 1;
    }
    yield { size: to - from, positives };
    from = to;
  }
}
