import type { Census } from '../model/census.ts';
import type { AnomalyDetector, SurpriseVerdict } from '../model/surprise.ts';
import { messages } from './group-alerts.ts';
import { SurpriseModel, type SurpriseOptions } from './surprise-model.ts';

/** The surprise model as the evaluation runs it beside others. Of grouped alerts, one host's counts: one message. */
export class SurpriseDetector implements AnomalyDetector {
  readonly name: string;
  readonly #model: SurpriseModel;
  readonly #verdicts: SurpriseVerdict[] = [];
  /** Identities of the last census by index: what verdicts name. */
  #judged: { readonly census: string; readonly identities: ReadonlyMap<number, string> } = {
    census: '',
    identities: new Map(),
  };

  constructor(options: SurpriseOptions, name = 'surprise') {
    this.name = name;
    this.#model = new SurpriseModel(options);
  }

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    const { hosts } = this.#model.observe(census, { verdicts: this.#verdicts });
    this.#judged = {
      census: census.id,
      identities: new Map(hosts.map(({ index, identity }) => [index, identity])),
    };
    const told = new Set(messages(hosts));
    return hosts.map((host) => ({
      index: host.index,
      score: host.score,
      alert: told.has(host),
      top: host.items[0],
    }));
  }

  feedback(
    verdicts: readonly {
      readonly census: string;
      readonly index: number;
      readonly verdict: SurpriseVerdict['verdict'];
    }[],
  ): void {
    for (const { census, index, verdict } of verdicts) {
      const identity = census === this.#judged.census ? this.#judged.identities.get(index) : undefined;
      if (identity !== undefined) this.#verdicts.push({ census, identity, verdict });
    }
  }
}
