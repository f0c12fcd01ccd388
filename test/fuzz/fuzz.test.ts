import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { TARGETS } from './targets.ts';

/** Enough to see a reader that is broken; the long campaigns are run by test/fuzz/run.ts. */
const COUNT = 2_000;

describe('mutated inputs', () => {
  test.each(Object.keys(TARGETS))('%s survives and keeps its promise', (name) => {
    const target = TARGETS[name]!();
    const result = campaign(target, COUNT, 7);
    expect(result.executions).toBe(COUNT);
    // A campaign that refuses everything, or nothing, would prove little.
    const refused = Object.values(result.faults).reduce((sum, count) => sum + count, 0);
    expect(refused).toBeLessThan(COUNT);
    expect(result.problems + refused).toBeGreaterThan(0);
  });
});
