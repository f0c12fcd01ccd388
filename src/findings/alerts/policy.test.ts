import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exposed, scanning } from '../../../test/sinks/sample.ts';
import { MemoryDesk, setting, standing } from '../../../test/alerts/desk.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { parseInstant, type Instant } from '../../time/instant.ts';
import type { Finding, FindingId, Meeting } from '../finding.ts';
import { findingId } from '../identity.ts';
import type { Severity } from '../severity.ts';
import type { AlertPlan } from './entry.ts';

const MINUTE = 60e6;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = parseInstant('2026-11-22T12:00:00Z')!;
const after = (time: number): Instant => (NOON + time) as Instant;
const named = (name: string, changes: Partial<Finding> = {}): Finding =>
  exposed({
    id: findingId('exposure', 'drift.port-opened', {}, name),
    title: `${name} is open`,
    firstSeen: NOON,
    ...changes,
  });
const met = (grade: Meeting['grade'], port = '8080/tcp'): Meeting => ({
  grade,
  services: [
    { host: parseIpAddress('10.0.0.9')!, port: port as '8080/tcp', service: 'http', isNew: grade === 3 },
  ],
});
const decisions = ({ entries }: AlertPlan): readonly string[] =>
  entries.map(({ decision, item }) => `${decision}: ${item.title}`);
const reasons = ({ entries }: AlertPlan): readonly string[] => entries.map(({ reason }) => reason);

describe('what is sent at once', () => {
  test('the best first, until the budget is spent; the rest waits for the digest, and each says why', () => {
    const desk = new MemoryDesk(setting({ budget: 2 }));
    const findings = (['low', 'high', 'medium', 'high'] as const).map((severity, index) =>
      standing(named(`${severity} ${index}`, { severity, score: 10 + index })),
    );
    const plan = desk.pass(findings, NOON);
    expect(decisions(plan)).toEqual([
      'sent: high 3 is open',
      'sent: high 1 is open',
      'digested: medium 2 is open',
      'digested: low 0 is open',
    ]);
    expect(reasons(plan)).toEqual([
      "2 of the day's 2 alerts are left, and nothing is known yet of other days",
      "1 of the day's 2 alerts are left, and nothing is known yet of other days",
      "the day's 2 alerts are spent",
      "the day's 2 alerts are spent",
    ]);
    expect(plan.messages.map(({ kind, entry }) => [kind, entry.item.title])).toEqual([
      ['finding', 'high 3 is open'],
      ['finding', 'high 1 is open'],
    ]);
  });

  test('nothing twice, however often it is looked at', () => {
    const desk = new MemoryDesk(setting({ budget: 1 }));
    const findings = [standing(named('a')), standing(named('b'))];
    expect(desk.pass(findings, NOON).entries).toHaveLength(2);
    expect(desk.pass(findings, after(MINUTE)).entries).toEqual([]);
    const seenAgain = findings.map((each) => ({
      ...each,
      news: false,
      finding: { ...each.finding, score: 61, lastSeen: after(DAY) },
    }));
    expect(desk.pass(seenAgain, after(HOUR)).entries).toEqual([]);
  });

  test('the next day has its own budget, by the local day', () => {
    const desk = new MemoryDesk(setting({ budget: 1, timeZone: 'Asia/Tokyo', digestAt: '23:59' }));
    const pass = (name: string, at: Instant) => decisions(desk.pass([standing(named(name))], at));
    expect(pass('a', NOON)).toEqual(['sent: a is open']);
    expect(pass('b', after(2 * HOUR))).toEqual(['digested: b is open']);
    // 15:00 UTC is midnight in Tokyo.
    expect(pass('c', after(3 * HOUR))).toContain('sent: c is open');
  });

  test.each<{ why: string; finding: Finding; want: RegExp }>([
    {
      why: 'critical',
      finding: named('x', { severity: 'critical' }),
      want: /beyond the budget: it is critical/,
    },
    {
      why: 'a new service that was scanned',
      finding: named('x', { severity: 'medium', meeting: met(3) }),
      want: /beyond the budget: a service that opened only lately/,
    },
    {
      why: 'an attempt at a known service',
      finding: named('x', { severity: 'low', meeting: met(4) }),
      want: /beyond the budget: somebody tried to get in/,
    },
  ])('beyond the budget: $why', ({ finding, want }) => {
    const desk = new MemoryDesk(setting({ budget: 0 }));
    const plan = desk.pass([standing(finding), standing(named('usual'))], NOON);
    expect(decisions(plan)).toEqual(['sent: x is open', 'digested: usual is open']);
    expect(plan.entries[0]!.reason).toMatch(want);
  });

  test('the same new service is urgent once a day, whoever comes', () => {
    const desk = new MemoryDesk(setting({ budget: 1 }));
    const scanner = (name: string, port?: string) =>
      standing(scanning({ id: name as FindingId, title: name, severity: 'high', meeting: met(3, port) }));
    expect(decisions(desk.pass([scanner('first')], NOON))).toEqual(['sent: first']);
    const second = desk.pass([scanner('second')], after(HOUR));
    expect(decisions(second)).toEqual(['digested: second']);
    expect(second.entries[0]!.reason).toBe(
      "the same service was told within a day; the day's 1 alerts are spent",
    );
    expect(decisions(desk.pass([scanner('third', '22/tcp')], after(2 * HOUR)))).toEqual(['sent: third']);
    expect(decisions(desk.pass([scanner('fourth')], after(DAY + HOUR)))).toContain('sent: fourth');
  });

  test('what is milder than minSeverity is no alert', () => {
    const desk = new MemoryDesk(setting({ minSeverity: 'high' }));
    const plan = desk.pass([standing(named('a', { severity: 'medium' }))], NOON);
    expect(reasons(plan)).toEqual(['medium is milder than alerts.minSeverity (high)']);
  });

  test('what is old, authorised or noise is none', () => {
    const desk = new MemoryDesk(setting());
    const plan = desk.pass(
      [
        standing(named('old'), { news: false }),
        standing(named('authorised'), { asks: false }),
        standing(named('expected'), { state: 'expected' }),
      ],
      NOON,
    );
    expect(plan.entries).toEqual([]);
  });
});

