import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import { fromSeconds, type Instant } from '../time/instant.ts';
import type { FindingId } from './finding.ts';
import {
  covers,
  FINDING_STATES,
  type FindingState,
  type Judgement,
  type JudgementScope,
} from './judgement.ts';
import { lifecycleOf, type Happening } from './lifecycle.ts';
import { SEVERITIES, type Severity } from './severity.ts';

const day = (days: number): Instant => fromSeconds(days * 86_400);
const ip = (text: string): IpAddress => parseIpAddress(text)!;
const EVER = day(10_000);

const seen = (days: number, severity: Severity = 'medium'): Happening => ({
  kind: 'seen',
  at: day(days),
  severity,
  where: `scan ${days}`,
});
const gone = (days: number): Happening => ({
  kind: 'not-seen',
  at: day(days),
  where: `scan ${days}`,
  why: '443/tcp is closed',
});

function judged(
  days: number,
  state: FindingState,
  more: Partial<Judgement> & { readonly own?: boolean } = {},
): Happening {
  const { own = true, ...rest } = more;
  return {
    kind: 'judged',
    at: day(days),
    own,
    judgement: {
      id: `j${days}`,
      at: day(days),
      by: 'ana',
      note: 'CHG-7',
      half: 'exposure',
      finding: 'a' as FindingId,
      rule: 'databases.reachable',
      severity: 'medium',
      state,
      scope: { kind: 'finding', value: '' },
      until: undefined,
      effects: [],
      ...rest,
    },
  };
}

/** How each state answers: seen again, seen worse, not seen, its end while it is there, its end while it is not. */
const TABLE: Readonly<
  Record<
    FindingState,
    {
      again: FindingState;
      worse: FindingState;
      gone: FindingState;
      ends: FindingState;
      endsGone: FindingState;
    }
  >
> = {
  open: { again: 'open', worse: 'open', gone: 'resolved', ends: 'open', endsGone: 'resolved' },
  acknowledged: {
    again: 'acknowledged',
    worse: 'open',
    gone: 'resolved',
    ends: 'open',
    endsGone: 'resolved',
  },
  expected: { again: 'expected', worse: 'open', gone: 'expected', ends: 'open', endsGone: 'resolved' },
  noise: { again: 'noise', worse: 'open', gone: 'noise', ends: 'open', endsGone: 'resolved' },
  confirmed: {
    again: 'confirmed',
    worse: 'confirmed',
    gone: 'resolved',
    ends: 'open',
    endsGone: 'resolved',
  },
  resolved: { again: 'open', worse: 'open', gone: 'resolved', ends: 'open', endsGone: 'resolved' },
};

describe('the table of states', () => {
  const stateOf = (...happenings: Happening[]): FindingState | undefined =>
    lifecycleOf([seen(1), ...happenings], EVER)?.state;
  const until = day(5);
  test.each(FINDING_STATES.map((state) => ({ state, ...TABLE[state] })))(
    '$state: seen again $again, worse $worse, gone $gone; its end leads to $ends, or $endsGone when gone',
    ({ state, again, worse, gone: afterGone, ends, endsGone }) => {
      expect(stateOf(judged(2, state))).toBe(state);
      expect(stateOf(judged(2, state), seen(3))).toBe(again);
      expect(stateOf(judged(2, state), seen(3, 'high'))).toBe(worse);
      expect(stateOf(judged(2, state), gone(3))).toBe(afterGone);
      expect(stateOf(judged(2, state, { until }))).toBe(ends);
      expect(stateOf(judged(2, state, { until }), gone(3))).toBe(endsGone);
    },
  );

  test.each(FINDING_STATES.flatMap((from) => FINDING_STATES.map((to) => ({ from, to }))))(
    'a person may lead from $from to $to',
    ({ from, to }) => {
      expect(stateOf(judged(2, from), judged(3, to))).toBe(to);
    },
  );
});

