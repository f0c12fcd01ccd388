import { ForestDetector, SeedDetector } from '../anomaly/features/feature-detectors.ts';
import { SurpriseDetector } from '../anomaly/surprise-detector.ts';
import { HAND_WEIGHTS, type SurpriseWeights } from '../anomaly/weights.ts';
import { EMPTY_POLICY } from '../assess/policy.ts';
import type { AnomalyDetector, PortSeverity } from '../model/surprise.ts';
import { portSeverity } from './port-severity.ts';

/** Severity of a port when nobody asks: all the same, for the variant of a model that knows no rules. */
const NO_SEVERITY: PortSeverity = () => 1;

/** The first design of Tidemark as it was written, and a plain forest: what the model is held against. */
export { ForestDetector, SeedDetector };

/** A surprise model as `evaluate assess` runs it; each remembers what it has seen. */
export function surpriseDetector(
  budget: number,
  options: { readonly severity?: false; readonly weights?: SurpriseWeights } = {},
): AnomalyDetector {
  const severity = options.severity === false ? NO_SEVERITY : portSeverity(EMPTY_POLICY);
  return new SurpriseDetector({
    severity,
    budget,
    weights: options.weights ?? HAND_WEIGHTS,
  });
}
