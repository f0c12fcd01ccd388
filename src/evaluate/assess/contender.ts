import type { AnomalyDetector } from '../../exposure/model/surprise.ts';

/** A detector that takes part: our model, a variant of it, or a baseline. Every world gets a fresh one. */
export interface Contender {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly rule: string;
  /** `budget`: false alerts per 1,000 host-scans that it may raise; most do not care. */
  readonly make: (budget: number) => AnomalyDetector;
  /** It decides on alerts by the budget, so that nominal can be held against realised. */
  readonly budgeted: boolean;
  /** The same model with weights that were learned without one kind of event; none where nothing is learned. */
  readonly without?: (kind: string) => Contender | undefined;
}
