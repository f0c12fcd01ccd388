import { readPolicies } from '../assembly/load-policy.ts';
import type { Policy } from '../exposure/flow/policies.ts';
import { formatWhere } from '../fault/fault.ts';
import type { Call } from './call.ts';
import { safe } from './print.ts';

/**
 * The policy of the files that the command line names, else of those of the configuration; undefined
 * after everything that is wrong in any of them was printed.
 */
export async function policyOrComplaints(call: Call, named: readonly string[]): Promise<Policy | undefined> {
  const files = named.length > 0 ? named : (await call.loadConfig()).config.exposure.policy;
  const read = await readPolicies(files);
  if (read.ok) return read.policy;
  const { print } = call;
  if (print.json) {
    const problems = read.faults.map(({ code, message, fix, where }) => ({ code, message, fix, where }));
    await print.value({ schema: 'tidemark/policy-test/1', problems });
    return undefined;
  }
  for (const { message, fix, where } of read.faults) {
    await print.text(`${safe(formatWhere(where))}: ${safe(message)}\n  fix: ${safe(fix)}\n`);
  }
  return undefined;
}
