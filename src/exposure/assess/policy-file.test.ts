import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Fault, formatWhere } from '../../fault/fault.ts';
import { ip } from '../../../test/written/scan-run.ts';
import { exceptionFor, inScope, placeOf } from './policy.ts';
import { parsePolicy, readPolicy } from './policy-file.ts';
import { policyJsonSchema } from './policy-schema.ts';
import { at } from '../../../test/written/scan-run.ts';

const WHOLE = `# Policy of the example network
version: 1
roles:
  web: [10.0.1.0/24, 10.0.2.7]
  db: [10.0.3.0/24]
disable: [unsafe.printer]
severity:
  administrative.rdp: high
rules:
  - id: site.web-only-tls
    title: A web server without TLS
    severity: medium
    match: |
      service.name == "http" &&
      service.tunnel != "ssl"
    where: { roles: [web] }
    why: Our web servers speak TLS only.
    tests:
      - name: plain
        facts: { service: { name: http } }
        expect: true
exceptions:
  - rule: database.mysql
    where: { roles: [db], ports: [3306/tcp] }
    reason: CHG-1042, alice
    until: 2026-12-31
`;

describe('a whole policy', () => {
  const policy = parsePolicy(WHOLE, 'policy.yaml');

  test('is read', () => {
    expect(policy.rules[0]).toMatchObject({
      id: 'site.web-only-tls',
      category: 'policy',
      on: 'port',
      points: 20,
    });
    expect(policy.disabled).toEqual(new Set(['unsafe.printer']));
    expect(policy.severities.get('administrative.rdp')).toBe('high');
  });

  test('roles go by address', () => {
    expect(placeOf(policy, ip('10.0.2.7'), 'office').roles).toEqual(['web']);
    expect(placeOf(policy, ip('10.0.2.8'), 'office').roles).toEqual([]);
  });

  test.each([
    { why: 'within', host: '10.0.3.4', port: '3306/tcp', when: '2026-12-31T23:59:59Z', want: true },
    {
      why: 'after its last day',
      host: '10.0.3.4',
      port: '3306/tcp',
      when: '2027-01-01T00:00:00Z',
      want: false,
    },
    { why: 'on another port', host: '10.0.3.4', port: '3307/tcp', when: '2026-12-01T00:00:00Z', want: false },
    { why: 'on another host', host: '10.0.1.4', port: '3306/tcp', when: '2026-12-01T00:00:00Z', want: false },
  ] as const)('an exception holds: $why', ({ host, port, when, want }) => {
    const address = ip(host);
    const place = placeOf(policy, address, 'office');
    expect(exceptionFor(policy, 'database.mysql', place, port, at(when)) !== undefined).toBe(want);
    expect(exceptionFor(policy, 'database.redis', place, port, at(when))).toBeUndefined();
  });

  test('a scope with ports never takes in a host as a whole', () => {
    const nowhere = { address: ip('10.0.0.1'), roles: [], zone: undefined };
    expect(inScope({ ports: ['22/tcp'] }, nowhere, undefined)).toBe(false);
    expect(inScope(undefined, nowhere, undefined)).toBe(true);
  });

  test('fits its own JSON Schema', () => {
    const validate = new Ajv2020({ strict: false }).compile(policyJsonSchema());
    validate(parse(WHOLE));
    expect(validate.errors).toBeNull();
    expect(validate({ version: 1, rulez: [] })).toBe(false);
  });

  test('an empty one is the built-in rules', () => {
    expect(parsePolicy('version: 1\n', 'p.yaml')).toMatchObject({ rules: [], exceptions: [] });
  });
});

