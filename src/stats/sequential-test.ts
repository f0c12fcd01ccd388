/** What a success and a failure say, in nats: the logarithm of P(outcome | scan) / P(outcome | benign). */
export interface OutcomeRatios {
  /** Below 0. */
  readonly success: number;
  /** Above 0. */
  readonly failure: number;
}

/**
 * Log-likelihood ratios of one Bernoulli trial (Jung, Paxson, Berger, Balakrishnan, "Fast Portscan Detection
 * Using Sequential Hypothesis Testing", IEEE S&P 2004, section 4).
 * @param thetaBenign P(success | benign), above `thetaScan`
 * @param thetaScan P(success | scan)
 */
export function outcomeRatios(thetaBenign: number, thetaScan: number): OutcomeRatios {
  return {
    success: Math.log(thetaScan / thetaBenign),
    failure: Math.log((1 - thetaScan) / (1 - thetaBenign)),
  };
}

/** Where the statistic has to come for an alarm: ln(1/α), Wald's upper bound for a power near 1 ("Sequential Analysis", 1947). */
export function waldThreshold(alpha: number): number {
  return Math.log(1 / alpha);
}

/** A stretch over which the statistic stood above 0 and reached the threshold. Indices into the steps. */
export interface Excursion {
  /** First step after the last zero. */
  readonly onset: number;
  /** Step at which the threshold was reached. */
  readonly alarm: number;
  /** Step at which the statistic stood highest, the first of equals. */
  readonly peak: number;
  /** Its value there, in nats. */
  readonly score: number;
}

/**
 * Page's cumulative sum, S = max(0, S + step) (Page, "Continuous Inspection Schemes", Biometrika 1954), over
 * the steps from `from` on, up to the end of the first excursion that reaches the threshold. The floor at 0 is
 * what Jung's test lacks: there, enough successes end the test as "benign" and the rest goes unseen.
 * @returns undefined when the threshold is not reached
 */
export function firstExcursion(steps: readonly number[], threshold: number, from = 0): Excursion | undefined {
  let statistic = 0;
  let onset = from;
  let alarm = -1;
  let peak = from;
  let score = 0;
  for (let index = from; index < steps.length; index += 1) {
    if (statistic === 0) {
      if (alarm >= 0) break;
      onset = index;
      score = 0;
    }
    statistic = Math.max(0, statistic + steps[index]!);
    if (statistic > score) {
      score = statistic;
      peak = index;
    }
    if (alarm < 0 && statistic >= threshold) alarm = index;
  }
  return alarm < 0 ? undefined : { onset, alarm, peak, score };
}
