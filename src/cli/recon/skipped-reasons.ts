import type { TelemetryFile } from '../../assembly/recon-workspace.ts';
import { formatCount } from '../../text/phrase.ts';
import { safe } from '../print.ts';

/** Reasons that are given each; their names come from the file, and there may be two hundred. */
const REASONS = 8;

/** Records of every kind that came of a file. */
export function recordsOf({ records }: TelemetryFile): number {
  return Object.values(records).reduce((sum, amount) => sum + amount, 0);
}

/**
 * Why a file gave no record, a line for each reason, the most frequent first; escaped. Empty where there are records:
 * what is skipped beside them is what such a log always holds.
 */
export function skippedReasons(file: TelemetryFile): readonly string[] {
  if (recordsOf(file) > 0) return [];
  const lines = file.skippedBy
    .slice(0, REASONS)
    .map(({ what, count }) => `${formatCount(count)} skipped: ${safe(what)}`);
  const rest = file.skippedBy.slice(REASONS).reduce((sum, { count }) => sum + count, 0);
  return rest === 0 ? lines : [...lines, `${formatCount(rest)} skipped for other reasons`];
}
