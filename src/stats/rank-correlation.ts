/**
 * Spearman's rank correlation of a sequence with its own order: 1 when it only rises, -1 when it only falls,
 * near 0 when it is shuffled. Equal values share their mean rank. NaN for fewer than two values, or when all
 * are equal. (Spearman, "The Proof and Measurement of Association between Two Things", 1904.)
 */
export function orderCorrelation(values: readonly number[]): number {
  const size = values.length;
  const byValue = values.map((_, index) => index).toSorted((a, b) => values[a]! - values[b]! || a - b);
  const ranks = new Float64Array(size);
  for (let start = 0; start < size;) {
    let end = start;
    while (end + 1 < size && values[byValue[end + 1]!] === values[byValue[start]!]) end += 1;
    for (let at = start; at <= end; at += 1) ranks[byValue[at]!] = (start + end) / 2;
    start = end + 1;
  }
  const mean = (size - 1) / 2;
  let covariance = 0;
  let ofRanks = 0;
  let ofOrder = 0;
  for (let index = 0; index < size; index += 1) {
    covariance += (index - mean) * (ranks[index]! - mean);
    ofRanks += (ranks[index]! - mean) ** 2;
    ofOrder += (index - mean) ** 2;
  }
  return covariance / Math.sqrt(ofRanks * ofOrder);
}
