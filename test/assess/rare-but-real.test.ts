import { describe, expect, test } from 'vitest';
import { surpriseDetector } from '../../src/exposure/flow/detectors.ts';
import { DAYS, enact, SCENARIOS } from './rare-but-real.ts';

/** False alerts per 1,000 host-scans: with about 85 hosts a day, one in six days. */
const BUDGET = 2;

describe('rare but real', () => {
  test.each(SCENARIOS)('$why: $expected', (scenario) => {
    const detector = surpriseDetector(BUDGET);
    const judged = scenario.judged ?? [DAYS - 1];
    const ranks: number[] = [];
    const messages: string[] = [];
    const silent: number[] = [];
    let told = false;
    for (const { day, census, actors } of enact(scenario)) {
      const verdicts = detector.judge(census).toSorted((a, b) => b.score - a.score);
      const names = verdicts.map(({ index }) => actors[index]?.name ?? '');
      const alerted = new Set(
        verdicts.filter(({ alert }) => alert).map(({ index }) => actors[index]?.name ?? ''),
      );
      if (alerted.has(scenario.silent ?? 'nobody')) silent.push(day);
      told ||= alerted.has(scenario.found?.host ?? 'nobody');
      if (!judged.includes(day)) continue;
      const { found, quiet } = scenario;
      if (found !== undefined && names.includes(found.host)) ranks.push(names.indexOf(found.host) + 1);
      if (quiet === undefined) continue;
      for (const { alert, index } of verdicts) {
        const actor = actors[index];
        if (alert && actor !== undefined && actor.name !== found?.host && quiet.hosts(actor))
          messages.push(`day ${day}: ${actor.name}`);
      }
    }
    if (scenario.found !== undefined) expect(Math.min(...ranks)).toBeLessThanOrEqual(scenario.found.among);
    expect(told || scenario.found?.told !== true).toBe(true);
    if (scenario.quiet !== undefined)
      expect(messages.slice(0, Math.max(0, messages.length - scenario.quiet.messages))).toEqual([]);
    expect(silent).toEqual([]);
  });
});
