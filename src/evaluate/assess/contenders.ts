import {
  ForestDetector,
  SeedDetector,
  surpriseDetector,
  type SurpriseWeights,
} from '../../exposure/flow/detectors.ts';
import { AnyChange } from './baselines/any-change.ts';
import { SetNovelty } from './baselines/set-novelty.ts';
import type { Contender } from './contender.ts';

/** Weights of our model that never saw events of a kind, by kind. */
export type LeftOutWeights = ReadonlyMap<string, SurpriseWeights>;

/** Our model; with weights of `leftOut` in place of its own where a kind is left out. */
function surprise(leftOut: LeftOutWeights): Contender {
  const contender: Contender = {
    name: 'surprise',
    rule: 'our model: how improbable what is seen is, given the host, its peers and its subnet, times severity',
    make: (budget) => surpriseDetector(budget),
    budgeted: true,
    without: (kind) => {
      const weights = leftOut.get(kind);
      return weights && { ...contender, make: (budget) => surpriseDetector(budget, { weights }) };
    },
  };
  return contender;
}

/** Who takes part, in the order of the tables. */
export function contenders(leftOut: LeftOutWeights = new Map()): readonly Contender[] {
  return [surprise(leftOut), ...RIVALS];
}

const RIVALS: readonly Contender[] = [
  {
    name: 'no severity',
    rule: 'the same where every port is as bad as every other: what statistics alone can do',
    make: (budget) => surpriseDetector(budget, { severity: false }),
    budgeted: false,
  },
  {
    name: 'seed',
    rule: 'the first design as it was written: thirteen features of the scan, a forest, 0.6 × rules + 0.4 × anomaly',
    make: () => new SeedDetector(),
    budgeted: false,
  },
  {
    name: 'forest',
    rule: 'an isolation forest on temporal and peer features of each host: learning without structure',
    make: () => new ForestDetector(),
    budgeted: false,
  },
  {
    name: 'any-change',
    rule: 'whatever a diff against the last scan of the profile prints, by the number of lines (as ndiff)',
    make: () => new AnyChange(),
    budgeted: false,
  },
  {
    name: 'set-novelty',
    rule: 'how many ports, products, versions and OS families a host never had before',
    make: () => new SetNovelty(),
    budgeted: false,
  },
];
