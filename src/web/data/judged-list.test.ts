import { describe, expect, test } from 'vitest';
import type { FindingRow, FindingsPage } from '../../api/findings.ts';
import { listAfterJudging, type LeftRow } from './judged-list.ts';

type State = FindingRow['state'];

function row(id: string, state: State): FindingRow {
  return {
    id,
    half: 'exposure',
    rule: 'legacy.telnet',
    title: id,
    severity: 'high',
    score: 30,
    confidence: 1,
    state,
    since: '2026-11-22T00:00:00Z',
    why: '',
    until: null,
    reopened: 0,
    present: true,
    hosts: [],
    hostCount: 0,
    port: null,
    network: null,
    role: null,
    firstSeen: '2026-11-22T00:00:00Z',
    lastSeen: '2026-11-22T00:00:00Z',
    scan: null,
    standing: 'review',
  };
}

function page(...ids: readonly string[]): FindingsPage {
  return {
    items: ids.map((id) => row(id, 'open')),
    total: 4,
    facets: {
      state: [{ value: 'open', count: 4 }],
      severity: [
        { value: 'high', count: 4 },
        { value: 'low', count: 2 },
      ],
      half: [{ value: 'exposure', count: 4 }],
      rule: [{ value: 'legacy.telnet', count: 4 }],
    },
  };
}

const NONE = new Map<string, LeftRow>();
const list = { pages: [page('a', 'b'), page('c', 'd')], pageParams: [undefined, 'next'] };
const judged = (...rows: readonly FindingRow[]) => new Map(rows.map((each) => [each.id, each]));
const namesOf = ({ pages }: typeof list): readonly string[] =>
  pages.map(({ items }) => items.map(({ id, state }) => `${id} ${state}`).join(', '));

describe('a list after a verdict', () => {
  test('what its filter no longer holds has left, wherever it stood, and is no longer counted', () => {
    const after = listAfterJudging(list, ['open'], judged(row('c', 'noise')), NONE)!.list;
    expect(namesOf(after)).toStrictEqual(['a open, b open', 'd open']);
    expect(after.pages[0]).toMatchObject({
      total: 3,
      facets: {
        state: [
          { value: 'open', count: 3 },
          { value: 'noise', count: 1 },
        ],
        severity: [
          { value: 'high', count: 3 },
          { value: 'low', count: 2 },
        ],
        half: [{ value: 'exposure', count: 3 }],
        rule: [{ value: 'legacy.telnet', count: 3 }],
      },
    });
  });

  test('what still fits stays where it stands, as it stands now', () => {
    const after = listAfterJudging(list, undefined, judged(row('a', 'confirmed')), NONE)!.list;
    expect(namesOf(after)).toStrictEqual(['a confirmed, b open', 'c open, d open']);
    expect(after.pages[0]).toMatchObject({
      total: 4,
      facets: {
        state: [
          { value: 'open', count: 3 },
          { value: 'confirmed', count: 1 },
        ],
        severity: [
          { value: 'high', count: 4 },
          { value: 'low', count: 2 },
        ],
      },
    });
  });

  test('a list that has none of them is the same one', () => {
    expect(listAfterJudging(list, ['open'], judged(row('z', 'noise')), NONE)?.list).toBe(list);
  });

  test.each([
    { gone: ['b'], back: ['b'] },
    { gone: ['a'], back: ['a'] },
    { gone: ['b', 'c'], back: ['c', 'b'] },
    { gone: ['a', 'b', 'c', 'd'], back: ['b', 'd', 'a', 'c'] },
  ])('$gone taken back come back where they were, one after the other', ({ gone, back }) => {
    let after = { list, left: NONE as ReadonlyMap<string, LeftRow> };
    for (const id of gone)
      after = listAfterJudging(after.list, ['open'], judged(row(id, 'noise')), after.left)!;
    expect(namesOf(after.list).join()).not.toContain(gone[0]!);
    for (const id of back)
      after = listAfterJudging(after.list, ['open'], judged(row(id, 'open')), after.left)!;
    expect(after.list.pages.flatMap(({ items }) => items.map(({ id }) => id))).toStrictEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(after.left.size).toBe(0);
    expect(after.list.pages[0]).toMatchObject({
      total: 4,
      facets: {
        state: [
          { value: 'open', count: 4 },
          { value: 'noise', count: 0 },
        ],
        severity: [
          { value: 'high', count: 4 },
          { value: 'low', count: 2 },
        ],
      },
    });
  });

  test('several that left at once come back at once', () => {
    const gone = listAfterJudging(list, ['open'], judged(row('b', 'noise'), row('c', 'noise')), NONE)!;
    expect(namesOf(gone.list)).toStrictEqual(['a open', 'd open']);
    const back = listAfterJudging(
      gone.list,
      ['open'],
      judged(row('c', 'open'), row('b', 'open')),
      gone.left,
    )!;
    expect(namesOf(back.list)).toStrictEqual(['a open, b open, c open', 'd open']);
  });

  test('of a row that comes in from elsewhere nobody knows the place', () => {
    expect(listAfterJudging(list, ['open'], judged(row('z', 'open')), NONE)).toBeUndefined();
  });
});
