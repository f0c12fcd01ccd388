import { describe, expect, test } from 'vitest';
import { MemoryDesk, setting, standing } from '../../test/alerts/desk.ts';
import { exposed, MOMENT } from '../../test/sinks/sample.ts';
import type { Finding } from '../findings/finding.ts';
import { versionOf } from '../findings/outgoing.ts';
import { sinksConfig } from '../sinks/config.ts';
import type { Instant } from '../time/instant.ts';
import { alertsFor } from './sink-messages.ts';

const HOUR = 3600e6;

describe('what came and went and would have been sent at once, to a sink that is told alerts', () => {
  const critical = exposed({ severity: 'critical' });
  const over = versionOf(critical, 'resolved');
  const gone = (finding: Finding, reopened: number) =>
    standing(finding, {
      state: 'resolved',
      lifecycle: { since: (MOMENT - HOUR) as Instant, why: 'the scan did not find it', reopened },
      opened: { since: (MOMENT - 2 * HOUR) as Instant, why: 'first seen', reopened },
    });

  test.each<{
    why: string;
    finding?: Finding;
    reopened?: number;
    minSeverity?: string;
    known?: { readonly revision: number; readonly version: string; readonly reopened: number };
    want: readonly (readonly [revision: number, state: string, since: number])[];
  }>([
    {
      why: 'is that it was open, then that it is over',
      want: [
        [1, 'open', MOMENT - 2 * HOUR],
        [2, 'resolved', MOMENT - HOUR],
      ],
    },
    {
      why: 'and so it is when the sink knows that it was over before',
      reopened: 1,
      known: { revision: 2, version: over, reopened: 0 },
      want: [
        [3, 'open', MOMENT - 2 * HOUR],
        [4, 'resolved', MOMENT - HOUR],
      ],
    },
    {
      why: 'is nothing when it was told, and the kill came before the log was written',
      known: { revision: 2, version: over, reopened: 0 },
      want: [],
    },
    {
      why: 'is its end when the sink knows it as open',
      known: { revision: 1, version: versionOf(critical, 'open'), reopened: 0 },
      want: [[2, 'resolved', MOMENT - HOUR]],
    },
    {
      why: 'is nothing below the least severity of the sink',
      finding: exposed({ severity: 'medium', meeting: { grade: 3, services: [] } }),
      minSeverity: 'high',
      want: [],
    },
  ])('$why', ({ finding = critical, reopened = 0, minSeverity = 'info', known, want }) => {
    const [sink] = sinksConfig.parse([
      { name: 'people', kind: 'file', path: '/dev/null', tell: 'alerts', minSeverity },
    ]);
    const { messages } = new MemoryDesk(setting()).pass([gone(finding, reopened)], MOMENT);
    expect(messages).toHaveLength(2);
    const told = {
      known: new Map(known === undefined ? [] : [[finding.id, known]]),
      reopened: new Map(known === undefined ? [] : [[finding.id, known.reopened]]),
    };
    const entries = alertsFor(sink!, messages, told, MOMENT);
    expect(
      entries.map(
        ({ outgoing }) =>
          'finding' in outgoing && [outgoing.revision, outgoing.state, outgoing.lifecycle?.since],
      ),
    ).toEqual(want);
    expect(new Set(entries.map(({ outgoing }) => outgoing.key)).size).toBe(want.length);
  });
});
