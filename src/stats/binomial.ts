/**
 * Exact two-sided confidence interval of a proportion (Clopper and Pearson, Biometrika 1934). Of nothing seen
 * in n trials it still says how much there may be: 0 of 51 is at most 7 % at level .95.
 * @param level share of intervals that hold the true proportion, e.g. .95
 */
export function clopperPearson(
  successes: number,
  trials: number,
  level = 0.95,
): readonly [lower: number, upper: number] {
  const tail = (1 - level) / 2;
  const lower = successes === 0 ? 0 : bisect((p) => 1 - binomialCdf(successes - 1, trials, p) - tail);
  const upper = successes === trials ? 1 : bisect((p) => tail - binomialCdf(successes, trials, p));
  return [lower, upper];
}

/** P(X ≤ k) of a binomial with n trials, summed in logarithms. */
function binomialCdf(k: number, n: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return k >= n ? 1 : 0;
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** Where a function that rises through 0 on [0, 1] does so. */
function bisect(rising: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
