import { expect, test } from 'vitest';
import { ICMP, ICMP6 } from '../model/ip-protocol.ts';
import type { Outcome } from '../model/outcome.ts';
import { counterpartOf, icmpOutcome } from './icmp.ts';

test.each<readonly [what: string, protocol: number, type: number, answered: boolean, want: Outcome]>([
  ['echo, answered', ICMP, 8, true, 'answered'],
  ['echo, not answered', ICMP, 8, false, 'silent'],
  ['timestamp, not answered', ICMP, 13, false, 'silent'],
  ['address mask, answered', ICMP, 17, true, 'answered'],
  ['echo reply first', ICMP, 0, false, 'backscatter'],
  ['timestamp reply first', ICMP, 14, false, 'backscatter'],
  ['port unreachable', ICMP, 3, false, 'backscatter'],
  ['time exceeded', ICMP, 11, false, 'backscatter'],
  ['router advertisement', ICMP, 9, false, 'unknown'],
  ['echo v6, answered', ICMP6, 128, true, 'answered'],
  ['echo v6, not answered', ICMP6, 128, false, 'silent'],
  ['echo reply v6 first', ICMP6, 129, false, 'backscatter'],
  ['unreachable v6', ICMP6, 1, false, 'backscatter'],
  ['neighbour solicitation, not answered', ICMP6, 135, false, 'silent'],
  ['neighbour advertisement', ICMP6, 136, false, 'unknown'],
  ['listener report', ICMP6, 143, false, 'unknown'],
])('%s', (_, protocol, type, answered, want) => {
  expect(icmpOutcome(protocol, type, answered)).toBe(want);
});

test('counterparts are each other’s', () => {
  for (const protocol of [ICMP, ICMP6]) {
    for (let type = 0; type < 256; type += 1) {
      const other = counterpartOf(protocol, type);
      if (other !== undefined) expect(counterpartOf(protocol, other)).toBe(type);
    }
  }
  expect(counterpartOf(ICMP, 8)).toBe(0);
  expect(counterpartOf(ICMP, 3)).toBeUndefined();
});
