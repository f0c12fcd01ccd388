import { describe, expect, test } from 'vitest';
import { contact, facts, times } from '../../../../test/recon/made-activity.ts';
import { judgeInternalDiscovery } from './judge.ts';

const answered = (hosts: number, port: number) =>
  times(hosts, (n) => contact(n, `10.2.0.${n + 1}`, port, { outcome: 'answered' }));

describe('internal discovery', () => {
  test('administrative sessions with one host after the other', () => {
    expect(judgeInternalDiscovery(facts([...answered(12, 445), ...answered(3, 5985)]))).toEqual({
      family: 'internal-discovery',
      text: '12 hosts inside answered on 445/tcp, 5985/tcp',
    });
  });

  test.each([
    ['four hosts', facts(answered(4, 445))],
    ['web servers', facts(answered(40, 443))],
    ['hosts that did not answer', facts(times(40, (n) => contact(n, `10.2.0.${n + 1}`, 445)))],
    ['a source outside', facts(answered(12, 445), { internal: false })],
    ['targets outside', facts(answered(12, 445), { internalTargets: false })],
  ])('silent: %s', (_, of) => {
    expect(judgeInternalDiscovery(of)).toBeUndefined();
  });
});
