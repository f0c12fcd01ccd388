import { describe, expect, test } from 'vitest';
import type { Census, CensusHost } from '../../../exposure/model/census.ts';
import type { AnomalyDetector } from '../../../exposure/model/surprise.ts';
import { AnyChange } from './any-change.ts';
import { SetNovelty } from './set-novelty.ts';

type Listed = readonly [key: string, version?: string, state?: string];
const host = (address: string, ports: readonly Listed[], more: Partial<CensusHost> = {}): CensusHost =>
  ({
    address,
    ports: ports.map(([key, version = '1', state = 'open']) => ({
      key,
      state,
      service: 's',
      product: 'p',
      version,
      confidence: 10,
    })),
    os: { family: 'Linux', generation: '5.X', accuracy: 90 },
    ...more,
  }) as unknown as CensusHost;
const census = (hosts: readonly CensusHost[], profile = 'quick'): Census =>
  ({ profile, hosts }) as unknown as Census;
/** Score of each host of the last census, 0 where there is none. */
const scores = (detector: AnomalyDetector, days: readonly Census[]): number[] => {
  const verdicts = days.map((day) => detector.judge(day)).at(-1) ?? [];
  return (days.at(-1)?.hosts ?? []).map(
    (_, index) => verdicts.find((one) => one.index === index)?.score ?? 0,
  );
};

const A = host('10.0.0.1', [['22/tcp'], ['80/tcp']]);
const other = { os: { family: 'FreeBSD', generation: '12.X', accuracy: 90 } };

describe('any-change: what a diff prints', () => {
  test.each([
    { why: 'the first scan has nothing to differ from', days: [census([A])], want: [0] },
    { why: 'nothing differs', days: [census([A]), census([A])], want: [0] },
    {
      why: 'a port opens',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp'], ['80/tcp'], ['81/tcp']])])],
      want: [1],
    },
    {
      why: 'a port is gone and another version answers',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp', '2']])])],
      want: [2],
    },
    {
      why: 'a port is filtered',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp'], ['80/tcp', '1', 'filtered']])])],
      want: [1],
    },
    { why: 'another OS', days: [census([A]), census([{ ...A, ...other }])], want: [1] },
    {
      why: 'a host that was not listed: itself and its ports',
      days: [census([A]), census([A, host('10.0.0.2', [['22/tcp']])])],
      want: [0, 2],
    },
    {
      why: 'scans of another profile do not count',
      days: [census([A]), census([host('10.0.0.1', [])], 'udp'), census([A])],
      want: [0],
    },
    {
      why: 'what was there before the last scan is new again',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp']])]), census([A])],
      want: [1],
    },
  ])('$why', ({ days, want }) => {
    expect(scores(new AnyChange(), days)).toEqual(want);
  });
});

describe('set-novelty: what was never seen', () => {
  test.each([
    { why: 'the first scan is all new, and says nothing', days: [census([A])], want: [0] },
    {
      why: 'a port with its product and version',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp'], ['80/tcp'], ['81/tcp']])])],
      want: [3],
    },
    {
      why: 'another version',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp', '2'], ['80/tcp']])])],
      want: [1],
    },
    { why: 'another OS family', days: [census([A]), census([{ ...A, ...other }])], want: [1] },
    {
      why: 'gone is not new, and what comes back is not either',
      days: [census([A]), census([host('10.0.0.1', [])]), census([A])],
      want: [0],
    },
    {
      why: 'a filtered port is not there',
      days: [census([A]), census([host('10.0.0.1', [['22/tcp'], ['80/tcp'], ['81/tcp', '1', 'filtered']])])],
      want: [0],
    },
    {
      why: 'a card that moves to another address is known',
      days: [
        census([{ ...A, mac: '00:00:00:00:00:01' }]),
        census([{ ...A, mac: '00:00:00:00:00:01', address: '10.0.0.9' as CensusHost['address'] }]),
      ],
      want: [0],
    },
  ])('$why', ({ days, want }) => {
    expect(scores(new SetNovelty(), days)).toEqual(want);
  });
});
