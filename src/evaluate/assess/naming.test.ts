import { describe, expect, test } from 'vitest';
import type { PortKey } from '../../net/port-key.ts';
import { names, namingByKind } from './naming.ts';
import type { TopItem } from './play.ts';
import type { Judged } from './play.ts';
import type { WorldEvent } from './world.ts';

const top = (channel: TopItem['channel'], ...ports: PortKey[]): TopItem => ({ channel, ports });

describe('an event is named', () => {
  test.each<{
    why: string;
    kind: string;
    ports: readonly PortKey[];
    says: TopItem | undefined;
    want: boolean;
  }>([
    {
      why: 'its port is new',
      kind: 'backdoor_port',
      ports: ['4444/tcp'],
      says: top('new-port', '4444/tcp'),
      want: true,
    },
    {
      why: 'another port is',
      kind: 'backdoor_port',
      ports: ['4444/tcp'],
      says: top('new-port', '80/tcp'),
      want: false,
    },
    {
      why: 'its port is there, but for something else',
      kind: 'backdoor_port',
      ports: ['4444/tcp'],
      says: top('product', '4444/tcp'),
      want: false,
    },
    {
      why: 'its port stands with others',
      kind: 'unusual_combo',
      ports: ['515/tcp'],
      says: top('combination', '515/tcp', '22/tcp'),
      want: true,
    },
    {
      why: 'the agent is missing',
      kind: 'agent_lost',
      ports: ['5666/tcp'],
      says: top('missing-port', '5666/tcp'),
      want: true,
    },
    {
      why: 'a lost agent is no new port',
      kind: 'agent_lost',
      ports: ['5666/tcp'],
      says: top('new-port', '5666/tcp'),
      want: false,
    },
    { why: 'a system has no port', kind: 'os_change', ports: [], says: top('os'), want: true },
    {
      why: 'a changed system told by a port',
      kind: 'os_change',
      ports: [],
      says: top('new-port', '22/tcp'),
      want: false,
    },
    {
      why: 'a new host, whatever it shows',
      kind: 'rogue_device',
      ports: ['22/tcp'],
      says: top('new-host'),
      want: true,
    },
    {
      why: 'the port that a service left',
      kind: 'service_moved',
      ports: ['22/tcp', '2222/tcp'],
      says: top('missing-port', '22/tcp'),
      want: true,
    },
    {
      why: 'the truth knows no port',
      kind: 'mass_exposure',
      ports: [],
      says: top('new-port', '631/tcp'),
      want: true,
    },
    {
      why: 'a kind of somebody else opens ports',
      kind: '__proto__',
      ports: ['1/tcp'],
      says: top('new-port', '1/tcp'),
      want: true,
    },
    { why: 'nothing is said', kind: 'os_change', ports: [], says: undefined, want: false },
    { why: 'only the weight of history', kind: 'os_change', ports: [], says: top('history'), want: false },
  ])('$why: $want', ({ kind, ports, says, want }) => {
    expect(names(says, { kind, ports })).toBe(want);
  });
});

const event = (id: number, kind: string, ports: readonly PortKey[]): WorldEvent => ({
  id,
  kind,
  ports,
  drift: false,
  ended: undefined,
  rows: [],
});

test('the row that counts is the highest of the window that shows the event; events not found do not count', () => {
  const row = (score: number, says: TopItem | undefined, label: readonly number[] | 'masked') => ({
    score,
    alert: false,
    label,
    top: says,
  });
  const judged: Judged = [
    { hosts: 9, rows: [row(99, top('os'), [1])] },
    {
      hosts: 9,
      rows: [
        row(5, top('new-port', '1/tcp'), [1]),
        row(7, top('missing-port', '9/tcp'), [1, 2]),
        row(50, top('new-port', '1/tcp'), 'masked'),
        row(60, top('new-port', '1/tcp'), []),
        row(3, top('new-port', '3/tcp'), [3]),
        row(2, undefined, [4]),
      ],
    },
  ];
  const events = [
    event(1, 'backdoor_port', ['1/tcp']),
    event(2, 'agent_lost', ['9/tcp']),
    event(3, 'backdoor_port', ['3/tcp']),
    event(4, 'os_change', []),
    event(5, 'os_change', []),
  ];
  expect(namingByKind({ events }, judged, { from: 1, to: 2 }, [1, 2, 3, 4])).toEqual([
    { kind: 'agent_lost', found: 1, named: 1, instead: {} },
    { kind: 'backdoor_port', found: 2, named: 1, instead: { 'missing-port': 1 } },
    { kind: 'os_change', found: 1, named: 0, instead: { nothing: 1 } },
  ]);
});
