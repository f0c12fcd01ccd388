import { Fault } from '../../fault/fault.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Policy } from '../assess/policy.ts';
import type { Zone } from '../assess/zone.ts';

export { oneFault, packsNamed, readPolicy } from '../assess/policy-file.ts';
export { runPolicyTests, untestedRules } from '../assess/policy-tests.ts';
export { rulesInForce } from '../assess/rule-engine.ts';
export type { Policy };

/**
 * Several policies as one: roles are joined, rules and exceptions added up. Where two files say
 * something different of one rule the later wins, as files are read in the order of the
 * configuration. Throws a Fault `policy/duplicate-rule` when two files bring a rule of one name.
 */
export function combinePolicies(
  policies: readonly { readonly file: string; readonly policy: Policy }[],
): Policy {
  const roles = new Map<string, Policy['roles'] extends ReadonlyMap<string, infer V> ? V : never>();
  const origin = new Map<string, string>();
  for (const { file, policy } of policies) {
    for (const [role, networks] of policy.roles) roles.set(role, [...(roles.get(role) ?? []), ...networks]);
    for (const rule of policy.rules) {
      const other = origin.get(rule.id);
      if (other !== undefined) {
        throw new Fault(
          'policy/duplicate-rule',
          `the rule ${rule.id} is in ${other} and in ${file}`,
          'Give one of them another id.',
          { file },
        );
      }
      origin.set(rule.id, file);
    }
  }
  const zones = new Map<Zone, readonly Prefix[]>();
  for (const { policy } of policies) {
    for (const [zone, networks] of policy.zones) zones.set(zone, [...(zones.get(zone) ?? []), ...networks]);
  }
  return {
    roles,
    zones,
    rules: policies.flatMap(({ policy }) => policy.rules),
    disabled: new Set(policies.flatMap(({ policy }) => [...policy.disabled])),
    severities: new Map(policies.flatMap(({ policy }) => [...policy.severities])),
    severitiesIn: new Map(policies.flatMap(({ policy }) => [...policy.severitiesIn])),
    exceptions: policies.flatMap(({ policy }) => policy.exceptions),
  };
}
