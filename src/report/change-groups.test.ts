import { describe, expect, test } from 'vitest';
import type { ChangeLine } from '../findings/summary.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { groupChanges } from './change-groups.ts';

const line = (host: string | undefined, text: string, comparable = true): ChangeLine => ({
  kind: 'port-opened',
  host: host as IpAddress | undefined,
  text,
  comparable,
});

describe('groupChanges', () => {
  test('one change on several hosts is said once, hosts in numeric order, rank kept', () => {
    const groups = groupChanges([line('10.0.0.10', 'a'), line('10.0.0.1', 'b'), line('10.0.0.9', 'a')]);
    expect(groups.map(({ change, hosts }) => [change.text, ...hosts])).toStrictEqual([
      ['a', '10.0.0.9', '10.0.0.10'],
      ['b', '10.0.0.1'],
    ]);
  });

  test.each([
    { why: 'another text', other: line('10.0.0.2', 'b') },
    { why: 'not comparable', other: line('10.0.0.2', 'a', false) },
    { why: 'another kind', other: { ...line('10.0.0.2', 'a'), kind: 'port-closed' } },
  ])('stays apart: $why', ({ other }) => {
    expect(groupChanges([line('10.0.0.1', 'a'), other])).toHaveLength(2);
  });

  test('a change of the run has no host', () => {
    expect(groupChanges([line(undefined, 'a')])[0]?.hosts).toStrictEqual([]);
  });
});
