import { type Problem } from '../../fault/fault.ts';
import { pairRuns } from '../diff/diff-runs.ts';
import { collectRun } from '../model/collect-run.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import { type ScanRun } from '../model/scan-run.ts';
import { DetectingReader } from '../parse/read-scan.ts';
import { type DiffInput, NotPlain, contextOf, ofInput } from './diff-side.ts';
import { type InputDiffOptions, type InputDiff, severalRuns, conclude } from './diff-verdict.ts';
import { TwinDiff } from './twin-diff.ts';

export { changeSetOf } from '../diff/diff-runs.ts';
export type { DiffInput, InputDiff, InputDiffOptions };

/**
 * Diffs two inputs of any format without a store. Hosts of two XML files that are equal byte for byte, but for
 * what is never compared, are not read at all, and only hosts that changed stay in memory. Inputs that are not
 * as plain as Nmap writes them are read whole instead. Throws what the readers throw, `diff/not-comparable`,
 * and `diff/several-runs` for an input that holds more than one scan.
 */
export async function diffInputs(
  a: DiffInput,
  b: DiffInput,
  options: InputDiffOptions = {},
): Promise<InputDiff> {
  const otherIdentity = (options.identity ?? 'address') !== 'address';
  if (options.verbose === true || otherIdentity || !a.again || !b.again) return diffWhole(a, b, options);
  try {
    return await new TwinDiff(a, b, options).run();
  } catch (error) {
    if (error instanceof NotPlain) return diffWhole(a, b, options);
    throw error;
  }
}

async function diffWhole(a: DiffInput, b: DiffInput, options: InputDiffOptions): Promise<InputDiff> {
  return diffScans(await readWhole(a), await readWhole(b), options);
}

/** A scan in memory, with what was set aside when it was read. */
export interface WholeScan {
  readonly run: ScanRun;
  readonly problems: readonly Problem[];
}

/** Diffs two scans that are in memory: of the history, from a file, or a baseline in the shape of a scan. Throws `diff/not-comparable`. */
export function diffScans(a: WholeScan, b: WholeScan, options: InputDiffOptions = {}): InputDiff {
  const diff = pairRuns(a.run, b.run, { evenIfIncomparable: true, identity: options.identity ?? 'address' });
  return conclude(diff, options, { a: a.problems, b: b.problems });
}

/** Reads an input whole. Throws what the readers throw, and `diff/several-runs`. */
export async function readWhole(input: DiffInput): Promise<WholeScan> {
  const reader = new DetectingReader();
  const events: ScanEvent[] = [];
  try {
    for await (const chunk of input.chunks()) events.push(...reader.push(chunk));
    events.push(...reader.end());
  } catch (error) {
    throw ofInput(input.name, error);
  }
  const [run, ...others] = collectRun(events, contextOf(undefined));
  if (run === undefined || others.length > 0) throw severalRuns(input.name, others.length + 1);
  return {
    run: { ...run, info: { ...run.info, ...contextOf(run.info) } },
    problems: events.flatMap((event) => (event.kind === 'problem' ? [event.problem] : [])),
  };
}
