import type { Confidence } from './finding.ts';

/** One named thing that lowers confidence, and to what part. */
export type Lowering = Confidence['lowered'][number];

/** Nothing lowers it. */
export const FULL_CONFIDENCE: Confidence = { value: 1, lowered: [] };

/**
 * Multiplies what lowers a claim, each reason once, strongest first; two decimals, because the factors are
 * judgements and not measurements, and never below 0.05: a scan that saw something saw something.
 */
export function confidenceOf(lowered: readonly Lowering[]): Confidence {
  const byReason = new Map<string, Lowering>();
  for (const lowering of lowered) {
    const known = byReason.get(lowering.reason);
    if (known === undefined || lowering.factor < known.factor) byReason.set(lowering.reason, lowering);
  }
  if (byReason.size === 0) return FULL_CONFIDENCE;
  const sorted = [...byReason.values()].toSorted(
    (a, b) => a.factor - b.factor || (a.reason < b.reason ? -1 : 1),
  );
  const value = sorted.reduce((product, lowering) => product * lowering.factor, 1);
  return { value: Math.max(0.05, Math.round(value * 100) / 100), lowered: sorted };
}

/** A confidence with further reasons against it. */
export function lowerFurther(confidence: Confidence, lowered: readonly Lowering[]): Confidence {
  return lowered.length === 0 ? confidence : confidenceOf([...confidence.lowered, ...lowered]);
}