describe('better ones to come', () => {
  /** Every day of two weeks a high finding at 18:00, and one alert a day. */
  const learned = (): MemoryDesk => {
    const desk = new MemoryDesk(setting({ budget: 1 }));
    for (let day = 15; day >= 1; day -= 1)
      desk.pass([standing(named(`day ${day}`, { severity: 'high' }))], after(6 * HOUR - day * DAY));
    return desk;
  };
  test('a mild one at noon leaves the alert for the one that comes at six', () => {
    const desk = learned();
    const plan = desk.pass([standing(named('mild', { severity: 'low' }))], NOON);
    const entry = plan.entries.find(({ item }) => item.title.startsWith('mild'));
    expect(entry).toMatchObject({
      decision: 'digested',
      reason:
        "1 of the day's 1 alerts are left, but by the last 14 days, 1 better one is still to come today",
    });
  });
  test('one as grave as those is sent: nothing better is expected', () => {
    const plan = learned().pass([standing(named('grave', { severity: 'high' }))], NOON);
    expect(decisions(plan)).toContain('sent: grave is open');
  });
  test('after six nothing better comes, and the mild one has its alert', () => {
    const plan = learned().pass([standing(named('mild', { severity: 'low' }))], after(7 * HOUR));
    expect(decisions(plan)).toContain('sent: mild is open');
    expect(reasons(plan)).toContain(
      "1 of the day's 1 alerts are left, and by the last 14 days, 0 better ones are still to come today",
    );
  });
});

