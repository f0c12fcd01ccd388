/**
 * The p-quantile of numbers in any order, interpolated between neighbours (type 7 of Hyndman and Fan, "Sample quantiles
 * in statistical packages", The American Statistician 50, 1996: the default of R and NumPy). Undefined for no numbers;
 * throws a RangeError unless 0 ≤ p ≤ 1.
 */
export function quantile(values: ArrayLike<number>, p: number): number | undefined {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must lie between 0 and 1, not ${String(p)}`);
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).toSorted();
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
