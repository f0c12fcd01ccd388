import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderEnvironment, renderRuleCatalogue } from './catalogue.ts';
import { readPolicy } from './policy-file.ts';
import { runPolicyTests } from './policy-tests.ts';

const doc = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/rules.md is what the rules say', () => {
  expect(doc('rules.md')).toBe(renderRuleCatalogue());
});

test('docs/policy.md lists every fact', () => {
  expect(doc('policy.md')).toContain(renderEnvironment());
});

test('the example of docs/policy.md is a policy whose tests pass', () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(doc('policy.md'))?.[1] ?? '';
  const read = readPolicy(example, 'docs/policy.md');
  expect(read).toMatchObject({ ok: true });
  const own = read.ok ? runPolicyTests(read.policy).filter((result) => result.own) : [];
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter((result) => !result.passed)).toEqual([]);
});