describe('quiet hours', () => {
  const night = { quietHours: { from: '22:00', to: '06:00' }, budget: 1, digestAt: '08:00' };
  const at3 = parseInstant('2026-11-23T03:00:00Z')!;
  const at6 = parseInstant('2026-11-23T06:00:00Z')!;

  test('hold what can wait, and at their end the best of it is sent', () => {
    const desk = new MemoryDesk(setting(night));
    const findings = [
      standing(named('mild', { severity: 'low' })),
      standing(named('grave', { severity: 'high' })),
    ];
    expect(decisions(desk.pass(findings, at3))).toEqual(['held: grave is open', 'held: mild is open']);
    expect(desk.pass(findings, (at3 + HOUR) as Instant).entries).toEqual([]);
    expect(decisions(desk.pass(findings, at6))).toEqual(['sent: grave is open', 'digested: mild is open']);
  });
  test('hold no critical one, which says so', () => {
    const desk = new MemoryDesk(setting(night));
    const plan = desk.pass([standing(named('x', { severity: 'critical' }))], at3);
    expect(reasons(plan)).toEqual(['sent at once: it is critical, and quiet hours do not hold it']);
  });
  test('what is over before they are is not sent', () => {
    const desk = new MemoryDesk(setting(night));
    desk.pass([standing(named('brief'))], at3);
    const plan = desk.pass([standing(named('brief'), { state: 'resolved' })], at6);
    expect(plan.messages).toEqual([]);
    expect(reasons(plan)).toEqual(['it was over before it was told (resolved: said so)']);
  });
});

describe('what becomes of it later', () => {
  test('a receiver that was sent a finding is sent its end, and its return', () => {
    const desk = new MemoryDesk(setting());
    const steps = [
      standing(named('a')),
      standing(named('a'), { state: 'acknowledged' }),
      standing(named('a'), { state: 'resolved' }),
      standing(named('a')),
    ].map((step, index) => desk.pass([step], after(index * 2 * DAY)));
    expect(steps.map(({ messages }) => messages.filter(({ kind }) => kind === 'finding').length)).toEqual([
      1, 1, 0, 1,
    ]);
  });
  test('of what was in a digest the end is in a digest', () => {
    const desk = new MemoryDesk(setting({ budget: 0 }));
    desk.pass([standing(named('a'))], NOON);
    const plan = desk.pass([standing(named('a'), { state: 'resolved' })], after(HOUR));
    expect(plan.messages).toEqual([]);
    expect(reasons(plan)).toEqual(['it is resolved: said so, and no message of its own was sent']);
  });
  test('what grows no worse is in the digest; what grows worse is sent', () => {
    const desk = new MemoryDesk(setting());
    desk.pass([standing(named('a', { severity: 'medium' }))], NOON);
    const other = named('a', { severity: 'medium', title: 'a is open, now with TLS' });
    expect(decisions(desk.pass([standing(other)], after(HOUR)))).toEqual([`digested: ${other.title}`]);
    const worse = { ...other, severity: 'high' as const };
    expect(decisions(desk.pass([standing(worse)], after(2 * HOUR)))).toEqual([`sent: ${other.title}`]);
    // The ticket that the first message opened is still open.
    const done = desk.pass([standing(worse, { state: 'resolved' })], after(3 * HOUR));
    expect(done.messages).toHaveLength(1);
  });
  test('what is scanned only later is sent again', () => {
    const desk = new MemoryDesk(setting({ budget: 1 }));
    desk.pass([standing(named('a', { severity: 'medium' }))], NOON);
    const plan = desk.pass([standing(named('a', { severity: 'medium', meeting: met(3) }))], after(HOUR));
    expect(decisions(plan)).toEqual(['sent: a is open']);
  });
  test('one that comes and goes is in the digest until it stands still for a day', () => {
    const desk = new MemoryDesk(setting({ budget: 100, digestAt: '11:59' }));
    const sent: string[] = [];
    for (let step = 0; step < 8; step += 1) {
      const state = step % 2 === 0 ? 'open' : 'resolved';
      const { entries } = desk.pass([standing(named('flap'), { state })], after(step * HOUR));
      sent.push(...entries.map(({ decision }) => `${state} ${decision}`));
    }
    expect(sent).toEqual([
      'open sent',
      'resolved sent',
      'open sent',
      'resolved sent',
      'open digested',
      'resolved digested',
      'open digested',
      'resolved digested',
    ]);
    const still = desk.pass([standing(named('flap'))], after(2 * DAY));
    expect(decisions(still)).toContain('sent: flap is open');
  });
  test('unless it is worse than each time before', () => {
    const desk = new MemoryDesk(setting({ budget: 100, digestAt: '11:59' }));
    for (let step = 0; step < 4; step += 1)
      desk.pass(
        [standing(named('flap'), { state: step % 2 === 0 ? 'open' : 'resolved' })],
        after(step * HOUR),
      );
    const worse = desk.pass([standing(named('flap', { severity: 'critical' }))], after(5 * HOUR));
    expect(decisions(worse)).toEqual(['sent: flap is open']);
  });
});

