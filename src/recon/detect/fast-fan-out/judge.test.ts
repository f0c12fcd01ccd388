import { describe, expect, test } from 'vitest';
import { contact, facts, times } from '../../../../test/recon/made-activity.ts';
import { judgeFastFanOut } from './judge.ts';

describe('fast fan-out', () => {
  test.each([
    ['forty ports in four seconds', times(40, (n) => contact(n / 10, '10.2.0.1', 1 + n)), '40 new targets on 1 host within 10 s, 40 of them without a session'],
    ['thirty hosts in four minutes', times(30, (n) => contact(n * 8, `10.2.0.${n + 1}`, 445, { outcome: n === 3 ? 'answered' : 'silent' })), '30 new targets on 30 hosts within 5 min, 29 of them without a session'],
  ])('%s', (_, contacts, text) => {
    expect(judgeFastFanOut(facts(contacts))).toEqual({ family: 'fast-fan-out', text });
  }); // prettier-ignore

  test.each([
    ['twenty-four ports at once', times(24, (n) => contact(0, '10.2.0.1', 1 + n))],
    ['a port every fifteen seconds', times(100, (n) => contact(n * 15, '10.2.0.1', 1 + n))],
    ['nothing', []],
  ])('silent: %s', (_, contacts) => {
    expect(judgeFastFanOut(facts(contacts))).toBeUndefined();
  });
});
