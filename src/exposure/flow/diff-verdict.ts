import { Fault, type Problem } from '../../fault/fault.ts';
import type { Identity } from '../diff/diff-runs.ts';
import { quieten, type NoiseRules } from '../diff/noise.ts';
import { baselineVersionOf } from '../model/baseline.ts';
import type { Change } from '../model/change.ts';
import type { RunDiff } from '../model/run-diff.ts';

/** How to diff two inputs. */
export interface InputDiffOptions {
  /** Also keep the hosts that did not change. Takes memory for all hosts of both. Default false. */
  readonly verbose?: boolean;
  /** Go on although the scans are not comparable. Default false: a Fault `diff/not-comparable`. */
  readonly evenIfIncomparable?: boolean;
  readonly noise?: NoiseRules;
  /** What makes a host the same one; another than its address reads both inputs whole. Default `address`. */
  readonly identity?: Identity;
}

/** What came of it. */
export interface InputDiff {
  readonly diff: RunDiff;
  readonly verdict: 'equal' | 'different';
  /** How many changes the noise rules left out: UDP ports to or from `open|filtered`. */
  readonly leftOut: number;
  /** What was set aside while reading. */
  readonly problems: { readonly a: readonly Problem[]; readonly b: readonly Problem[] };
}

/** An input that holds more than one scan cannot be one side of a diff. */
export function severalRuns(name: string, count: number): Fault {
  return new Fault(
    'diff/several-runs',
    `${name} holds ${count} scans, not one`,
    'Import the file and diff its scans by their identifiers.',
    { file: name },
  );
}

/**
 * Kinds on which a baseline holds no expectation: it knows of folded ports only that they were not open, and
 * of scripts nothing.
 */
const BEYOND_BASELINES: ReadonlySet<Change['kind']> = new Set([
  'addresses-changed',
  'extraports-changed',
  'script-changed',
]);

/** The verdict on a diff, quietened as the options say. Throws `diff/not-comparable`. */
export function conclude(
  diff: RunDiff,
  options: InputDiffOptions,
  problems: InputDiff['problems'],
): InputDiff {
  const { comparability } = diff;
  if (!comparability.comparable && options.evenIfIncomparable !== true) {
    throw new Fault(
      'diff/not-comparable',
      `these scans are not comparable: ${comparability.why.join('; ')}`,
      'Diff scans of one kind, or add --anyway to see what differs all the same.',
    );
  }
  const rules = options.noise ?? {};
  const withBaseline =
    baselineVersionOf(diff.a.id) !== undefined || baselineVersionOf(diff.b.id) !== undefined;
  const spoken = (changes: readonly Change[]): readonly Change[] =>
    withBaseline ? changes.filter((change) => !BEYOND_BASELINES.has(change.kind)) : changes;
  let leftOut = 0;
  const hosts = diff.hosts
    .map((host) => {
      const quieted = quieten(spoken(host.changes), rules);
      leftOut += quieted.udpOpenFiltered.length;
      return { ...host, changes: quieted.changes };
    })
    .filter((host) => options.verbose === true || host.changes.length > 0);
  const equal = diff.runChanges.length === 0 && hosts.every((host) => host.changes.length === 0);
  return { diff: { ...diff, hosts }, verdict: equal ? 'equal' : 'different', leftOut, problems };
}
