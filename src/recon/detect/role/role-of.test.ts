import { describe, expect, test } from 'vitest';
import {
  activity,
  app,
  ip,
  prefix,
  site,
  type WrittenActivity,
  type WrittenContact,
} from '../../../../test/written/source-activity.ts';
import { normalContacts, roleOf, type OwnPort } from './role-of.ts';

const many = (
  length: number,
  make: (index: number) => Partial<WrittenContact> & { to: string },
): WrittenContact[] =>
  Array.from({ length }, (_, index) => ({ outcome: 'answered' as const, at: index, ...make(index) }));
const outside = (index: number): string => `93.184.${index >> 8}.${index & 255}`;
const foundOpen = (...ports: readonly number[]): OwnPort[] =>
  ports.map((port) => ({ port, scanned: true, answered: 0 }));
const answering = (answered: number, ...ports: readonly number[]): OwnPort[] =>
  ports.map((port) => ({ port, scanned: false, answered }));
const browser = (index: number): string => `Mozilla/5.0 (${index})`;

/** Twelve hosts, port 443, every five minutes for a day. */
const polls = many(12, (index) => ({
  to: `10.0.2.${index}`,
  port: 443,
  at: index,
  lastAt: 86_400 + index,
}));

const ROWS: readonly {
  why: string;
  source?: string;
  did: WrittenActivity;
  open?: readonly OwnPort[];
  want: string | undefined;
}[] = [
  { why: 'a poller of a stable set', did: { contacts: polls, records: 289 }, want: 'monitoring' },
  {
    why: 'a poller with one dead host among its targets is still one',
    did: { contacts: [...polls.slice(1), { ...polls[0]!, outcome: 'silent' }], records: 289 },
    want: 'monitoring',
  },
  {
    why: 'who visits dead hosts again and again is no monitor',
    did: { contacts: polls.map((one) => ({ ...one, outcome: 'silent' as const })), records: 289 },
    want: undefined,
  },
  {
    why: 'targets that change from the first half to the second are not stable',
    did: {
      contacts: polls.map((one, index) =>
        index % 2 === 0 ? { ...one, lastAt: 30_000 } : { ...one, at: 50_000, lastAt: 86_400 },
      ),
      records: 100,
    },
    want: undefined,
  },
  {
    why: 'retries of a scan within seconds are not polls',
    did: { contacts: polls.map((one) => ({ ...one, lastAt: 20 })), records: 5 },
    want: undefined,
  },
  {
    why: 'a resolver',
    did: { contacts: many(100, (i) => ({ to: outside(i), port: 53, protocol: 17 })) },
    want: 'resolver',
  },
  {
    why: 'DNS to many servers that never answer is no resolver',
    did: {
      contacts: many(100, (i) => ({ to: outside(i), port: 53, protocol: 17, outcome: 'silent' })),
    },
    want: undefined,
  },
  {
    why: 'a proxy: many sites, many user agents',
    did: {
      contacts: many(200, (i) => ({ to: outside(i), port: i % 2 === 0 ? 80 : 443 })),
      app: [app(outside(0), 80, 'http', { agents: [0, 1, 2, 3, 4, 5].map(browser) })],
    },
    want: 'proxy',
  },
  {
    why: 'a proxy of which only flows are seen',
    did: { contacts: many(1_200, (i) => ({ to: outside(i), port: 443 })) },
    want: 'proxy',
  },
  {
    why: 'a client of four time servers polls nobody',
    did: {
      contacts: many(4, (i) => ({ to: `10.0.0.${i}`, port: 123, protocol: 17, lastAt: 80_000 + i })),
      records: 80,
    },
    want: undefined,
  },
  {
    why: 'many sites with one user agent are a workstation',
    did: {
      contacts: many(200, (i) => ({ to: outside(i), port: 443 })),
      app: [app(outside(0), 80, 'http', { agents: [browser(1)] })],
    },
    want: 'workstation',
  },
  {
    why: 'many web servers that do not answer are nothing we know',
    did: { contacts: many(200, (i) => ({ to: outside(i), port: 443, outcome: 'silent' })) },
    want: undefined,
  },
  {
    why: 'a crawler from outside',
    source: '66.249.66.1',
    did: {
      contacts: many(10, (i) => ({ to: `10.0.0.${i}`, port: 443 })),
      app: [
        app('10.0.0.1', 80, 'http', {
          agents: ['Googlebot/2.1 (+http://www.google.com/bot.html)'],
          targets: ['/', '/robots.txt'],
          events: 40,
        }),
      ],
    },
    want: 'crawler',
  },
  {
    why: 'a crawler by its word alone, on ports that crawlers do not touch, is none',
    source: '66.249.66.1',
    did: {
      contacts: many(40, (i) => ({ to: '10.0.0.1', port: 20 + i, outcome: 'refused' })),
      app: [app('10.0.0.1', 80, 'http', { agents: ['Googlebot/2.1'], targets: ['/robots.txt'], events: 40 })],
    },
    want: undefined,
  },
  {
    why: 'peer-to-peer: a port of its own at every peer, about half gone',
    did: {
      contacts: many(120, (i) => ({
        to: outside(i),
        port: 20_000 + i * 37,
        protocol: 17,
        outcome: i % 2 === 0 ? 'answered' : 'silent',
        bytes: i % 2 === 0 ? [500, 500] : [50, 0],
      })),
    },
    want: 'peer-to-peer',
  },
  {
    why: 'a scan of high ports is not peer-to-peer',
    did: {
      contacts: many(120, (i) => ({ to: outside(i), port: 20_000 + i * 37, outcome: 'silent' })),
    },
    want: undefined,
  },
  {
    why: 'a router',
    did: { contacts: many(20, (i) => ({ to: outside(i), port: 3 << 8, protocol: 1 })) },
    want: 'router',
  },
  {
    why: 'a ping sweep is no router',
    did: { contacts: many(20, (i) => ({ to: `10.0.0.${i}`, port: 8 << 8, protocol: 1 })) },
    want: undefined,
  },
  {
    why: 'a load balancer',
    did: {
      contacts: many(8, (i) => ({ to: `10.0.3.${i}`, port: 8080 })),
      records: 5_000,
      app: [app('10.0.3.1', 8080, 'http', { agents: Array.from({ length: 12 }, (_, i) => browser(i)) })],
    },
    want: 'load-balancer',
  },
  {
    why: 'a domain controller, by what our scans found on it',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(53, 88, 135, 389, 445, 3268),
    want: 'domain-controller',
  },
  {
    why: 'a domain controller, by what it answers',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: answering(1, 88, 389, 445),
    want: 'domain-controller',
  },
  {
    why: 'Kerberos and LDAP alone are no domain controller',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(88, 389),
    want: 'server',
  },
  {
    why: 'a database',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(22, 5432),
    want: 'database',
  },
  {
    why: 'a database that serves one program, beside ports that were handed out for one connection',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: [
      ...answering(1, 3306),
      ...answering(9, 33_000, 40_001, 45_002, 50_000, 50_001, 60_004).toReversed(),
    ],
    want: 'database',
  },
  {
    why: 'a port in the range that is handed out is no database, whoever has it registered',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: answering(9, 50_000),
    want: undefined,
  },
  {
    why: 'a machine with many services is no database because one of them is',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(22, 25, 80, 443, 3306, 8080),
    want: 'server',
  },
  {
    why: 'a server',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(443),
    want: 'server',
  },
  {
    why: 'a server, by the many that it answers',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: answering(3, 443),
    want: 'server',
  },
  {
    why: 'who answered two by SSH is no server yet',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: answering(2, 22),
    want: undefined,
  },
  {
    why: 'what every Windows machine has open makes no server',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: [...foundOpen(135, 139, 445), ...answering(30, 3389)],
    want: undefined,
  },
  {
    why: 'open ports of an outside source',
    source: '198.51.100.7',
    did: { contacts: [{ to: '10.0.0.2' }] },
    open: foundOpen(443),
    want: undefined,
  },
  {
    why: 'a backup server',
    did: {
      contacts: many(10, (i) => ({
        to: `10.0.4.${i}`,
        port: 9102,
        bytes: [10_000, 900e6],
        lastAt: 2 * 86_400,
      })),
      records: 3,
    },
    want: 'backup',
  },
  {
    why: 'a build agent, by its processes',
    did: {
      contacts: many(10, (i) => ({ to: outside(i), port: 443 })),
      processes: [
        {
          host: 'ci-1',
          executable: '/usr/bin/git',
          commandLine: 'git fetch',
          user: 'gitlab-runner',
          parent: '/usr/local/bin/gitlab-runner',
          pid: 7,
          first: 0 as never,
          last: 0 as never,
          destinations: 3,
        },
      ],
    },
    want: 'ci-runner',
  },
  { why: 'too little to say', did: { contacts: [{ to: outside(1), port: 443 }] }, want: undefined },
  { why: 'nothing at all', did: { contacts: [] }, want: undefined },
];

