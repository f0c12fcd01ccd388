import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seenWorldArb, twoWeeksArb, type SeenWorld } from '../../../test/generated/scan-runs.ts';
import { parsePortKey } from '../../net/port-key.ts';
import { stateOf } from '../model/change.ts';
import { sightingOf, viewHost, type PortSighting } from '../model/coverage.ts';
import { describeChange } from '../model/describe-change.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { apply } from './apply.ts';
import { diffRuns } from './diff-runs.ts';
import { invert } from './invert.ts';
import { sortChanges } from './sort-changes.ts';

const RUNS = { numRuns: 400 };
const differences = (a: ScanRun, b: ScanRun) => diffRuns(a, b, { evenIfIncomparable: true }).changes;
const mayBe = (told: string, is: string) =>
  told === is || (told === 'closed|filtered' && (is === 'closed' || is === 'filtered'));

/** The state that is told of a port; undefined when none is. */
function said(sighting: PortSighting): string | undefined {
  if (sighting.kind === 'seen') return sighting.port.state;
  return sighting.kind === 'folded' ? sighting.state : undefined;
}

describe('the law of diffs, over generated runs', () => {
  test('a run does not differ from itself', () => {
    fc.assert(
      fc.property(seenWorldArb, ({ run }) => {
        expect(differences(run, run)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('the diff of (b, a) is the inverse of the diff of (a, b)', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        expect(differences(b.run, a.run)).toEqual(invert(differences(a.run, b.run)));
      }),
      RUNS,
    );
  });

  test('applying the diff leaves nothing but gaps in coverage to tell', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        const applied = apply(differences(a.run, b.run), a.run);
        const left = differences(applied, b.run).filter((change) => change.kind !== 'coverage-changed');
        expect(left).toEqual([]);
      }),
      RUNS,
    );
  });

  test('after applying, every port that both runs tell of is in the state that the second tells', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        const applied = apply(differences(a.run, b.run), a.run);
        const wrong: string[] = [];
        for (const host of applied.hosts) {
          const later = b.run.hosts.find((other) => other.address === host.address);
          const earlier = a.run.hosts.find((other) => other.address === host.address);
          const truth = b.truth.get(host.address);
          if (later === undefined || earlier === undefined || truth === undefined) continue;
          if (later.status.state === 'down' || earlier.status.state === 'down') continue;
          for (const key of truth.states.keys()) {
            const port = parsePortKey(key)!;
            const ask = (run: ScanRun, of: typeof host) =>
              said(sightingOf(viewHost(run.info, of), port.portid, port.protocol));
            const then = ask(b.run, later);
            const before = ask(a.run, earlier);
            if (before === undefined || then === undefined) continue;
            // Folded on both sides, and on one of them nobody can tell under which state.
            if (before === 'closed|filtered' || then === 'closed|filtered') continue;
            const now = ask(applied, host) ?? 'nothing';
            if (!mayBe(now, then) && !mayBe(then, now))
              wrong.push(`${host.address} ${key}: ${then}, not ${now}`);
          }
        }
        expect(wrong).toEqual([]);
      }),
      RUNS,
    );
  });

  test('no change of a port is ever told that is not true, or that one of the runs did not cover', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        for (const change of differences(a.run, b.run)) {
          if (
            change.kind !== 'port-opened' &&
            change.kind !== 'port-closed' &&
            change.kind !== 'port-filtered' &&
            change.kind !== 'port-state-changed'
          )
            continue;
          const truthOf = (world: SeenWorld) => world.truth.get(change.host)?.states.get(change.port);
          const before = truthOf(a);
          const after = truthOf(b);
          expect(before).toBeDefined();
          expect(after).toBeDefined();
          expect(before).not.toBe(after);
          expect(mayBe(stateOf(change.before), before ?? '')).toBe(true);
          expect(mayBe(stateOf(change.after), after ?? '')).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('a host is gone only when the second run completed and tried it', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        const gone = differences(a.run, b.run)
          .filter((change) => change.kind === 'host-disappeared')
          .map((change) => change.host);
        const listed = new Set(b.run.hosts.map((host) => host.address));
        const { args, status } = b.run.info;
        const tried = (address: string) => {
          const octet = Number(address.split('.')[3]);
          return !(args.includes('--exclude') && octet === 3) && !(args.includes('10.0.0.0-4') && octet > 4);
        };
        const unfounded = gone.filter(
          (address) => status !== 'complete' || listed.has(address) || !tried(address),
        );
        expect(unfounded).toEqual([]);
      }),
      RUNS,
    );
  });

  test('changes come sorted, and every one has a sentence on one line', () => {
    fc.assert(
      fc.property(twoWeeksArb, ([a, b]) => {
        const changes = differences(a.run, b.run);
        expect(sortChanges(changes.toReversed())).toEqual(changes);
        for (const change of changes) expect(describeChange(change)).toMatch(/^\S.*[^.\s]$/);
      }),
      RUNS,
    );
  });
});
