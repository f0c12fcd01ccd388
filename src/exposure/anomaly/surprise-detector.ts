import type { Census } from '../model/census.ts';
import type { AnomalyDetector } from '../model/surprise.ts';
import { SurpriseModel, type SurpriseOptions } from './surprise-model.ts';

/** The surprise model as the evaluation runs it beside others. */
export class SurpriseDetector implements AnomalyDetector {
  readonly name: string;
  readonly #model: SurpriseModel;

  constructor(options: SurpriseOptions, name = 'surprise') {
    this.name = name;
    this.#model = new SurpriseModel(options);
  }

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    return this.#model.observe(census).hosts.map(({ index, score, alert, items }) => ({
      index,
      score,
      alert: alert !== undefined,
      top: items[0]?.ports ?? [],
    }));
  }
}
