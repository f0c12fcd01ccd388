import { Fault, type Where } from '../fault/fault.ts';
import { REFUSALS, type Refusal } from '../scope/grant.ts';

/** A Fault for a scan that is not made; its code is `scan/` and the rule. */
export function refusal(rule: Refusal, message: string, fix: string, where: Where = {}): Fault {
  return new Fault(`scan/${rule}`, `${message} (rule ${rule})`, fix, where);
}

/** The rule of such a Fault; undefined for any other error. */
export function ruleOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Fault) || !error.code.startsWith('scan/')) return undefined;
  const rule = error.code.slice('scan/'.length);
  return Object.hasOwn(REFUSALS, rule) ? (rule as Refusal) : undefined;
}
