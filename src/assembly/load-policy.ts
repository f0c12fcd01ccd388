import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { combinePolicies, parsePolicy, type Policy } from '../exposure/flow/policies.ts';
import { Fault } from '../fault/fault.ts';

/** Reads the policy files that the configuration names, as one policy. Throws a Fault `policy/…`. */
export async function loadPolicy(config: Pick<Config, 'exposure'>): Promise<Policy> {
  const policies = [];
  for (const file of config.exposure.policy) {
    policies.push({ file, policy: parsePolicy(await readPolicyFile(file), file) });
  }
  return combinePolicies(policies);
}

/** The text of a policy file. Throws a Fault `policy/unreadable`. */
export async function readPolicyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'policy/unreadable',
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is no such policy file'
        : `the policy file cannot be read: ${(cause as Error).message}`,
      'Correct the path, in exposure.policy of tidemark.yaml or on the command line, or put the file there.',
      { file },
      { cause },
    );
  }
}
