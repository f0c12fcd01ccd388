import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { TARGETS } from './targets.ts';

/** Enough to see a reader that is broken; the long campaigns are run by test/fuzz/run.ts. */
const COUNT = 2_000;
/** Frames that ask for much memory get it, which takes longer than reading them. */
const COUNTS: Readonly<Record<string, number>> = { zstd: 200 };

describe('mutated inputs', () => {
  test.each(Object.keys(TARGETS))('%s survives and keeps its promise', (name) => {
    const target = TARGETS[name]!();
    const count = COUNTS[name] ?? COUNT;
    const result = campaign(target, count, 7);
    expect(result.executions).toBe(count);
    // A campaign that refuses everything, or nothing, would prove little.
    const refused = Object.values(result.faults).reduce((sum, times) => sum + times, 0);
    expect(refused).toBeLessThan(count);
    expect(result.problems + refused).toBeGreaterThan(0);
  });
});
