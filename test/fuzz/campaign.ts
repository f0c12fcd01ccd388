import { Dice, mutate, split } from './mutate.ts';
import type { Target } from './targets.ts';

/** Every so many inputs are read again in other chunks, and must give the same. */
const RECHECK_EVERY = 8;

/** The figures of a campaign. */
export interface CampaignResult {
  readonly executions: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly problems: number;
  /** How many inputs were refused, by code. */
  readonly faults: Readonly<Record<string, number>>;
  readonly slowestMillis: number;
  readonly slowestIndex: number;
}

/** An input that a reader did not survive, with all that is needed to see it again. */
export class Crash extends Error {
  readonly index: number;
  readonly input: Buffer;
  constructor(index: number, input: Buffer, why: string, cause?: unknown) {
    super(`input ${index} (${input.length} bytes): ${why}`, { cause });
    this.index = index;
    this.input = input;
  }
}

/** Input number `index` of a seed, independent of those before it. */
export function inputOf(target: Target, seed: number, index: number): Buffer {
  return mutate(new Dice(seed * 1_000_003 + index), target.material);
}

/**
 * Throws `count` mutated inputs at a target. Throws Crash at the first that raises anything but a Fault,
 * breaks the promise of a reader, or reads differently in other chunks.
 */
export function campaign(target: Target, count: number, seed: number, from = 0): CampaignResult {
  const faults: Record<string, number> = {};
  let problems = 0;
  let bytes = 0;
  let slowestMillis = 0;
  let slowestIndex = -1;
  const begun = performance.now();
  for (let index = from; index < from + count; index += 1) {
    const input = inputOf(target, seed, index);
    bytes += input.length;
    const start = performance.now();
    try {
      const outcome = target.run([input]);
      const millis = performance.now() - start;
      if (millis > slowestMillis) {
        slowestMillis = millis;
        slowestIndex = index;
      }
      problems += outcome.problems;
      if (outcome.fault !== undefined) faults[outcome.fault] = (faults[outcome.fault] ?? 0) + 1;
      if (index % RECHECK_EVERY === 0) {
        const again = target.run(split(input, new Dice(index)));
        if (again.observed !== outcome.observed)
          throw new Crash(index, input, 'reads differently in other chunks');
      }
    } catch (error) {
      if (error instanceof Crash) throw error;
      throw new Crash(index, input, String(error), error);
    }
  }
  const seconds = (performance.now() - begun) / 1e3;
  return { executions: count, seconds, bytes, problems, faults, slowestMillis, slowestIndex };
}
