import { describe, expect, test } from 'vitest';
import type { Census } from '../../exposure/model/census.ts';
import type { AnomalyDetector } from '../../exposure/model/surprise.ts';
import { countAlerts, play, rankWindow, windowTruth } from './play.ts';
import { rowLabels } from './row-labels.ts';
import type { World } from './world.ts';

const HOSTS = 10;
const scan = (id: number): World['scans'][number] => ({
  census: { id: String(id), hosts: Array.from({ length: HOSTS }, () => ({})) } as unknown as Census,
  // The truth numbers hosts from 100.
  numbers: Array.from({ length: HOSTS }, (_, index) => 100 + index),
});
/** Event 1 on host 103 from scan 2 on, event 2 on host 107 from scan 6 to 8. */
const world: World = {
  name: 'ten hosts',
  part: 'given',
  scans: Array.from({ length: 12 }, (_, id) => scan(id)),
  events: [
    {
      id: 1,
      kind: 'backdoor_port',
      ports: [],
      drift: false,
      ended: undefined,
      rows: Array.from({ length: 10 }, (_, n) => [2 + n, 103] as const),
    },
    {
      id: 2,
      kind: 'os_change',
      ports: [],
      drift: false,
      ended: 8,
      rows: [
        [6, 107],
        [7, 107],
      ],
    },
  ],
};
const labels = rowLabels(world);

/** Scores and alerts by scan and index; remembers the verdicts it is told. */
class Script implements AnomalyDetector {
  readonly name = 'script';
  readonly told: string[] = [];
  readonly #says: (scan: number) => ReturnType<AnomalyDetector['judge']>;
  #scan = -1;
  constructor(says: (scan: number) => ReturnType<AnomalyDetector['judge']>) {
    this.#says = says;
  }
  judge(): ReturnType<AnomalyDetector['judge']> {
    this.#scan += 1;
    return this.#says(this.#scan);
  }
  feedback(verdicts: Parameters<NonNullable<AnomalyDetector['feedback']>>[0]): void {
    for (const { census, index, verdict } of verdicts) this.told.push(`${census}/${index} ${verdict}`);
  }
}
const alertsOn = (at: Readonly<Record<number, readonly number[]>>) => (id: number) =>
  (at[id] ?? []).map((index) => ({ index, score: 1, alert: true }));

describe('playing a world', () => {
  test('a person tells the truth about every alert, and of nothing else', () => {
    const detector = new Script(alertsOn({ 1: [3], 3: [3, 4], 9: [3, 7] }));
    play(world, labels, detector, true);
    // Before it began host 3 was harmless; later it is old news and the truth all the same; 7 has just ended.
    expect(detector.told).toEqual(['1/3 expected', '3/3 true', '3/4 expected', '9/3 true', '9/7 true']);
  });

  test('without feedback nobody says anything', () => {
    const detector = new Script(alertsOn({ 1: [3] }));
    play(world, labels, detector);
    expect(detector.told).toEqual([]);
  });

  test.each([
    { why: 'both begin inside', from: 0, to: 12, events: [1, 2], rows: 5 },
    { why: 'the first began before', from: 4, to: 12, events: [2], rows: 2 },
    { why: 'the second begins after', from: 1, to: 6, events: [1], rows: 3 },
    { why: 'neither', from: 7, to: 12, events: [], rows: 0 },
  ])('a window holds events that begin inside it: $why', ({ from, to, events, rows }) => {
    const truth = windowTruth(labels, { from, to });
    expect([...truth.events]).toEqual(events);
    expect(truth.rows).toBe(rows);
  });

  test('alerts: false ones, found events, and those that are neither', () => {
    const judged = play(world, labels, new Script(alertsOn({ 3: [3, 4], 6: [1, 2], 9: [3, 7] })));
    expect(countAlerts(judged, labels, { from: 0, to: 12 })).toEqual({
      hostScans: 120,
      falseAlerts: 3,
      events: 2,
      found: 1,
    });
    // In a window that event 1 does not begin in, its row is no false alert either.
    expect(countAlerts(judged, labels, { from: 3, to: 12 })).toMatchObject({
      falseAlerts: 3,
      events: 1,
      found: 0,
    });
  });

  test('a row of an event that began before the window is neither right nor wrong in the ranking', () => {
    const judged = play(
      world,
      labels,
      new Script((id) => [
        { index: 3, score: 9, alert: false },
        { index: 7, score: id === 6 ? 5 : 0, alert: false },
        { index: 1, score: 1, alert: false },
      ]),
    );
    const { ap, hostScans, events } = rankWindow(judged, labels, { from: 4, to: 12 });
    expect({ ap, hostScans, events }).toEqual({ ap: 1, hostScans: 80, events: 1 });
  });
});
