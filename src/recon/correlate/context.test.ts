import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../findings/severity.ts';
import {
  activity,
  alert,
  at,
  episode,
  exposed,
  ip,
  site,
  type WrittenActivity,
  type WrittenContact,
} from '../../../test/written/source-activity.ts';
import type { Episode, TransitionStep } from '../model/episode.ts';
import { exposedTargets } from './exposure-context.ts';
import { isInternetNoise } from './internet-noise.ts';
import { rank } from './rank.ts';
import { toFinding } from './to-finding.ts';

const step = (name: TransitionStep['step']): TransitionStep => ({
  step: name,
  destination: ip('10.0.0.9'),
  at: at(1),
  source: ip('10.0.0.66'),
  text: '',
});
const open = (isNew?: 'new') => [...exposed(['10.0.0.9', 443, isNew]).exposed.values()];
const outside: Partial<Episode> = { internal: false, sources: [ip('198.51.100.7')] };

describe('rank', () => {
  /** From the worst to the least; each above the next, whatever depth and breadth say. */
  const worst: Partial<Episode> = { depth: 'enumerated', targets: { ...episode().targets, contacts: 1e6 } };
  const LADDER: readonly { why: string; of: Partial<Episode>; severity: string }[] = [
    {
      why: 'the target connects out, after a service probe',
      of: { transition: [step('service-probe'), step('outbound')] },
      severity: 'critical',
    },
    { why: 'a session, and no probe seen', of: { transition: [step('session')] }, severity: 'critical' },
    {
      why: 'an exploit, after a service probe',
      of: { transition: [step('service-probe'), step('exploit-attempt')] },
      severity: 'high',
    },
    {
      why: 'a burst of passwords at a service that we know to be open',
      of: { transition: [step('credential-burst')], exposed: open() },
      severity: 'high',
    },
    { why: 'a burst of passwords', of: { transition: [step('credential-burst')] }, severity: 'high' },
    { why: 'open and new, touched from outside', of: { ...outside, exposed: open('new') }, severity: 'high' },
    {
      why: 'open, and critical by our own scans, touched from outside',
      of: { ...outside, exposed: open().map((target) => ({ ...target, severity: 'critical' as const })) },
      severity: 'high',
    },
    { why: 'open, touched from inside', of: { exposed: open() }, severity: 'high' },
    { why: 'open, touched from outside', of: { ...outside, exposed: open() }, severity: 'medium' },
    { why: 'from inside', of: {}, severity: 'medium' },
    { why: 'from outside, services identified', of: { ...outside, depth: 'identified' }, severity: 'low' },
    { why: 'from outside', of: outside, severity: 'low' },
    { why: 'background', of: { ...outside, noise: true }, severity: 'info' },
    {
      why: 'authorised',
      of: { ...worst, authorised: { entry: 'weekly', contacts: 1, remainder: [], remainderContacts: 0 } },
      severity: 'info',
    },
  ];
  test.each(LADDER)('$why: $severity', ({ of, severity }) => {
    expect(rank(episode(of)).severity).toBe(severity);
  });
  test('each line stands above the next, however deep and broad the next is', () => {
    const order = ({ severity, score }: ReturnType<typeof rank>): number =>
      SEVERITIES.indexOf(severity) * 1_000 + score;
    for (const [index, line] of LADDER.slice(0, -1).entries()) {
      const next = LADDER[index + 1]!;
      const deep = next.of.depth ?? (next.of.internal === false ? 'touched' : worst.depth!);
      expect(order(rank(episode(line.of))), line.why).toBeGreaterThan(
        order(rank(episode({ ...worst, ...next.of, depth: deep }))),
      );
    }
  });
  test.each([
    {
      why: 'two scans show that it opened a day before',
      openSince: at(-86_400),
      closedUntil: at(-90_000),
      want: 'high',
    },
    {
      why: 'it opened between two scans, the later after the touch',
      openSince: at(600),
      closedUntil: at(-600),
      want: 'high',
    },
    { why: 'one scan alone shows that it is open, not since when', openSince: at(-86_400), want: 'medium' },
    {
      why: 'it opened eight days before',
      openSince: at(-8 * 86_400),
      closedUntil: at(-9 * 86_400),
      want: 'medium',
    },
    {
      why: 'our scan found it closed after it was touched',
      openSince: at(900),
      closedUntil: at(600),
      want: 'medium',
    },
  ])('without a baseline: $why: $want', ({ want, ...scans }) => {
    const [target] = open();
    const of = episode({ ...outside, exposed: [{ ...target!, ...scans }] });
    expect(rank(of).severity).toBe(want);
    expect(toFinding(of).meeting).toMatchObject({
      grade: want === 'high' ? 3 : 1,
      services: [{ host: '10.0.0.9', port: '443/tcp', isNew: want === 'high' }],
    });
  });
  test('what the halves have in common is told with the scan that shows it', () => {
    const [target] = open('new');
    const known = { ...target!, scan: '7c1f', service: 'http', severity: 'critical' as const };
    const tried = episode({ exposed: [known], transition: [step('exploit-attempt')] });
    const { meeting, observations } = toFinding(tried);
    expect(meeting?.grade).toBe(4);
    const about = observations.filter(({ text }) => text.includes('our own scans'));
    expect(about.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^Touched, open in our own scans and not in the baseline: 10\.0\.0\.9 443\/tcp \(http\), open since .*, a finding about it is critical$/,
      ),
      'It went from looking to trying at 10.0.0.9, where our own scans know 443/tcp to be open',
    ]);
    for (const { evidence } of about)
      expect(evidence[0]).toEqual({
        kind: 'scan',
        run: '7c1f',
        host: '10.0.0.9',
        port: '443/tcp',
        fact: 'open http',
      });
    const elsewhere = { ...tried, transition: [{ ...step('exploit-attempt'), destination: ip('10.0.0.8') }] };
    expect(toFinding(elsewhere).meeting?.grade).toBe(3);
    const covered = { entry: 'weekly', contacts: 9, remainder: [], remainderContacts: 0 };
    expect(toFinding({ ...tried, authorised: covered }).meeting).toBeUndefined();
  });
  test('scores stay within 0–100', () => {
    for (const { of } of LADDER) {
      for (const depth of ['touched', 'entered'] as const) {
        const { score } = rank(episode({ ...worst, ...of, depth }));
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }
    }
  });
  test('what goes beyond an authorised scan is ranked by what is left', () => {
    const part = (remainderContacts: number) =>
      rank(
        episode({
          targets: { ...episode().targets, contacts: 50_000 },
          authorised: { entry: 'weekly', contacts: 50_000, remainder: ['x'], remainderContacts },
        }),
      );
    expect(part(1)).toEqual({ severity: 'medium', score: 45 });
    expect(part(10_000).score).toBeGreaterThan(part(1).score);
  });
  test('a login after an authorised scan is more than a scan', () => {
    const authorised = { entry: 'weekly', contacts: 9, remainder: ['login'], remainderContacts: 1 };
    expect(rank(episode({ authorised, depth: 'entered' }))).toEqual({ severity: 'high', score: 85 });
  });
});