describe('what becomes of it', () => {
  test('never seen, there is none', () => {
    expect(lifecycleOf([judged(1, 'expected')], EVER)).toBeUndefined();
    expect(lifecycleOf([seen(5)], day(4))).toBeUndefined();
  });

  test('one that comes back is opened again, and says so', () => {
    const back = lifecycleOf([seen(1), gone(2), seen(3)], EVER)!;
    expect(back).toMatchObject({
      state: 'open',
      since: day(3),
      present: true,
      reopened: { count: 1, reason: 'seen again in scan 3' },
    });
    expect(back.steps.map(({ from, to }) => [from, to])).toEqual([
      [undefined, 'open'],
      ['open', 'resolved'],
      ['resolved', 'open'],
    ]);
  });

  test('suppression holds until its end, that instant not included', () => {
    const told = [seen(1), judged(2, 'expected', { until: day(5) })];
    expect(lifecycleOf(told, (day(5) - 1) as Instant)).toMatchObject({ state: 'expected', until: day(5) });
    expect(lifecycleOf(told, day(5))).toMatchObject({
      state: 'open',
      since: day(5),
      until: undefined,
      reopened: { count: 1, reason: 'expected, said by ana, held until then' },
    });
  });

  test('a severity that had risen before the word was said, but was not known then, opens it', () => {
    expect(lifecycleOf([seen(1, 'high'), judged(2, 'acknowledged')], EVER)).toMatchObject({
      state: 'open',
      reopened: { count: 1, reason: 'severity rose from medium to high' },
    });
    expect(lifecycleOf([seen(1, 'low'), judged(2, 'acknowledged')], EVER)?.state).toBe('acknowledged');
  });

  test('a step that a person made names that person and the reason', () => {
    const scope = { kind: 'network', value: '10.0.0.0/24' } as const;
    expect(lifecycleOf([seen(1), judged(2, 'noise', { scope })], EVER)?.steps.at(-1)).toMatchObject({
      by: 'ana',
      why: 'noise for network 10.0.0.0/24, said by ana: CHG-7',
      reopened: false,
    });
  });

  test.each<{ said: FindingState; want: FindingState }>([
    { said: 'expected', want: 'expected' },
    { said: 'noise', want: 'noise' },
    { said: 'acknowledged', want: 'acknowledged' },
    { said: 'confirmed', want: 'open' },
    { said: 'resolved', want: 'open' },
    { said: 'open', want: 'open' },
  ])('$said, said of a scope before it was first seen: $want', ({ said, want }) => {
    expect(lifecycleOf([judged(1, said, { own: false }), seen(2)], EVER)?.state).toBe(want);
  });

  test('what was said last holds, also of what nobody has seen yet', () => {
    const order = judged(1, 'expected', { own: false });
    expect(lifecycleOf([order, judged(2, 'open', { own: false }), seen(3)], EVER)?.state).toBe('open');
    expect(lifecycleOf([judged(1, 'expected', { own: false, until: day(2) }), seen(3)], EVER)?.state).toBe(
      'open',
    );
  });
});

