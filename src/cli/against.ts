import type { Workspace } from '../assembly/workspace.ts';
import type { AssessAgainst } from '../exposure/flow/assess-run.ts';

/**
 * What a person names to hold a scan against: `baseline` (the one in force), `v3`, `pinned`, a scan,
 * `nothing`; undefined means the best there is.
 */
export async function findAgainst(
  workspace: Workspace,
  reference: string | undefined,
): Promise<AssessAgainst> {
  if (reference === undefined) return { kind: 'auto' };
  if (reference === 'nothing') return { kind: 'nothing' };
  const version = baselineReference(reference);
  return version === undefined
    ? { kind: 'run', run: await workspace.findRun(reference) }
    : { kind: 'baseline', version: await workspace.baselines.find(version) };
}

/** `baseline`, `baseline:3`, `pinned` and `v3` name baseline versions; everything else names scans. */
export function baselineReference(reference: string): string | undefined {
  if (reference === 'baseline' || reference === 'pinned') return 'pinned';
  return /^(?:baseline:v?|v)(\d{1,9})$/.exec(reference)?.[1];
}
