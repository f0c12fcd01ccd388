import { compileExpression } from './expression.ts';
import { ENVIRONMENT, NOTHING, type Fact, type Facts } from './facts.ts';
import { rulesInForce } from './rule-engine.ts';
import { EMPTY_POLICY, type Policy } from './policy.ts';
import type { RuleTestFacts } from './rule.ts';

/** How one test of one rule came out. */
export interface PolicyTestResult {
  readonly rule: string;
  readonly test: string;
  /** True for rules of the user's policy. */
  readonly own: boolean;
  readonly passed: boolean;
  readonly expected: boolean;
  /** What the condition said, or why it said nothing. */
  readonly actual: boolean | { readonly failed: string };
}

/** Runs the tests of every rule in force, built-in ones included; what `tidemark policy test` shows. */
export function runPolicyTests(policy: Policy = EMPTY_POLICY): PolicyTestResult[] {
  return rulesInForce(policy).flatMap(({ rule, own }) => {
    const condition = compileExpression(rule.match);
    return rule.tests.map((test) => {
      const actual = condition.evaluate(completeFacts(test.facts));
      return {
        rule: rule.id,
        test: test.name,
        own,
        passed: actual === test.expect,
        expected: test.expect,
        actual,
      };
    });
  });
}

/** Rules of the policy without a test: nothing shows that they do what they say. */
export function untestedRules(policy: Policy): string[] {
  return policy.rules.filter((rule) => rule.tests.length === 0).map((rule) => rule.id);
}

/** The facts of a test, with everything that it leaves out as the environment has it when there is nothing. */
export function completeFacts(facts: RuleTestFacts): Facts {
  const defaults: Record<string, Facts[string]> = { ...NOTHING, host: emptyOf('host'), run: emptyOf('run') };
  const roots: Record<string, Readonly<Record<string, unknown>>> = { ...facts };
  return Object.fromEntries(
    Object.entries(defaults).map(([root, empty]) => {
      const given = Object.entries(roots[root] ?? {}).map(
        ([field, value]) => [field, toFact(value)] as const,
      );
      return [root, { ...empty, ...Object.fromEntries(given) }];
    }),
  );
}

function emptyOf(root: string): Facts[string] {
  const fields = ENVIRONMENT.filter((field) => field.name.startsWith(`${root}.`));
  return Object.fromEntries(
    fields.map((field) => {
      const empty: Fact =
        field.type === 'string' ? '' : field.type === 'int' ? 0n : field.type === 'bool' ? false : [];
      return [field.name.slice(root.length + 1), empty];
    }),
  );
}

/** YAML's numbers are integers to a condition; anything that is no fact becomes text. */
function toFact(value: unknown): Fact {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map(toFact);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toFact(inner)]));
  }
  return String(value);
}