describe('whatever happens', () => {
  const happening = fc.oneof(
    fc
      .record({ days: fc.nat(9), severity: fc.constantFrom(...SEVERITIES) })
      .map(({ days, severity }) => seen(days, severity)),
    fc.nat(9).map(gone),
    fc
      .record({
        days: fc.nat(9),
        state: fc.constantFrom(...FINDING_STATES),
        severity: fc.constantFrom(...SEVERITIES),
        lasts: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        own: fc.boolean(),
        by: fc.constantFrom('ana', 'ben'),
      })
      .map(({ days, state, severity, lasts, own, by }) =>
        judged(days, state, {
          severity,
          own,
          by,
          until: lasts === undefined ? undefined : day(days + lasts),
        }),
      ),
  );

  test('the order in which it is told makes no difference', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), fc.nat(12), fc.nat(), (all, now, turn) => {
        const at = all.length === 0 ? 0 : turn % all.length;
        const turned = [...all.slice(at), ...all.slice(0, at)].toReversed();
        expect(lifecycleOf(turned, day(now))).toEqual(lifecycleOf(all, day(now)));
      }),
    );
  });

  test('steps follow each other in time and state, and the last is where it stands', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), (all) => {
        const life = lifecycleOf(all, EVER);
        if (life === undefined) return;
        let before = life.steps[0]!;
        expect(before.from).toBeUndefined();
        for (const step of life.steps.slice(1)) {
          expect(step.from).toBe(before.to);
          expect(step.at).toBeGreaterThanOrEqual(before.at);
          before = step;
        }
        expect(life).toMatchObject({ state: before.to, since: before.at, why: before.why });
        expect(life.reopened.count).toBe(life.steps.filter(({ reopened }) => reopened).length);
      }),
    );
  });

  test('nothing that was said of a finding after it was seen is lost', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), (all) => {
        const life = lifecycleOf([seen(0), ...all], EVER)!;
        const said = all.filter(({ kind }) => kind === 'judged');
        expect(life.steps.filter(({ by }) => by !== undefined)).toHaveLength(said.length);
      }),
    );
  });

  test('a judgement with an end never holds beyond it', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), fc.nat(15), (all, now) => {
        const until = lifecycleOf(all, day(now))?.until;
        if (until !== undefined) expect(until).toBeGreaterThan(day(now));
      }),
    );
  });
});

describe('how far a judgement reaches', () => {
  const finding = { id: 'b' as FindingId, half: 'exposure', rule: 'databases.reachable' } as const;
  const place = { hosts: [ip('10.0.0.5')], port: '5432/tcp' as PortKey, role: 'database' };
  const said = (scope: JudgementScope, more: Partial<Judgement> = {}) => ({
    finding: 'a' as FindingId,
    half: 'exposure' as const,
    rule: 'databases.reachable',
    scope,
    ...more,
  });
  test.each<{
    why: string;
    judgement: Parameters<typeof covers>[0];
    at?: Partial<typeof place>;
    want: boolean;
  }>([
    {
      why: 'the finding itself',
      judgement: said({ kind: 'finding', value: '' }, { finding: finding.id }),
      want: true,
    },
    { why: 'another finding', judgement: said({ kind: 'finding', value: '' }), want: false },
    { why: 'its port', judgement: said({ kind: 'port', value: '10.0.0.5 5432/tcp' }), want: true },
    { why: 'another port', judgement: said({ kind: 'port', value: '10.0.0.5 5433/tcp' }), want: false },
    {
      why: 'that port of another host',
      judgement: said({ kind: 'port', value: '10.0.0.6 5432/tcp' }),
      want: false,
    },
    { why: 'its host', judgement: said({ kind: 'host', value: '10.0.0.5' }), want: true },
    { why: 'its role', judgement: said({ kind: 'role', value: 'database' }), want: true },
    { why: 'another role', judgement: said({ kind: 'role', value: 'server' }), want: false },
    { why: 'its network', judgement: said({ kind: 'network', value: '10.0.0.0/29' }), want: true },
    { why: 'another network', judgement: said({ kind: 'network', value: '10.0.1.0/24' }), want: false },
    {
      why: 'one host of two lies elsewhere',
      judgement: said({ kind: 'network', value: '10.0.0.0/29' }),
      at: { hosts: [ip('10.0.0.5'), ip('10.0.0.9')] },
      want: false,
    },
    {
      why: 'of no host',
      judgement: said({ kind: 'network', value: '0.0.0.0/0' }),
      at: { hosts: [] },
      want: false,
    },
    {
      why: 'another rule',
      judgement: said({ kind: 'host', value: '10.0.0.5' }, { rule: 'legacy.telnet' }),
      want: false,
    },
    {
      why: 'the other half',
      judgement: said({ kind: 'host', value: '10.0.0.5' }, { half: 'recon' }),
      want: false,
    },
  ])('$why: $want', ({ judgement, at, want }) => {
    expect(covers(judgement, finding, { ...place, ...at })).toBe(want);
  });
});
