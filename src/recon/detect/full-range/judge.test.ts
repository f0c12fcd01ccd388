import { describe, expect, test } from 'vitest';
import { contact, facts, times } from '../../../../test/recon/made-activity.ts';
import { UDP } from '../../model/ip-protocol.ts';
import { judgeFullRange } from './judge.ts';

describe('full range of a host', () => {
  test.each([
    ['a run', times(1000, (n) => contact(n / 100, '10.2.0.1', 1 + n, { outcome: n === 21 ? 'half-open' : 'refused' })), '1,000 ports of 10.2.0.1, 2 % of all, the longest run 1-1000; 1 found open'],
    ['ports without a run', times(300, (n) => contact(n / 100, '10.2.0.1', 7 + 3 * n)), '300 ports of 10.2.0.1, 0.5 % of all, the longest run 7-7; 0 found open'],
  ])('%s', (_, contacts, text) => {
    expect(judgeFullRange(facts(contacts))).toEqual({ family: 'full-range', text });
  }); // prettier-ignore

  test.each([
    ['the hundred most frequent ports', times(99, (n) => contact(n, '10.2.0.1', 1 + 2 * n))],
    ['one port of a thousand hosts', times(1000, (n) => contact(n / 100, `10.2.${n >> 8}.${n & 255}`, 22))],
    [
      'a run over UDP: audio and video',
      times(400, (n) => contact(n, '10.2.0.1', 16_384 + n, { protocol: UDP })),
    ],
  ])('silent: %s', (_, contacts) => {
    expect(judgeFullRange(facts(contacts))).toBeUndefined();
  });
});
