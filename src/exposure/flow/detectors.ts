import { ForestDetector, SeedDetector } from '../anomaly/features/feature-detectors.ts';
import { SurpriseDetector } from '../anomaly/surprise-detector.ts';
import { CONTEXT, FEATURES, type SurpriseWeights } from '../anomaly/weights.ts';
import { EMPTY_POLICY } from '../assess/policy.ts';
import type { AnomalyDetector, PortSeverity } from '../model/surprise.ts';
import { portSeverity } from './port-severity.ts';

/** Severity of a port when nobody asks: all the same, for the variant of a model that knows no rules. */
const NO_SEVERITY: PortSeverity = () => 1;

/** The first design of Tidemark as it was written, and a plain forest: what the model is held against. */
export { ForestDetector, SeedDetector, type SurpriseWeights };

/** A surprise model as `evaluate assess` runs it; each remembers what it has seen. */
export function surpriseDetector(
  budget: number,
  options: { readonly severity?: false; readonly weights?: SurpriseWeights } = {},
): AnomalyDetector {
  const severity = options.severity === false ? NO_SEVERITY : portSeverity(EMPTY_POLICY);
  return new SurpriseDetector({
    severity,
    budget,
    ...(options.weights === undefined ? {} : { weights: options.weights }),
  });
}

/** Weights out of JSON; undefined unless they name every feature and circumstance of the model, and no other. */
export function readSurpriseWeights(value: unknown): SurpriseWeights | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { features, context } = value as { readonly features?: unknown; readonly context?: unknown };
  return names(features, FEATURES) && names(context, CONTEXT) ? (value as SurpriseWeights) : undefined;
}

function names(value: unknown, wanted: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return (
    entries.length === wanted.length &&
    entries.every(([name, weight]) => wanted.includes(name) && Number.isFinite(weight))
  );
}
