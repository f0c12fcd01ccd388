import type { QueryRunner } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
import { baselineAsRun } from '../baseline/pseudo-run.ts';
import { expectedAt } from '../baseline/versions.ts';
import { diffRuns, type DiffOptions } from '../diff/diff-runs.ts';
import type { ChangeSet } from '../model/change.ts';
import type { ScanRun } from '../model/scan-run.ts';
import type { BaselineVersion } from '../queries/baselines.ts';
import type { StoredRun } from '../queries/runs.ts';
import { loadBaseline } from './baselines.ts';
import { loadRun } from './stored-scans.ts';

export type { DiffOptions };

/** Everything that differs between two stored runs. */
export async function diffStoredRuns(
  store: QueryRunner,
  a: StoredRun,
  b: StoredRun,
  options?: DiffOptions,
): Promise<ChangeSet> {
  return diffRuns(await loadRun(store, a), await loadRun(store, b), options);
}

/** Everything in which a stored run departs from what a baseline version expects at an instant. */
export async function diffAgainstBaseline(
  store: QueryRunner,
  version: BaselineVersion,
  run: StoredRun,
  now: Instant,
  options?: DiffOptions,
): Promise<ChangeSet> {
  return diffRuns(await expectedRun(store, version, now), await loadRun(store, run), options);
}

/** What a baseline version expects at an instant, in the shape of a scan: one side of a diff. */
export async function expectedRun(
  store: QueryRunner,
  version: BaselineVersion,
  now: Instant,
): Promise<ScanRun> {
  return baselineAsRun(expectedAt(await loadBaseline(store, version), now));
}