describe('learned roles', () => {
  test.each(ROWS)('$why → $want', ({ source, did, open, want }) => {
    const role = roleOf(activity(source ?? '10.0.0.66', did), site(), open ?? []);
    expect(role?.role).toBe(want);
    if (role !== undefined) {
      expect(role.how).toBe('learned');
      expect(role.why).toMatch(/^[a-z0-9][^\n]+$/);
    }
  });
});

test('how the open ports are known is said', () => {
  const did = activity('10.0.0.66', { contacts: [{ to: '10.0.0.2' }] });
  const why = (...open: readonly OwnPort[]) => roleOf(did, site(), open)?.why;
  expect(why(...foundOpen(88), ...answering(12, 389), ...foundOpen(445))).toBe(
    'our scans found Kerberos (88/tcp) and SMB (445/tcp) open on it, and it answered 12 machines on LDAP (389/tcp)',
  );
  expect(why(...foundOpen(80, 81, 82, 83, 84, 85, 86))).toBe(
    'our scans found 80/tcp, 81/tcp, 82/tcp, 83/tcp, 84/tcp and 2 more ports open on it',
  );
  expect(why(...answering(1, 5432))).toBe('it answered 1 machine on 5432/tcp');
});

describe('given roles', () => {
  const poller = activity('10.0.0.66', { contacts: polls, records: 289 });
  const given = (block: string, why: string) => ({
    prefix: prefix(block),
    role: { role: 'server' as const, how: 'configured' as const, why },
  });
  test('a configured role wins over what was seen, the longest block first', () => {
    const roles = [given('10.0.0.66/32', 'host'), given('10.0.0.0/8', 'net')];
    expect(roleOf(poller, site({ roles }), [])).toMatchObject({ role: 'server', why: 'host' });
    expect(roleOf({ ...poller, source: ip('10.0.0.67') }, site({ roles }), [])).toMatchObject({ why: 'net' });
    expect(roleOf({ ...poller, source: ip('11.0.0.1') }, site({ roles }), [])?.how).toBe('learned');
  });
  test('a source of the ledger is a scanner', () => {
    const ledger = [
      {
        id: 'weekly',
        owner: 'it',
        ticket: '',
        sources: [prefix('10.0.0.66')],
        targets: [],
        ports: undefined,
        windows: [],
        ratePerSecond: undefined,
      },
    ];
    expect(roleOf(poller, site({ ledger }), [])).toMatchObject({ role: 'scanner', how: 'approved' });
  });
});

describe('what a role makes normal', () => {
  const mixed = activity('10.0.0.66', { contacts: polls, records: 289 });
  const scanned = activity('10.0.0.66', {
    contacts: many(50, (i) => ({ to: '10.0.9.9', port: 100 + i, outcome: 'refused', at: 40_000 + i })),
  });
  const both = {
    ...mixed,
    contacts: [...mixed.contacts, ...scanned.contacts],
  };
  test('the stable set of a poller, and not what it touched once', () => {
    const role = roleOf(both, site(), []);
    expect(role?.role).toBe('monitoring');
    const normal = normalContacts(both, role);
    expect(normal.size).toBe(12);
    expect([...normal].every((key) => key.startsWith('10.0.2.'))).toBe(true);
  });
  test('nothing for any other role', () => {
    expect(normalContacts(both, { role: 'server', how: 'configured', why: '' }).size).toBe(0);
    expect(normalContacts(both, undefined).size).toBe(0);
  });
});