describe('exposed targets', () => {
  const known = site(exposed(['10.0.0.9', 80], ['10.0.0.9', 443, 'new'], ['10.0.0.9', 22], ['10.0.0.1', 22]));
  const did = (services: WrittenActivity['services'] = {}, source = '198.51.100.7') =>
    activity(source, {
      contacts: [
        { to: '10.0.0.9', port: 22, at: 1 },
        { to: '10.0.0.9', port: 80, at: 2 },
        { to: '10.0.0.9', port: 81, at: 3 },
        { to: '10.0.0.9', port: 443, at: 4 },
        { to: '10.0.0.1', port: 22, at: 100 },
      ],
      services,
    });
  const ports = (
    of: ReturnType<typeof did>,
    during: Partial<Episode> = { first: at(0), last: at(60) },
  ): string[] =>
    exposedTargets(episode(during), [of], known).map(({ destination, port }) => `${destination}:${port}`);

  test('new ones first, then by address and port; only what belongs to the episode', () => {
    expect(ports(did())).toEqual(['10.0.0.9:443', '10.0.0.9:22', '10.0.0.9:80']);
    expect(ports(did(), { first: at(90), last: at(200) })).toEqual(['10.0.0.1:22']);
  });
  const popular = { '10.0.0.9:80': [400, 0], '10.0.0.9:443': [400, 0] } as const;
  test('a public service counts for a source from outside only when it is new', () => {
    expect(ports(did(popular))).toEqual(['10.0.0.9:443', '10.0.0.9:22']);
    expect(ports(did(popular, '10.0.0.66'))).toHaveLength(3);
  });
  test('without scans of our own nothing is said', () => {
    expect(exposedTargets(episode(), [did()], site())).toEqual([]);
  });
});