describe('what came and went between two looks', () => {
  const night = { quietHours: { from: '22:00', to: '06:00' }, digestAt: '08:00' };
  const at3 = parseInstant('2026-11-23T03:00:00Z')!;
  /** Open from an hour before `until`, which is an hour before somebody looks at noon, and over by itself. */
  const brief = (finding: Finding, reopened = 0, until = after(-HOUR)) =>
    standing(finding, {
      state: 'resolved',
      since: until,
      lifecycle: { since: until, why: 'the scan did not find it', reopened },
      opened: { since: (until - HOUR) as Instant, why: 'first seen', reopened },
    });
  const WHEN = 'came and went: open from 2026-11-22 10:00 UTC until 2026-11-22 11:00 UTC';
  const said = ({ entries, messages }: AlertPlan) => ({
    log: entries.map(({ decision, item, reason }) => `${decision}, ${item.state}: ${reason}`),
    sent: messages.map(({ entry }) => `${entry.item.title}, ${entry.item.state}`),
  });

  test.each<{ why: string; finding: Finding; section?: object; at?: Instant; before?: AlertPlan['entries'] }>(
    [
      { why: 'with the whole budget left', finding: named('a', { severity: 'high' }) },
      { why: 'however mild', finding: named('a', { severity: 'info' }), section: { minSeverity: 'high' } },
      {
        why: 'in quiet hours, though a new service was scanned',
        finding: named('a', { meeting: met(3) }),
        section: night,
        at: at3,
      },
    ],
  )('is one line of the digest, and no alert: $why', ({ finding, section = {}, at = NOON }) => {
    const desk = new MemoryDesk(setting(section));
    expect(said(desk.pass([brief(finding)], at))).toEqual({ log: [`digested, resolved: ${WHEN}`], sent: [] });
    expect(desk.pass([brief(finding)], (at + MINUTE) as Instant).entries).toEqual([]);
    const { messages } = desk.pass([brief(finding)], after(2 * DAY));
    expect(messages).toHaveLength(1);
    expect(messages[0]?.kind === 'digest' && messages[0].outgoing.digest.items).toMatchObject([
      { title: 'a is open', state: 'resolved', why: WHEN },
    ]);
  });

  test.each<{ why: string; finding: Finding; section?: object; at?: Instant; because: string; end: string }>([
    {
      why: 'critical',
      finding: named('a', { severity: 'critical' }),
      because: 'sent at once, beyond the budget: it is critical',
      end: 'sent, resolved: it was sent before, and is resolved: the scan did not find it',
    },
    {
      why: 'a new service that was scanned',
      finding: named('a', { meeting: met(3) }),
      because:
        'sent at once, beyond the budget: a service that opened only lately, or that the baseline does not know, was found',
      end: 'sent, resolved: it was sent before, and is resolved: the scan did not find it',
    },
    {
      why: 'critical, in quiet hours, which hold its end',
      finding: named('a', { severity: 'critical' }),
      section: night,
      at: at3,
      because: 'sent at once, beyond the budget: it is critical, and quiet hours do not hold it',
      end: 'held, resolved: quiet hours until 2026-11-23 06:00 UTC',
    },
  ])(
    'is an alert, and its end, where it would have been sent at once: $why',
    ({ finding, section = {}, at = NOON, because, end }) => {
      const desk = new MemoryDesk(setting({ ...section, budget: 0 }));
      const plan = desk.pass([brief(finding)], at);
      expect(said(plan).log).toEqual([`sent, open: ${because}; it came and went between two looks`, end]);
      expect(said(plan).sent).toEqual(
        ['a is open, open', 'a is open, resolved'].slice(0, end.startsWith('held') ? 1 : 2),
      );
      expect(plan.entries.map(({ revision, spends, asks }) => [revision, spends, asks])).toEqual([
        [1, true, true],
        [2, false, false],
      ]);
      expect(desk.pass([brief(finding)], (at + MINUTE) as Instant).entries).toEqual([]);
    },
  );

  test('of a new service that was told within a day the next is a line of the digest', () => {
    const desk = new MemoryDesk(setting());
    desk.pass([standing(named('a', { meeting: met(3) }))], after(-4 * HOUR));
    expect(said(desk.pass([brief(named('b', { meeting: met(3) }))], NOON))).toEqual({
      log: [`digested, resolved: ${WHEN}`],
      sent: [],
    });
  });

  test('on many hosts it is one alert where it would have been, and as many lines of the digest', () => {
    const desk = new MemoryDesk(setting({ digestAt: '11:59' }));
    const fleet = (severity: Severity) =>
      Array.from({ length: 4 }, (_, index) =>
        brief(
          named(`${severity} ${index}`, {
            title: 'it is open',
            severity,
            subject: { host: parseIpAddress(`10.0.0.${index + 1}`)! },
          }),
        ),
      );
    const plan = desk.pass([...fleet('critical'), ...fleet('high')], NOON);
    expect(plan.messages.map(({ entry }) => entry.item.title)).toEqual(['it is open on 4 hosts']);
    expect(
      plan.entries.filter(({ decision }) => decision === 'digested').map(({ item }) => item.state),
    ).toEqual(Array(8).fill('resolved'));
  });

  test.each<{
    why: string;
    first: ReturnType<typeof standing>[];
    last: ReturnType<typeof standing>;
    log: string[];
  }>([
    {
      why: 'people were told that it was over: it was back in between',
      first: [standing(named('a')), standing(named('a'), { state: 'resolved' })],
      last: brief(named('a'), 1),
      log: [`digested, resolved: ${WHEN}`],
    },
    {
      why: 'a person had judged it: it was taken up again in between',
      first: [standing(named('a')), standing(named('a'), { state: 'expected' })],
      last: brief(named('a'), 1),
      log: [`digested, resolved: ${WHEN}`],
    },
    {
      why: 'people were told that it was over, and it was not back: nothing',
      first: [standing(named('a')), brief(named('a'))],
      last: brief(named('a')),
      log: [],
    },
    {
      why: 'people were told that it is open: its end goes where it went',
      first: [standing(named('a'))],
      last: brief(named('a'), 1),
      log: ['sent, resolved: it was sent before, and is resolved: the scan did not find it'],
    },
    {
      why: 'it was no news, and nobody was told: nothing',
      first: [],
      last: { ...brief(named('a')), news: false },
      log: [],
    },
    {
      why: 'it is history: nothing',
      first: [],
      last: { ...brief(named('a')), opened: undefined },
      log: [],
    },
  ])('$why', ({ first, last, log }) => {
    const desk = new MemoryDesk(setting());
    for (const [index, one] of first.entries()) desk.pass([one], after((index - 9) * MINUTE));
    expect(said(desk.pass([last], NOON)).log).toEqual(log);
    expect(desk.pass([last], after(MINUTE)).entries).toEqual([]);
  });

  test('what was held in quiet hours and is over by their end says so too', () => {
    const desk = new MemoryDesk(setting(night));
    desk.pass([standing(named('a'))], at3);
    const over = brief(named('a'), 0, (at3 + HOUR) as Instant);
    expect(said(desk.pass([over], (at3 + 4 * HOUR) as Instant))).toEqual({
      log: ['digested, resolved: came and went: open from 2026-11-23 03:00 UTC until 2026-11-23 04:00 UTC'],
      sent: [],
    });
  });
});

