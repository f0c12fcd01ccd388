import { describe, expect, test } from 'vitest';
import type { Census } from '../../exposure/model/census.ts';
import { rowLabels } from './row-labels.ts';
import type { WorldEvent } from './world.ts';

const scans = Array.from({ length: 30 }, () => ({ census: {} as Census, numbers: [1, 2] }));
const event = (rows: readonly (readonly [number, number])[], more: Partial<WorldEvent> = {}): WorldEvent => ({
  id: 7,
  kind: 'backdoor_port',
  ports: [],
  drift: false,
  ended: undefined,
  rows,
  ...more,
});
const daily = (from: number, to: number, host = 1): [number, number][] =>
  Array.from({ length: to - from }, (_, index) => [from + index, host]);

describe('labels of rows', () => {
  test.each([
    { why: 'news for three scans, then old', given: [event(daily(4, 9))], news: [4, 5, 6], masked: [7, 8] },
    {
      why: 'scans without evidence do not count',
      given: [
        event([
          [4, 1],
          [11, 1],
          [18, 1],
          [25, 1],
        ]),
      ],
      news: [4, 11, 18],
      masked: [25],
    },
    {
      why: 'a drift is news for twelve',
      given: [event(daily(2, 16), { drift: true })],
      news: daily(2, 14).map(([scan]) => scan),
      masked: [14, 15],
    },
    {
      why: 'its end is neither right nor wrong for ten scans',
      given: [event(daily(4, 6), { ended: 6 })],
      news: [4, 5],
      masked: daily(6, 16).map(([scan]) => scan),
    },
    {
      why: 'another event on the same host is news in the aftermath of the first',
      given: [event(daily(4, 5), { ended: 5 }), event([[8, 1]], { id: 8 })],
      news: [4, 8],
      masked: [5, 6, 7, 9, 10, 11, 12, 13, 14],
    },
  ])('$why', ({ given, news, masked }) => {
    const labels = rowLabels({ scans, events: given });
    const of = (wanted: boolean): number[] =>
      labels.flatMap((rows, scan) => {
        const label = rows.get(1);
        return label !== undefined && (label === 'masked') === wanted ? [scan] : [];
      });
    expect(of(false)).toEqual(news);
    expect(of(true)).toEqual(masked);
  });

  test('two events of one row are both credited, and hosts are counted apart', () => {
    const labels = rowLabels({
      scans,
      events: [
        event([
          [3, 1],
          [3, 2],
        ]),
        event([[3, 2]], { id: 8 }),
      ],
    });
    expect(labels[3]).toEqual(
      new Map([
        [1, [7]],
        [2, [7, 8]],
      ]),
    );
  });
});