describe('background of the internet', () => {
  const background = episode({ ...outside, first: at(0), last: at(1_000) });
  const knocks = (length: number, more: Partial<WrittenContact> = {}): WrittenContact[] =>
    Array.from({ length }, (_, index) => ({ to: '10.0.0.9', port: 1 + index, at: index, ...more }));
  const everybodys = (length: number): WrittenActivity['services'] =>
    Object.fromEntries(Array.from({ length }, (_, index) => [`10.0.0.9:${1 + index}`, [0, 60] as const]));

  const ROWS: readonly {
    why: string;
    of?: Partial<Episode>;
    did: WrittenActivity;
    want: boolean;
  }[] = [
    { why: 'a few ports', did: { contacts: knocks(6) }, want: true },
    {
      why: 'eighty that everybody tries',
      did: { contacts: knocks(80), services: everybodys(80) },
      want: true,
    },
    { why: 'eighty that nobody else tries', did: { contacts: knocks(80) }, want: false },
    { why: 'a thousand', did: { contacts: knocks(1_000), services: everybodys(1_000) }, want: false },
    { why: 'from inside', of: { internal: true }, did: { contacts: knocks(6) }, want: false },
    { why: 'something open was touched', of: { exposed: open() }, did: { contacts: knocks(6) }, want: false },
    {
      why: 'it found our public web server',
      of: { openPorts: [{ destination: ip('10.0.0.9'), port: 443, protocol: 6, service: '' }] },
      did: { contacts: knocks(6), services: { '10.0.0.9:443': [500, 0] } },
      want: true,
    },
    {
      why: 'it found something that is not public',
      of: { openPorts: [{ destination: ip('10.0.0.9'), port: 3389, protocol: 6, service: '' }] },
      did: { contacts: knocks(6) },
      want: false,
    },
    {
      why: 'it went further',
      of: { transition: [step('exploit-attempt')] },
      did: { contacts: knocks(6) },
      want: false,
    },
    { why: 'it enumerated', of: { depth: 'enumerated' }, did: { contacts: knocks(6) }, want: false },
    {
      why: 'neither side is ours: our networks were not told',
      did: { contacts: knocks(6, { to: '192.0.2.9' }) },
      want: false,
    },
    { why: 'thirty contacts, whoever makes them', did: { contacts: knocks(30) }, want: false },
    { why: 'one /24 of faint sources', of: { joinedBy: '/24' }, did: { contacts: knocks(6) }, want: true },
    { why: 'decoys', of: { joinedBy: 'decoys' }, did: { contacts: knocks(6) }, want: false },
    {
      why: 'sources that divide a host among them',
      of: { joinedBy: 'disjoint cover, AS64500' },
      did: { contacts: knocks(6) },
      want: false,
    },
    {
      why: 'an alert of the worst severity',
      did: { contacts: knocks(6), alerts: [alert('10.0.0.9', 80, { severity: 1 })] },
      want: false,
    },
  ];
  test.each(ROWS)('$why: $want', ({ of, did, want }) => {
    expect(isInternetNoise(episode({ ...background, ...of }), [activity('198.51.100.7', did)], site())).toBe(
      want,
    );
  });
});
