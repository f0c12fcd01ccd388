import { beforeAll, describe, expect, test } from 'vitest';
import { MADE_UP_RECORDINGS, madeUpRecordings } from './made-up.ts';
import type { Recording } from './recording.ts';
import { scannersOf } from './truth.ts';

describe('madeUpRecordings', () => {
  let all: (Recording & { kind: 'read' })[];
  beforeAll(() => {
    all = [...madeUpRecordings({ seed: 3, hosts: 3, days: 1 })].filter((one) => one.kind === 'read');
  }, 60_000);

  test('gives as many as it says, each with a name of its own, all in their part', () => {
    expect(all.length).toBe(MADE_UP_RECORDINGS);
    expect(new Set(all.map((one) => one.dataSet.name)).size).toBe(all.length);
    expect(new Set(all.map((one) => one.dataSet.part))).toEqual(new Set(['made-up']));
  });

  test('every kind of scan has a scanner, and no harmless kind has', () => {
    const bySort = (scan: boolean) =>
      all.filter((one) => one.dataSet.name.startsWith('made-up/scan-') === scan);
    for (const one of bySort(true)) expect(scannersOf(one.dataSet), one.dataSet.name).not.toEqual([]);
    for (const one of bySort(false)) expect(scannersOf(one.dataSet), one.dataSet.name).toEqual([]);
  });

  test('nobody is both a scanner and harmless; whoever sent a flow is one of the two, or was entered', () => {
    for (const { dataSet, records } of all) {
      const scanners = new Set(scannersOf(dataSet));
      const harmless = new Set(dataSet.harmless.map(({ source }) => source));
      const sources = new Set(records.flatMap((one) => (one.kind === 'flow' ? [one.source] : [])));
      expect([...harmless].filter((source) => scanners.has(source))).toEqual([]);
      const unknown = [...sources].filter((source) => !scanners.has(source) && !harmless.has(source));
      expect(unknown.length, dataSet.name).toBeLessThanOrEqual(1);
    }
  });
});
