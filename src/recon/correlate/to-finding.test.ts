import { describe, expect, test } from 'vitest';
import { at, episode, ip } from '../../../test/written/source-activity.ts';
import type { Episode, TransitionStep } from '../model/episode.ts';
import { toFinding } from './to-finding.ts';

const targets = (more: Partial<Episode['targets']>): Partial<Episode> => ({
  targets: { ...episode().targets, ...more },
});
const step = (name: TransitionStep['step'], seconds = 30): TransitionStep => ({
  step: name,
  destination: ip('10.0.0.9'),
  at: at(seconds),
  source: ip('10.0.0.66'),
  text: `${name} seen`,
});
const found = (port: number): Episode['openPorts'][number] => ({
  destination: ip('10.0.0.9'),
  port,
  protocol: 6,
  service: '',
});
const sources = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].map(ip);

describe('title', () => {
  test.each<{ why: string; of: Partial<Episode>; want: string }>([
    {
      why: 'one host, many ports',
      of: {
        ...targets({ ports: 1_000 }),
        last: at(2),
        openPorts: [found(22), found(80)],
        openPortsLeftOut: 1,
      },
      want: '10.0.0.66 scanned 1,000 ports of 10.0.0.9 in 2 s and found 3 open',
    },
    {
      why: 'one port, many hosts',
      of: { shape: 'horizontal', ...targets({ hosts: 254, ports: 1, networks: ['10.0.0.0/24'] }) },
      want: '10.0.0.66 scanned 254 hosts of 10.0.0.0/24 for 22/tcp in 60 s',
    },
    {
      why: 'slow',
      of: { ...targets({ ports: 97 }), last: at(23.5 * 3_600) },
      want: '10.0.0.66 scanned 97 ports of 10.0.0.9 over 24 h',
    },
    {
      why: 'many of both, in more networks than a line holds',
      of: {
        shape: 'block',
        ...targets({ hosts: 50, ports: 6, networks: ['10.0.0.0/24', '10.0.1.0/24', '10.0.7.0/24'] }),
      },
      want: '10.0.0.66 scanned 6 ports across 50 hosts in 60 s',
    },
    {
      why: 'a ping sweep scans no ports',
      of: {
        techniques: ['icmp-echo'],
        shape: 'horizontal',
        ...targets({ hosts: 254, networks: ['10.0.0.0/24'] }),
      },
      want: '10.0.0.66 looked for hosts at 254 addresses of 10.0.0.0/24 in 60 s',
    },
    {
      why: 'an application looked through',
      of: {
        techniques: ['application'],
        shape: 'single',
        ...targets({ ports: 1, topPorts: [{ port: '80/tcp', hosts: 1 }] }),
      },
      want: '10.0.0.66 enumerated 80/tcp of 10.0.0.9 in 60 s',
    },
    {
      why: 'a campaign of one network',
      of: { sources, joinedBy: '/24' },
      want: '3 sources of 198.51.100.0/24 together scanned 10 ports of 10.0.0.9 in 60 s',
    },
    {
      why: 'a campaign of one autonomous system',
      of: { sources, joinedBy: 'disjoint cover, AS64500 Example' },
      want: '3 sources of AS64500 Example together scanned 10 ports of 10.0.0.9 in 60 s',
    },
    {
      why: 'a campaign of sources from everywhere',
      of: { sources, joinedBy: 'disjoint cover, pace' },
      want: '3 sources together scanned 10 ports of 10.0.0.9 in 60 s',
    },
    {
      why: 'decoys with the true source known',
      of: { sources, joinedBy: 'decoys', trueSource: sources[1] },
      want: '198.51.100.2 behind 2 decoys scanned 10 ports of 10.0.0.9 in 60 s',
    },
    {
      why: 'a way in',
      of: { transition: [step('discovery'), step('exploit-attempt'), step('session')] },
      want: '10.0.0.66 scanned 10 ports of 10.0.0.9, then got in at 10.0.0.9',
    },
    {
      why: 'authorised',
      of: { authorised: { entry: 'weekly', contacts: 10, remainder: [], remainderContacts: 0 } },
      want: 'Authorised scan weekly: 10.0.0.66 scanned 10 ports of 10.0.0.9 in 60 s',
    },
    {
      why: 'beyond what was authorised',
      of: {
        authorised: {
          entry: 'weekly',
          contacts: 1_000,
          remainder: ['outside the scope: 10.9.0.1 443/tcp'],
          remainderContacts: 1,
        },
      },
      want: '10.0.0.66 went beyond the authorised scan weekly: 1 of 1,001 contacts not covered (outside the scope: 10.9.0.1 443/tcp)',
    },
  ])('$why', ({ of, want }) => {
    expect(toFinding(episode(of)).title).toBe(want);
  });
});

