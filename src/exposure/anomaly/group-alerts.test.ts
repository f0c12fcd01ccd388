import { describe, expect, test } from 'vitest';
import type { HostSurprise } from '../model/surprise.ts';
import { groupAlerts, messages } from './group-alerts.ts';

const alerts = (
  ...list: readonly (readonly [network: string, about: string])[]
): { network: string; about: string }[] => list.map(([network, about]) => ({ network, about }));

describe('alerts that are one message', () => {
  test.each([
    {
      why: 'one token on four hosts',
      given: alerts(['a', 't'], ['b', 't'], ['c', 't'], ['d', 't']),
      groups: ['t', 't', 't', 't'],
    },
    {
      why: 'not on three',
      given: alerts(['a', 't'], ['b', 't'], ['c', 't']),
      groups: [undefined, undefined, undefined],
    },
    {
      why: 'five different ones in a subnet',
      given: alerts(['a', '1'], ['a', '2'], ['a', '3'], ['a', '4'], ['a', '5'], ['b', '6']),
      groups: ['a', 'a', 'a', 'a', 'a', undefined],
    },
    {
      why: 'the token comes first: it leaves four in the subnet, too few',
      given: alerts(
        ['a', 't'],
        ['a', 't'],
        ['a', 't'],
        ['a', 't'],
        ['a', '1'],
        ['a', '2'],
        ['a', '3'],
        ['a', '4'],
      ),
      groups: ['t', 't', 't', 't', undefined, undefined, undefined, undefined],
    },
  ])('$why', ({ given, groups }) => {
    const named = groupAlerts(given);
    expect(given.map((alert) => named.get(alert))).toEqual(groups);
  });

  test('of a group the first host is told, and whoever stands alone', () => {
    const host = (index: number, group?: string): HostSurprise =>
      ({
        index,
        alert: { by: 'score', p: 0.001, ...(group === undefined ? {} : { group }) },
      }) as HostSurprise;
    const silent = { index: 9 } as HostSurprise;
    const told = messages([host(1, 'g'), host(2), silent, host(3, 'g'), host(4, 'h')]);
    expect(told.map(({ index }) => index)).toEqual([1, 2, 4]);
  });
});
