import { describe, expect, test } from 'vitest';
import { budgetsHeld, type AssessEvaluation, type WorldResult } from './evaluation.ts';
import type { Ranking } from './ranking.ts';
import { spread, summaries } from './summary.ts';

const ranking = (ap: number | undefined, events = 4): Ranking => ({
  events,
  hostScans: 1000,
  ap,
  rowAp: ap,
  recallAt: [1, 2, 5].map((budget) => ({ budget, recall: 0.5, found: [] })),
  falseAlertsAt80: ap === undefined ? undefined : 10 * ap,
});
const result = (world: string, more: Partial<WorldResult>): WorldResult => ({
  world,
  part: 'given',
  whole: ranking(0.5),
  origins: [],
  kinds: [],
  named: [],
  firstScanAp: undefined,
  budgets: [],
  leftOut: [],
  ...more,
});
const evaluation = (worlds: readonly WorldResult[]): AssessEvaluation => ({
  worlds: worlds.map(({ world, part }) => ({ name: world, part, scans: 20, hostScans: 1000, events: 4 })),
  contenders: [{ name: 'model', rule: '', worlds }],
});
const told = (nominal: number, realised: number, feedback = true) => ({
  nominal,
  realised,
  feedback,
  recall: 0.5,
});

describe('summing up', () => {
  test.each([
    { why: 'nothing', values: [], want: undefined },
    { why: 'one world has no spread', values: [3], want: { mean: 3, deviation: undefined, worlds: 1 } },
    { why: 'sample deviation', values: [1, 2, 3], want: { mean: 2, deviation: 1, worlds: 3 } },
  ])('$why', ({ values, want }) => {
    expect(spread(values)).toEqual(want);
  });

  test('parts are never added up, and worlds weigh the same', () => {
    const parts = summaries(
      evaluation([
        result('a', { whole: ranking(0.2) }),
        result('b', { whole: ranking(0.4, 40) }),
        result('c', { part: 'made-up', whole: ranking(0.9) }),
      ]),
    );
    expect(parts.map(({ part, worlds }) => [part, worlds])).toEqual([
      ['given', 2],
      ['made-up', 1],
    ]);
    expect(parts[0]?.contenders[0]?.ap?.mean).toBeCloseTo(0.3, 12);
  });

  test('what the explanation named is added up over worlds', () => {
    const named = (kind: string, found: number, count: number, instead: Record<string, number>) => ({
      kind,
      found,
      named: count,
      instead,
    });
    const [part] = summaries(
      evaluation([
        result('a', { named: [named('os_change', 3, 1, { 'new-port': 2 })] }),
        result('b', {
          named: [named('agent_lost', 1, 1, {}), named('os_change', 2, 0, { 'new-port': 1, product: 1 })],
        }),
      ]),
    );
    expect(part?.contenders[0]?.named).toEqual([
      { kind: 'agent_lost', found: 1, named: 1, instead: {} },
      { kind: 'os_change', found: 5, named: 1, instead: { 'new-port': 3, product: 1 } },
    ]);
  });

  test('a window without events has no average precision to give, and spoils none', () => {
    const origins = (ap: number | undefined, events: number) => [
      { history: 7, ranking: ranking(ap, events) },
    ];
    const [part] = summaries(
      evaluation([
        result('a', { origins: origins(undefined, 0) }),
        result('b', { origins: origins(0.6, 3) }),
      ]),
    );
    expect(part?.contenders[0]?.origins).toMatchObject([
      { history: 7, events: 3, ap: { mean: 0.6, worlds: 1 } },
    ]);
  });

  test('kinds are counted over worlds', () => {
    const kinds = (found: number) => [{ kind: 'os_change', events: 4, found }];
    const [part] = summaries(
      evaluation([result('a', { kinds: kinds(1) }), result('b', { kinds: kinds(3) })]),
    );
    expect(part?.contenders[0]?.kinds).toEqual([{ kind: 'os_change', events: 8, found: 4 }]);
  });

  test.each([
    { why: 'nobody has a budget', worlds: [result('a', {})], held: true },
    { why: 'kept', worlds: [result('a', { budgets: [told(1, 0.9), told(2, 2)] })], held: true },
    {
      why: 'overdrawn in one world, made up for in another',
      worlds: [result('a', { budgets: [told(1, 1.2)] }), result('b', { budgets: [told(1, 0.7)] })],
      held: true,
    },
    {
      why: 'overdrawn on average',
      worlds: [result('a', { budgets: [told(1, 1.2)] }), result('b', { budgets: [told(1, 0.9)] })],
      held: false,
    },
    {
      why: 'given worlds do not make up for made-up ones',
      worlds: [
        result('a', { budgets: [told(1, 0)] }),
        result('b', { part: 'made-up', budgets: [told(1, 1.1)] }),
      ],
      held: false,
    },
    {
      why: 'without verdicts nothing is promised',
      worlds: [result('a', { budgets: [told(1, 3, false)] })],
      held: true,
    },
  ])('budgets: $why', ({ worlds, held }) => {
    expect(budgetsHeld(evaluation(worlds))).toBe(held);
  });
});
