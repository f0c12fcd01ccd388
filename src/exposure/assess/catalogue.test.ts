import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderComplianceIndex, renderEnvironment, renderRuleCatalogue } from './catalogue.ts';
import { CONTROLS } from './controls.ts';
import { BUILTIN_RULES } from './packs/builtin.ts';
import { readPolicy } from './policy-file.ts';
import { runPolicyTests } from './policy-tests.ts';

const place = (name: string) => new URL(`../../../docs/${name}`, import.meta.url);
const doc = (name: string) => readFileSync(place(name), 'utf8');

test.each([
  { name: 'rules.md', render: renderRuleCatalogue },
  { name: 'compliance.md', render: renderComplianceIndex },
])('docs/$name is what the rules say (UPDATE_DOCS=1 writes it)', ({ name, render }) => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(place(name), render());
  expect(doc(name)).toBe(render());
});

test('every requirement in the table is one that a rule speaks to, and no rule speaks to another', () => {
  const spoken = new Set(BUILTIN_RULES.flatMap((rule) => rule.compliance ?? []));
  expect([...spoken].toSorted()).toEqual(Object.keys(CONTROLS).toSorted());
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
