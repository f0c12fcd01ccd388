import { readPolicyFile } from '../assembly/load-policy.ts';
import { combinePolicies, readPolicy, type Policy } from '../exposure/flow/policies.ts';
import { formatWhere, type Fault } from '../fault/fault.ts';
import type { Call } from './call.ts';
import { safe } from './print.ts';

/**
 * The policy of the files that the command line names, else of those of the configuration; undefined
 * after everything that is wrong in any of them was printed.
 */
export async function policyOrComplaints(call: Call, named: readonly string[]): Promise<Policy | undefined> {
  const files = named.length > 0 ? named : (await call.loadConfig()).config.exposure.policy;
  const policies: { file: string; policy: Policy }[] = [];
  const faults: Fault[] = [];
  for (const file of files) {
    const read = readPolicy(await readPolicyFile(file), file);
    if (read.ok) policies.push({ file, policy: read.policy });
    else faults.push(...read.faults);
  }
  if (faults.length === 0) return combinePolicies(policies);
  const { print } = call;
  if (print.json) {
    const problems = faults.map(({ code, message, fix, where }) => ({ code, message, fix, where }));
    await print.value({ schema: 'tidemark/policy-test/1', problems });
    return undefined;
  }
  for (const { message, fix, where } of faults) {
    await print.text(`${safe(formatWhere(where))}: ${safe(message)}\n  fix: ${safe(fix)}\n`);
  }
  return undefined;
}
