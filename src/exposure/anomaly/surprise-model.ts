import type { Census } from '../model/census.ts';
import type { HostSurprise, LearningStage, PortSeverity, SurpriseReport } from '../model/surprise.ts';
import { anotherHostRatio, compareHost, meetHost, type HostEvidence } from './host-evidence.ts';
import { HostJudge, weigh, type HostParts } from './host-surprise.ts';
import { identify } from './identity.ts';
import { learnCensus } from './learn.ts';
import { swapRate } from './new-host.ts';
import { networkNewRate } from './new-port.ts';
import { sharedTokens } from './peer-groups.ts';
import { SurpriseState } from './surprise-state.ts';
import { Today } from './today.ts';
import { HAND_WEIGHTS, type SurpriseWeights } from './weights.ts';

/** How the model is asked. */
export interface SurpriseOptions {
  readonly severity: PortSeverity;
  /** False alerts per 1,000 host-scans that the user allows. */
  readonly budget: number;
  /** In force from the fourth scan on; before, and by default, HAND_WEIGHTS. */
  readonly weights?: SurpriseWeights;
}

/** Scans learned before learned weights are in force. */
const YOUNG_UNTIL = 3;

/** Learns a network scan by scan, and says of the next one what is unusual in it. */
export class SurpriseModel {
  readonly state: SurpriseState;
  readonly #options: SurpriseOptions;

  constructor(options: SurpriseOptions, state: SurpriseState = new SurpriseState()) {
    this.#options = options;
    this.state = state;
  }

  /** How far the model has come. */
  get stage(): LearningStage {
    const { learned } = this.state;
    return learned === 0 ? 'first-scan' : learned < YOUNG_UNTIL ? 'young' : 'learned';
  }

  /** Judges a census and learns it. */
  observe(census: Census): SurpriseReport {
    const evidence = gatherEvidence(this.state, census);
    const { stage } = this;
    // At the first scan there is nobody to compare with but the hosts of the scan itself.
    if (stage === 'first-scan') {
      learnCensus(this.state, census, evidence);
      this.state.learned = 0;
    }
    const report = this.#judge(census, evidence, stage);
    if (stage === 'first-scan') this.state.learned = 1;
    else learnCensus(this.state, census, evidence);
    return report;
  }

  #judge(census: Census, all: readonly HostEvidence[], stage: LearningStage): SurpriseReport {
    const judge = new HostJudge(this.state, new Today(this.state, census, all), this.#options.severity);
    const weights = stage === 'learned' ? (this.#options.weights ?? HAND_WEIGHTS) : HAND_WEIGHTS;
    const hosts: HostSurprise[] = [];
    for (const evidence of all) {
      const parts = judge.judge(evidence);
      if (parts === undefined) continue;
      this.onParts?.(evidence, parts);
      hosts.push(this.#surprise(evidence, parts, weights));
    }
    hosts.sort((a, b) => b.score - a.score || a.index - b.index);
    return { stage, budget: this.#options.budget, hosts, judged: census.hosts.length };
  }

  /** Told of what every score is made of, before weights: what training reads. */
  onParts: ((evidence: HostEvidence, parts: HostParts) => void) | undefined;

  #surprise(evidence: HostEvidence, parts: HostParts, weights: SurpriseWeights): HostSurprise {
    const { tokens } = this.state;
    const { group } = parts;
    const share = group === undefined ? [] : sharedTokens(group).map((token) => tokens.token(token).key);
    return {
      index: evidence.index,
      host: evidence.host.address,
      identity: evidence.identity,
      ...weigh(parts, weights),
      peers: { hosts: group?.counts.hosts ?? 0, share: group?.role ? [group.role, ...share] : share },
    };
  }
}

/** Compares every host of a census with what is remembered of it. */
export function gatherEvidence(state: SurpriseState, census: Census): readonly HostEvidence[] {
  const identities = identify(census, state.shared);
  const newRate = networkNewRate(state.window);
  return census.hosts.map((host, index) => {
    const identity = identities[index]!;
    const memory = state.hosts.get(identity);
    if (memory === undefined) return meetHost(state, census, index, identity, false);
    const evidence = compareHost(state, census, index, identity, memory);
    const rate = swapRate(state.subnets.get(host.network), state);
    const another = anotherHostRatio(state, evidence, newRate) + Math.log(rate) > 0;
    return another ? meetHost(state, census, index, identity, true) : evidence;
  });
}
