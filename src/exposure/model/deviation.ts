import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { ExpectedPort } from './baseline.ts';
import type { Change } from './change.ts';

/**
 * One statement on how a run departs from what it was held against (the pinned baseline, or an
 * earlier run). Several changes that are one thing to a reader are one deviation.
 */
export interface Deviation {
  /**
   * `change`: a fact as it is. `flapping`: a port or host that is known to come and go did so
   * again. `ephemeral`: an RPC service moved among ports that the operating system deals out anew
   * at every start.
   */
  readonly pattern: 'change' | 'flapping' | 'ephemeral';
  readonly host: IpAddress | undefined;
  /** The ports it is about, in order; empty for a change of the host itself. */
  readonly ports: readonly PortKey[];
  /** What was joined, at least one, in the order of the change set. */
  readonly changes: readonly [Change, ...Change[]];
  /** What the baseline expects of the (first) port, where it expects anything. */
  readonly expected: ExpectedPort | undefined;
  /** Whether both sides could have seen it: same vantage, privileges and depth. */
  readonly comparable: boolean;
  /** Why it weighs less than it looks, in one sentence each: "learned from 2 of 2 comparable runs: a hint". */
  readonly weak: readonly string[];
}
