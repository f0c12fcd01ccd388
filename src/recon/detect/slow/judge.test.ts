import { describe, expect, test } from 'vitest';
import { contact, facts, times } from '../../../../test/recon/made-activity.ts';
import { judgeSlow } from './judge.ts';

const every = (seconds: number, many: number) => times(many, (n) => contact(n * seconds, '10.2.0.1', 1 + n));

describe('slow', () => {
  test.each([
    ['nmap -T0', every(300, 100), '100 targets over 8.3 h, one every 5 min in the middle'],
    ['a port a day', every(86_400, 6), '6 targets over 5 days, one every 24 h in the middle'],
    ['as CTU-008 has it', every(40, 816), '816 targets over 9.1 h, one every 40 s in the middle'],
  ])('%s', (_, contacts, text) => {
    expect(judgeSlow(facts(contacts))).toEqual({ family: 'slow', text });
  });

  test.each([
    ['three hours', every(300, 36)],
    ['two bursts, half a day apart', [...every(0.01, 500), ...times(500, (n) => contact(43_200 + n / 100, '10.2.0.2', 1 + n))]],
    ['one contact', every(1, 1)],
  ])('silent: %s', (_, contacts) => {
    expect(judgeSlow(facts(contacts))).toBeUndefined();
  }); // prettier-ignore
});
