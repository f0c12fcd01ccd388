import type { StoredRun } from '../exposure/queries/runs.ts';

/**
 * Runs that are to be assessed, in the order in which they are given: oldest first. In each series (vantage and profile)
 * those after its newest assessed run; of a series of which none was, the newest alone, since the rest is history.
 */
export function dueRuns(runs: readonly StoredRun[], assessed: ReadonlySet<string>): readonly StoredRun[] {
  const seriesOf = ({ info }: StoredRun): string => `${info.vantage}\0${info.profile}`;
  const newest = new Map<string, number>();
  const newestAssessed = new Map<string, number>();
  for (const [index, run] of runs.entries()) {
    newest.set(seriesOf(run), index);
    if (assessed.has(run.info.id)) newestAssessed.set(seriesOf(run), index);
  }
  return runs.filter((run, index) => {
    const series = seriesOf(run);
    return index > (newestAssessed.get(series) ?? (newest.get(series) ?? 0) - 1);
  });
}
