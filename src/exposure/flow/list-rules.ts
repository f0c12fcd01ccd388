export { controlWords } from '../assess/controls.ts';
import { BUILTIN_PACKS } from '../assess/packs/builtin.ts';
import type { Policy, PolicyRule } from '../assess/policy.ts';

/** A rule with where it comes from. */
export interface ListedRule {
  readonly rule: PolicyRule;
  /** Name of the built-in pack or of the user's file; `policy` where that has none. */
  readonly pack: string;
  /** False when the policy switched it off. */
  readonly inForce: boolean;
}

/** Every rule there is, switched off or not: built-in ones in the order of the catalogue, then the user's. */
export function listRules(policy: Policy): readonly ListedRule[] {
  return [
    ...BUILTIN_PACKS.flatMap(({ name, rules }) => rules.map((rule): [string, PolicyRule] => [name, rule])),
    ...policy.rules.map((rule): [string, PolicyRule] => [rule.pack ?? 'policy', rule]),
  ].map(([pack, rule]) => ({ rule, pack, inForce: !policy.disabled.has(rule.id) }));
}