describe('several as one', () => {
  const onHost = (host: string, name: string, severity: Severity, port = '8443/tcp'): Finding =>
    named(name, {
      title: '8443/tcp opened',
      severity,
      subject: { host: parseIpAddress(host)!, port: port as '8443/tcp' },
    });

  test('one change on many hosts in one pass is one alert that lists them', () => {
    const desk = new MemoryDesk(setting({ budget: 1 }));
    const fleet = Array.from({ length: 5 }, (_, index) =>
      standing(onHost(`10.0.0.${index + 1}`, `f${index}`, index === 0 ? 'high' : 'medium')),
    );
    const plan = desk.pass(fleet, NOON);
    expect(plan.messages).toHaveLength(1);
    expect(plan.messages[0]).toMatchObject({
      kind: 'digest',
      outgoing: {
        digest: {
          kind: 'fleet',
          title: '8443/tcp opened on 5 hosts',
          severity: 'high',
          counts: { findings: 5, open: 5, bySeverity: { high: 1, medium: 4 } },
        },
      },
    });
    expect(plan.entries.filter(({ spends }) => spends)).toHaveLength(1);
    expect(desk.pass(fleet, after(HOUR)).entries).toEqual([]);
  });
  test('on three hosts it is three', () => {
    const desk = new MemoryDesk(setting());
    const three = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => standing(onHost(host, host, 'medium')));
    expect(desk.pass(three, NOON).messages.map(({ kind }) => kind)).toEqual([
      'finding',
      'finding',
      'finding',
    ]);
  });

  const ticket = {
    id: '1',
    ticket: 'CHG-7',
    hosts: [parsePrefix('10.0.0.0/29')!],
    ports: ['8443/tcp'] as const,
    from: after(-HOUR),
    to: after(2 * HOUR),
  };
  const announced = () => new MemoryDesk(setting({ budget: 5 }, [ticket]));
  const planned = [standing(onHost('10.0.0.1', 'p1', 'high')), standing(onHost('10.0.0.2', 'p2', 'medium'))];

  test('findings of an announced change wait for its end, and are one line then', () => {
    const desk = announced();
    const waiting = desk.pass(planned, NOON);
    expect(waiting.messages).toEqual([]);
    expect(reasons(waiting)).toEqual(
      Array(2).fill('CHG-7 announces it: told with its other findings after 2026-11-22 14:00 UTC'),
    );
    expect(desk.pass(planned, after(HOUR)).entries).toEqual([]);
    const told = desk.pass(planned, after(3 * HOUR));
    expect(told.messages.map(({ entry }) => entry.item.title)).toEqual([
      'Ticket CHG-7: 2 findings, all as announced',
    ]);
    expect(told.entries.every(({ spends }) => !spends)).toBe(true);
  });
  test('what lies beside the announcement is told by itself, and counted', () => {
    const desk = announced();
    const beside = standing(onHost('10.0.0.1', 'other port', 'high', '23/tcp'));
    expect(decisions(desk.pass([...planned, beside], NOON))).toContain('sent: 8443/tcp opened');
    const told = desk.pass([...planned, beside], after(3 * HOUR));
    expect(told.messages.map(({ entry }) => entry.item.title)).toEqual([
      'Ticket CHG-7: 3 findings, 1 not announced',
    ]);
  });
  test.each<{ why: string; finding: Finding; since?: Instant }>([
    { why: 'critical', finding: onHost('10.0.0.1', 'x', 'critical') },
    { why: 'scanned by somebody', finding: { ...onHost('10.0.0.1', 'x', 'medium'), meeting: met(3) } },
    { why: 'before its window', finding: onHost('10.0.0.1', 'x', 'high'), since: after(-2 * HOUR) },
    { why: 'on other hosts', finding: onHost('10.0.0.9', 'x', 'high') },
    { why: 'of who scans us', finding: { ...onHost('10.0.0.1', 'x', 'high'), half: 'recon' } },
  ])('an announcement does not hold what is $why', ({ finding, since = NOON }) => {
    expect(announced().pass([standing(finding, { since })], NOON).messages).toHaveLength(1);
  });
});

