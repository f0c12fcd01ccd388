import { describe, expect, test } from 'vitest';
import { rank, type Scored } from './ranking.ts';

const harmless = (...scores: number[]): Scored[] => scores.map((score) => ({ score, events: [] }));
const shows = (event: number, ...scores: number[]): Scored[] =>
  scores.map((score) => ({ score, events: [event] }));

// 1,000 host-scans: budgets of 1, 2 and 5 are that many false alerts.
describe('ranking', () => {
  test.each([
    {
      why: 'all events first',
      scored: [...shows(1, 9), ...shows(2, 8), ...harmless(7, 6)],
      visible: [1, 2],
      want: { ap: 1, recall: [1, 1, 1], at80: 0 },
    },
    {
      why: 'an event counts once, at its best',
      scored: [...shows(1, 9, 1, 1), ...harmless(8, 7, 6), ...shows(2, 5)],
      visible: [1, 2],
      // Event 1 first; event 2 behind three false alerts: (1 + 2/5) / 2.
      want: { ap: 0.7, recall: [0.5, 0.5, 1], at80: 3 },
    },
    {
      why: 'an event that was never scored is missed, however many alerts are allowed',
      scored: [...shows(1, 9), ...harmless(8)],
      visible: [1, 2],
      want: { ap: 0.5, recall: [0.5, 0.5, 0.5], at80: undefined },
    },
    {
      why: 'a tie is taken whole: three false alerts are not two',
      scored: [...shows(1, 5), ...harmless(5, 5, 5)],
      visible: [1],
      want: { ap: 0.25, recall: [0, 0, 1], at80: 3 },
    },
    { why: 'nothing is said', scored: [], visible: [1], want: { ap: 0, recall: [0, 0, 0], at80: undefined } },
    {
      why: 'nothing to find',
      scored: harmless(3, 2),
      visible: [],
      want: { ap: undefined, recall: [0, 0, 0], at80: undefined },
    },
  ])('$why', ({ scored, visible, want }) => {
    const { ap, recallAt, falseAlertsAt80 } = rank(scored, new Set(visible), 1000, 1);
    expect(ap === undefined ? ap : Math.round(ap * 1e9) / 1e9).toBe(want.ap);
    expect(recallAt.map(({ recall }) => recall)).toEqual(want.recall);
    expect(falseAlertsAt80).toBe(want.at80);
  });
});
