import { describe, expect, test } from 'vitest';
import { BUILTIN_PACKS, BUILTIN_RULES } from './packs/builtin.ts';
import { EMPTY_POLICY } from './policy.ts';
import { readPolicy } from './policy-file.ts';
import { runPolicyTests, untestedRules } from './policy-tests.ts';

describe('built-in rules', () => {
  test.each(runPolicyTests().map((result) => [result.rule, result.test, result] as const))(
    '%s: %s',
    (_rule, _test, result) => {
      expect(result.actual).toBe(result.expected);
    },
  );

  test.each(BUILTIN_RULES.map((rule) => [rule.id, rule] as const))('%s is whole', (_id, rule) => {
    expect(rule.id).toMatch(/^[a-z0-9-]+([.][a-z0-9.-]+)+$/);
    expect(rule.tests.map((one) => one.expect)).toEqual(expect.arrayContaining([true, false]));
    expect(rule.points).toBeGreaterThanOrEqual(0);
    expect(rule.points).toBeLessThanOrEqual(100);
    for (const sentence of [rule.why, rule.impact, ...rule.actions]) expect(sentence).toMatch(/[.”]$/);
    expect(rule.title).not.toMatch(/[.]$/);
    expect(rule.actions.length).toBeGreaterThan(0);
  });

  test('each has a name of its own, and replaces only rules that exist', () => {
    const ids = BUILTIN_RULES.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(BUILTIN_RULES.flatMap((rule) => rule.replaces ?? [])));
    expect(BUILTIN_PACKS.every((pack) => pack.rules.length > 0)).toBe(true);
  });

  // Review steps only: nothing here tells anybody how to break in.
  test('no step is an attack', () => {
    const text = JSON.stringify(BUILTIN_RULES.map((rule) => rule.actions));
    expect(text).not.toMatch(/exploit|metasploit|brute|hydra|payload|crack/i);
  });
});

describe("the user's tests", () => {
  const read = readPolicy(
    `version: 1
rules:
  - id: site.tested
    title: A web server that is not nginx
    severity: low
    match: service.name == "http" && service.product != "nginx"
    why: We run nginx.
    tests:
      - { name: apache, facts: { service: { name: http, product: Apache httpd } }, expect: true }
      - { name: wrong on purpose, facts: { service: { name: http, product: nginx } }, expect: true }
  - id: site.fails
    title: Fails
    severity: low
    match: host.open_ports[5] == port.number
    why: Nobody looked.
    tests:
      - { name: an index out of range, facts: { port: { number: 22 } }, expect: false }
  - id: site.untested
    title: Untested
    severity: low
    match: port.number == 1
    why: Nobody looked.
`,
    'policy.yaml',
  );
  const policy = read.ok ? read.policy : EMPTY_POLICY;

  test('pass, fail, and say why a condition had no answer', () => {
    const own = runPolicyTests(policy).filter((result) => result.own);
    expect(own.map(({ rule, test: name, passed, actual }) => [rule, name, passed, actual])).toEqual([
      ['site.tested', 'apache', true, true],
      ['site.tested', 'wrong on purpose', false, false],
      ['site.fails', 'an index out of range', false, { failed: expect.any(String) }],
    ]);
  });

  test('rules without one are named', () => {
    expect(untestedRules(policy)).toEqual(['site.untested']);
  });
});
