import { makeDailyHistory } from '../../estate/daily/daily-history.ts';
import type { World } from './world.ts';

/**
 * Seeds of made-up worlds. Constants, weights and thresholds are chosen on training seeds alone; what is reported comes
 * from evaluation seeds. The ranges do not meet, so that no world can be both.
 */
export const TRAINING_SEEDS = { first: 1, last: 9_999 } as const;
const EVALUATION_SEEDS = { first: 10_001, last: 99_999 } as const;

/** How many worlds to make up, and of what size. */
export interface MadeUpWorldsOptions {
  readonly count: number;
  /** The first is evaluation seed 10,000 + this; default 1. */
  readonly from?: number;
  readonly hosts?: number;
  readonly scans?: number;
}

/** Evaluation worlds of our own generator, one after the other. Throws a RangeError beyond the evaluation seeds. */
export function* madeUpWorlds({ count, from = 1, hosts, scans }: MadeUpWorldsOptions): Generator<World> {
  const first = EVALUATION_SEEDS.first - 1 + from;
  if (from < 1 || first + count - 1 > EVALUATION_SEEDS.last)
    throw new RangeError(`worlds ${from} to ${from + count - 1} are outside the evaluation seeds`);
  for (let seed = first; seed < first + count; seed += 1) yield madeUpWorld(seed, hosts, scans);
}

/** The world of a training seed. Throws a RangeError for any other seed. */
export function trainingWorld(seed: number, hosts?: number, scans?: number): World {
  if (seed < TRAINING_SEEDS.first || seed > TRAINING_SEEDS.last)
    throw new RangeError(`${seed} is no training seed`);
  return madeUpWorld(seed, hosts, scans);
}

/** Events from the second day on, so that every origin has some. The published worlds begin on the 21st. */
const QUIET_DAYS = 1;

function madeUpWorld(seed: number, hosts: number | undefined, scans: number | undefined): World {
  const history = makeDailyHistory({
    seed,
    quietDays: QUIET_DAYS,
    ...(hosts === undefined ? {} : { hosts }),
    ...(scans === undefined ? {} : { scans }),
  });
  return { name: `made-up/${seed}`, part: 'made-up', ...history };
}