describe('the digest', () => {
  const at8 = parseInstant('2026-11-23T08:00:00Z')!;
  test('tells once at its hour what was not sent, the worst first, and where to read all', () => {
    const desk = new MemoryDesk(setting({ budget: 0 }));
    const findings = Array.from({ length: 25 }, (_, index) =>
      standing(named(`f${index}`, { severity: index === 7 ? 'high' : 'low' })),
    );
    desk.pass(findings, NOON);
    expect(desk.pass(findings, (at8 - MINUTE) as Instant).entries).toEqual([]);
    const { messages, entries } = desk.pass(findings, at8);
    expect(messages).toHaveLength(1);
    const [message] = messages;
    expect(message?.kind === 'digest' && message.outgoing.digest).toMatchObject({
      kind: 'day',
      title: 'Digest of 2026-11-23: 25 findings, 1 high, 24 low',
      severity: 'high',
      counts: { findings: 25, open: 25, done: 0, bySeverity: { high: 1, low: 24 } },
      leftOut: 5,
      readAll: 'tidemark alerts list --digest 2026-11-23',
    });
    expect(message?.kind === 'digest' && message.outgoing.digest.items[0]?.title).toBe('f7 is open');
    expect(entries[0]?.members).toHaveLength(25);
    expect(desk.pass(findings, (at8 + MINUTE) as Instant).entries).toEqual([]);
  });
  test('a day without any has none, and what comes after the hour waits for the next', () => {
    const desk = new MemoryDesk(setting({ budget: 0 }));
    expect(desk.pass([], at8).entries).toEqual([]);
    desk.pass([standing(named('late'))], (at8 + HOUR) as Instant);
    expect(desk.pass([standing(named('late'))], (at8 + 5 * HOUR) as Instant).entries).toEqual([]);
    expect(desk.pass([standing(named('late'))], (at8 + DAY) as Instant).messages).toHaveLength(1);
  });
  test('of a finding that was in it twice it tells how it stands now', () => {
    const desk = new MemoryDesk(setting({ budget: 0 }));
    desk.pass([standing(named('a')), standing(named('b'))], NOON);
    desk.pass([standing(named('a'), { state: 'resolved' }), standing(named('b'))], after(HOUR));
    const { messages } = desk.pass([], at8);
    expect(messages[0]?.entry.item.title).toBe(
      'Digest of 2026-11-23: 2 findings, 1 high, 1 resolved or judged',
    );
  });
});

