import { firstExcursion, type Excursion } from '../../stats/sequential-test.ts';
import type { Observation } from './observation.ts';

/** A stretch of observations that make one episode; indices are into all of them. */
export interface Segment extends Excursion {
  /** Where it began: `onset`, or the first of the observations right before that said nothing yet. */
  readonly begin: number;
  /** Last observation that speaks for a scan before the source was quiet for long enough. */
  readonly end: number;
}

/**
 * Cuts observations, in order of `at`, into episodes: one begins at the first step after the last zero before an
 * alarm and ends when nothing that speaks for a scan came for `quiet` microseconds. What comes later begins from 0.
 * Before an alarm no pause ends anything: a probe a week is found like a thousand a second.
 */
export function segments(
  observations: readonly Observation[],
  threshold: number,
  quiet: number,
): readonly Segment[] {
  const weights = observations.map(({ weight }) => weight);
  const found: Segment[] = [];
  for (let from = 0; from < observations.length;) {
    const first = firstExcursion(weights, threshold, from);
    if (first === undefined) break;
    let end = first.alarm;
    let active = 0;
    for (let index = first.onset; index <= first.alarm; index += 1)
      active = Math.max(active, observations[index]!.until);
    for (let index = first.alarm + 1; index < observations.length; index += 1) {
      const { at, until, weight } = observations[index]!;
      if (weight <= 0) continue;
      if (at - active > quiet) break;
      active = Math.max(active, until);
      end = index;
    }
    const excursion = firstExcursion(weights.slice(0, end + 1), threshold, from) ?? first;
    found.push({ ...excursion, begin: beginOf(observations, from, excursion.onset, quiet), end });
    from = end + 1;
  }
  return found;
}

/** Goes back over what said nothing yet, as long as there was no pause and nothing that spoke against a scan. */
function beginOf(observations: readonly Observation[], from: number, onset: number, quiet: number): number {
  let begin = onset;
  for (let index = onset - 1; index >= from; index -= 1) {
    const { at, weight, prelude } = observations[index]!;
    if (weight !== 0 || observations[begin]!.at - at > quiet) break;
    if (prelude) begin = index;
  }
  return begin;
}