describe('what is wrong is said with its place', () => {
  const rule = (match: string) => `version: 1
rules:
  - id: site.x
    title: X
    severity: low
    why: Because.
    match: ${match}
`;
  test.each([
    { why: 'no YAML', text: 'version: 1\nrules: [', says: ['p.yaml:2:9 policy/not-yaml'] },
    { why: 'a key twice', text: 'version: 1\nversion: 1\n', says: ['p.yaml:2:1 policy/not-yaml'] },
    {
      why: 'an unknown key',
      text: 'version: 1\nrulez: []\n',
      says: ['p.yaml:2:1 (rulez) policy/unknown-key'],
    },
    {
      why: 'an unknown key inside',
      text: 'version: 1\nexceptions:\n  - rule: legacy.ftp\n    host: 10.0.0.1\n    where: {}\n    reason: x\n',
      says: ['p.yaml:4:5 (exceptions.0.host) policy/unknown-key'],
    },
    {
      why: 'a wrong severity',
      text: 'version: 1\nseverity:\n  legacy.ftp: awful\n',
      says: ['p.yaml:3:15 (severity.legacy.ftp) policy/not-valid'],
    },
    {
      why: 'a version from the future',
      text: 'version: 2\n',
      says: ['p.yaml:1:10 (version) policy/not-valid'],
    },
    { why: 'nothing at all', text: '', says: ['p.yaml policy/not-valid'] },
    {
      why: 'a missing field',
      text: 'version: 1\nrules:\n  - id: site.x\n',
      says: expect.arrayContaining(['p.yaml:3:5 (rules.0.title) policy/not-valid']),
    },
    {
      why: 'an unknown rule switched off',
      text: 'version: 1\ndisable: [legacy.gopher]\n',
      says: ['p.yaml:2:11 (disable.0) policy/unknown-rule'],
    },
    {
      why: 'a network that is none',
      text: 'version: 1\nroles:\n  a: [10.0.0.0/33]\n',
      says: ['p.yaml:3:7 (roles.a.0) policy/not-a-network'],
    },
    {
      why: 'a role that is not there, a port that is none, a date that is none',
      text: 'version: 1\nexceptions:\n  - { rule: legacy.ftp, where: { roles: [x], ports: [80] }, reason: y, until: soon }\n',
      says: ['p.yaml:3:54 (exceptions.0.where.ports.0) policy/not-valid'],
    },
    {
      why: 'an exception for everything',
      text: 'version: 1\nexceptions:\n  - { rule: legacy.ftp, where: {}, reason: y, until: soon }\n',
      says: [
        'p.yaml:3:32 (exceptions.0.where) policy/scope-empty',
        'p.yaml:3:54 (exceptions.0.until) policy/not-a-date',
      ],
    },
    {
      why: 'a condition on one line',
      text: rule('port.numbr == 1'),
      says: ['p.yaml:7:16 (rules.0.match) policy/condition'],
    },
    {
      why: 'a quoted condition',
      text: rule(`'port.numbr == 1'`),
      says: ['p.yaml:7:17 (rules.0.match) policy/condition'],
    },
    {
      why: 'the second line of a block',
      text: rule('|\n      true ||\n      port.numbr == 1'),
      says: ['p.yaml:9:11 (rules.0.match) policy/condition'],
    },
    {
      why: 'a folded condition: its beginning',
      text: rule('>\n      true ||\n      port.numbr == 1'),
      says: ['p.yaml:7:12 (rules.0.match) policy/condition'],
    },
    {
      why: 'a name that is taken',
      text: rule('1 == 1').replace('site.x', 'legacy.ftp'),
      says: ['p.yaml:3:9 (rules.0.id) policy/rule-twice'],
    },
    {
      why: 'a test of a fact that is not there',
      text: `${rule('port.number == 1')}    tests: [{ name: a, facts: { port: { nmber: 1 }, prt: {} }, expect: true }]\n`,
      says: [
        'p.yaml:8:41 (rules.0.tests.0.facts.port.nmber) policy/unknown-fact',
        'p.yaml:8:53 (rules.0.tests.0.facts.prt) policy/unknown-fact',
      ],
    },
    {
      why: 'an alias bomb',
      text: `version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      says: ['p.yaml policy/not-yaml'],
    },
  ])('$why', ({ text, says }) => {
    const read = readPolicy(text, 'p.yaml');
    expect(read.ok ? [] : read.faults.map((fault) => `${formatWhere(fault.where)} ${fault.code}`)).toEqual(
      says,
    );
  });

  test('parsePolicy throws the first and counts the others', () => {
    expect(() => parsePolicy('version: 1\nrulez: []\ndizable: []\n', 'p.yaml')).toThrow(Fault);
    expect(() => parsePolicy('version: 1\nrulez: []\ndizable: []\n', 'p.yaml')).toThrow(
      /and 1 more: p.yaml:3:1/,
    );
  });

  test('a file beyond all size is refused unread', () => {
    const read = readPolicy(' '.repeat(1_000_001), 'p.yaml');
    expect(read.ok ? '' : read.faults[0].code).toBe('policy/too-large');
  });
});