describe('whatever happens', () => {
  const severities = fc.constantFrom<Severity>('info', 'low', 'medium', 'high', 'critical');
  const step = fc.record({
    hours: fc.integer({ min: 0, max: 30 }),
    killed: fc.boolean(),
    changes: fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        severity: severities,
        state: fc.constantFrom('open', 'open', 'open', 'resolved', 'expected', 'came and went'),
        grade: fc.constantFrom<0 | 1 | 3 | 4>(0, 0, 0, 1, 3, 4),
      }),
      { maxLength: 4 },
    ),
  });

  test('every finding that asks is told, by a message or in a digest, and no more ordinary ones than the budget', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        (steps, budget, quiet) => {
          const section = { budget, ...(quiet ? { quietHours: { from: '20:00', to: '07:00' } } : {}) };
          const desk = new MemoryDesk(setting(section));
          const world = new Map<string, ReturnType<typeof standing>>();
          /** How often what came and went had come back when it did so last. */
          const brief = new Map<string, number>();
          let now = NOON;
          for (const { hours, killed, changes } of steps) {
            now = (now + hours * HOUR) as Instant;
            // Of what happened to one between two passes the last is what a pass sees.
            const seen = new Map(changes.map((change) => [change.name, change])).values();
            for (const { name, severity, state, grade } of seen) {
              const finding = named(name, { severity, ...(grade === 0 ? {} : { meeting: met(grade) }) });
              const before = world.get(name);
              const reopened = before === undefined ? 0 : before.lifecycle.reopened + 1;
              const lifecycle = { since: now, why: 'seen', reopened };
              const known = desk.entries.findLast(
                ({ id, decision }) => id === finding.id && decision !== 'held',
              );
              // To whom it is open it is an end like any other.
              const isBrief = state === 'came and went' && before?.asks !== true && known?.asks !== true;
              if (isBrief) brief.set(name, reopened);
              world.set(
                name,
                state === 'came and went'
                  ? standing(finding, {
                      state: 'resolved',
                      lifecycle,
                      ...(isBrief ? { opened: lifecycle } : {}),
                    })
                  : standing(finding, { state, lifecycle }),
              );
            }
            const before = desk.entries.length;
            if (killed) {
              // What a pass comes to does not depend on one that was killed before it wrote.
              const lost = desk.pass([...world.values()], now, { keep: false });
              expect(desk.pass([...world.values()], now)).toEqual(lost);
            } else desk.pass([...world.values()], now);
            expect(new Set(desk.entries.slice(before).map(({ key }) => key)).size).toBe(
              desk.entries.length - before,
            );
            expect(desk.pass([...world.values()], now).entries).toEqual([]);
          }
          // By noon of the day after the next everything was told.
          for (let day = 1; day <= 2; day += 1) {
            now = (Math.floor(now / DAY) * DAY + DAY + 12 * HOUR) as Instant;
            desk.pass([...world.values()], now);
          }
          const digestOf = new Set(
            desk.entries.filter(({ decision }) => decision === 'digest').flatMap(({ members }) => members),
          );
          for (const [name, { finding, asks }] of world) {
            if (!asks) continue;
            const last = desk.entries.findLast(
              ({ id, decision }) => id === finding.id && decision !== 'held',
            );
            expect(last?.asks, name).toBe(true);
            expect(last?.decision === 'sent' || digestOf.has(last!.key), name).toBe(true);
          }
          for (const [name, reopened] of brief) {
            const { id } = named(name);
            const lines = desk.entries.filter((line) => line.id === id && line.reopened === reopened);
            expect(
              lines.some(({ decision, key }) => decision === 'sent' || digestOf.has(key)),
              `${name} came and went, and nobody heard of it`,
            ).toBe(true);
          }
          expect(new Set(desk.entries.map(({ key }) => key)).size).toBe(desk.entries.length);
          const spentOn = new Map<number, number>();
          for (const { at, decision, spends, reason } of desk.entries)
            if (decision === 'sent' && spends && !reason.startsWith('sent at once'))
              spentOn.set(Math.floor(at / DAY), (spentOn.get(Math.floor(at / DAY)) ?? 0) + 1);
          for (const spent of spentOn.values()) expect(spent).toBeLessThanOrEqual(budget);
        },
      ),
      { numRuns: 300 },
    );
  });
});