describe('rule and subject', () => {
  test.each<{ why: string; of: Partial<Episode>; rule: string }>([
    { why: 'a scan', of: {}, rule: 'recon.scan' },
    { why: 'a campaign', of: { sources, joinedBy: '/24' }, rule: 'recon.campaign' },
    {
      why: 'discovery and a service probe alone are no transition',
      of: { transition: [step('discovery'), step('service-probe')] },
      rule: 'recon.scan',
    },
    { why: 'a transition', of: { transition: [step('credential-burst')] }, rule: 'recon.transition' },
    {
      why: 'a transition of a campaign',
      of: { sources, transition: [step('exploit-attempt')] },
      rule: 'recon.transition',
    },
    {
      why: 'a scan of the ledger',
      of: { authorised: { entry: 'a', contacts: 1, remainder: [], remainderContacts: 0 } },
      rule: 'recon.authorised',
    },
    {
      why: 'a login after a scan of the ledger',
      of: { authorised: { entry: 'a', contacts: 1, remainder: ['login'], remainderContacts: 1 } },
      rule: 'recon.beyond-authorised',
    },
  ])('$why → $rule', ({ of, rule }) => {
    expect(toFinding(episode(of)).rule).toBe(rule);
  });

  test('the identifier stays when a scan becomes a break-in, and differs between episodes', () => {
    const scan = toFinding(episode());
    expect(toFinding(episode({ transition: [step('session')] })).id).toBe(scan.id);
    expect(toFinding(episode({ id: 'fedcba9876543210' })).id).not.toBe(scan.id);
  });

  test('one source is the host, several are hosts', () => {
    expect(toFinding(episode()).subject).toEqual({ host: '10.0.0.66' });
    expect(toFinding(episode({ sources })).subject).toEqual({ hosts: sources });
  });
});

describe('observations', () => {
  const full = episode({
    transition: [step('discovery', 0), step('exploit-attempt', 30)],
    families: [{ family: 'fast-fan-out', text: 'ten first contacts within a second' }],
    traits: ['user agent \u001b[31mNmap Scripting Engine'],
    openPorts: [found(22)],
    process: { executable: '/usr/bin/nmap', user: 'eve', host: 'ws-7' },
    role: { role: 'workstation', how: 'learned', why: 'web and DNS' },
    unusual: ['first seen today'],
    likelihood: {
      score: 21.9,
      threshold: 9.21,
      contactsToAlarm: 4,
      terms: [
        { term: 'popular service', contacts: 3, weight: -0.1, total: -0.3 },
        { term: 'refused', contacts: 10, weight: 2.2, total: 22.2 },
      ],
    },
    records: [
      { sensor: 's', file: 'conn.log', line: 9, at: at(0), text: 'onset' },
      { sensor: 's', file: 'eve.json', line: 3, at: at(30), text: 'alert' },
    ],
  });
  const { observations } = toFinding(full);
  const texts = observations.map((one) => one.text);

  test('each leads to evidence, a step to the record of its moment', () => {
    expect(observations.every((one) => one.evidence.length > 0)).toBe(true);
    expect(observations[1]!.evidence).toMatchObject([{ kind: 'record', file: 'eve.json', line: 3 }]);
  });
  test('the likelihood is told in words, the strongest term first', () => {
    expect(texts).toContain(
      'The evidence for a scan stands at 21.9, 9.2 was needed and reached with 4 first contacts: refused 10 times (+22.2) and popular service 3 times (−0.3)',
    );
    expect(observations.find((one) => one.unusual !== undefined)?.unusual).toBe('first seen today');
  });
  test('who it is, by which process', () => {
    expect(texts).toContain('The source is a workstation (learned): web and DNS');
    expect(texts).toContain('On ws-7 the process was /usr/bin/nmap, run by eve');
  });
  test('what an attacker wrote is carried raw: who prints it escapes it', () => {
    expect(texts).toContain('user agent \u001b[31mNmap Scripting Engine');
  });
  test('what to do is review, and isolating is a person’s decision', () => {
    const { actions, references } = toFinding(full);
    expect(actions.some((one) => /person in charge decide/.test(one))).toBe(true);
    expect(references.some((one) => one.includes('T1046'))).toBe(true);
    expect(references.some((one) => one.includes('T1210'))).toBe(true);
  });
});

test('an authorised scan asks nothing of anybody', () => {
  const finding = toFinding(
    episode({ authorised: { entry: 'weekly', contacts: 10, remainder: [], remainderContacts: 0 } }),
  );
  expect(finding.actions).toHaveLength(1);
  expect(finding.impact).toMatch(/^None expected/);
});
