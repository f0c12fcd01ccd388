import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { combinePolicies, oneFault, packsNamed, readPolicy, type Policy } from '../exposure/flow/policies.ts';
import { Fault } from '../fault/fault.ts';

/** What reading policy files came to: one policy, or everything that is wrong in any of them. */
export type ReadPolicies =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly faults: readonly [Fault, ...Fault[]] };

/** Reads the policy files that the configuration names, as one policy. Throws a Fault `policy/…`. */
export async function loadPolicy(config: Pick<Config, 'exposure'>): Promise<Policy> {
  const read = await readPolicies(config.exposure.policy);
  if (read.ok) return read.policy;
  throw oneFault(read.faults);
}

/**
 * Reads policy files and the packs that they name, as one policy: packs go before the file that names them, so that the
 * file has the last word. A pack that several files name is read once. Throws a Fault `policy/unreadable` for a file that
 * is not there, and `policy/duplicate-rule` for two rules of one name.
 */
export async function readPolicies(files: readonly string[]): Promise<ReadPolicies> {
  const policies = new Map<string, { readonly file: string; readonly policy: Policy }>();
  const faults: Fault[] = [];
  const take = (file: string, text: string, packs: readonly Policy[]): Policy | undefined => {
    const read = readPolicy(text, file, packs);
    if (read.ok) policies.set(resolve(file), { file, policy: read.policy });
    else faults.push(...read.faults);
    return read.ok ? read.policy : undefined;
  };
  for (const file of files) {
    const text = await readPolicyFile(file);
    const packs: Policy[] = [];
    const wrong = faults.length;
    for (const name of packsNamed(text)) {
      const pack = resolve(dirname(file), name);
      const known = policies.get(pack)?.policy;
      const policy = known ?? take(pack, await packText(pack, file), []);
      if (policy !== undefined) packs.push(policy);
    }
    // With a pack that cannot be read, its rules would be called unknown here.
    if (faults.length === wrong) take(file, text, packs);
  }
  const [first, ...rest] = faults;
  if (first !== undefined) return { ok: false, faults: [first, ...rest] };
  return { ok: true, policy: combinePolicies([...policies.values()]) };
}

async function packText(pack: string, namedBy: string): Promise<string> {
  const text = await readPolicyFile(pack);
  if (packsNamed(text).length === 0) return text;
  throw new Fault(
    'policy/pack-in-pack',
    `the pack names packs of its own`,
    `Name them in ${namedBy}, and take them out of the pack.`,
    { file: pack },
  );
}

/** The text of a policy file. Throws a Fault `policy/unreadable`. */
async function readPolicyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'policy/unreadable',
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is no such policy file'
        : `the policy file cannot be read: ${(cause as Error).message}`,
      'Correct the path, in exposure.policy of tidemark.yaml, under packs of a policy, or on the command line.',
      { file },
      { cause },
    );
  }
}
