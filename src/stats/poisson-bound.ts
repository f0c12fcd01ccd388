/**
 * Upper confidence bound of a Poisson mean after `events` were counted: the largest mean under which so few events
 * have the chance `1 − confidence` (the exact bound of Garwood, "Fiducial limits for the Poisson distribution",
 * Biometrika 28, 1936). For no events at 95 % it is −ln 0.05 = 3.00, the "rule of three" (Hanley and Lippman-Hand,
 * JAMA 249, 1983). Divide by the exposure to get the bound of a rate.
 *
 * `events` is a whole number from 0, `confidence` lies between 0 and 1; throws a RangeError otherwise.
 */
export function poissonUpperBound(events: number, confidence = 0.95): number {
  if (!Number.isInteger(events) || events < 0)
    throw new RangeError(`events must be a count, not ${String(events)}`);
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence must lie between 0 and 1, not ${String(confidence)}`);
  const wanted = 1 - confidence;
  let low = events;
  let high = events + 1;
  while (poissonAtMost(events, high) > wanted) {
    low = high;
    high *= 2;
  }
  // Each step halves the interval; 60 steps leave less than the rounding of a double.
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (poissonAtMost(events, middle) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(X ≤ events) for X of a Poisson distribution, summed from its largest term down so that nothing overflows. `events`
 * is a whole number from 0, `mean` 0 or more.
 */
export function poissonAtMost(events: number, mean: number): number {
  if (mean === 0) return 1;
  let logTerm = -mean;
  for (let k = 1; k <= events; k += 1) logTerm += Math.log(mean / k);
  let term = Math.exp(logTerm);
  let sum = 0;
  for (let k = events; k >= 0 && term > 0; k -= 1) {
    sum += term;
    term *= k / mean;
  }
  return sum;
}
