import type { IpAddress } from '../../net/ip-address.ts';
import type { Change, Comparability } from './change.ts';
import type { HostView } from './coverage.ts';
import type { Depth } from './depth.ts';
import type { RunInfo } from './scan-run.ts';

/** One host of two runs, with what changed. A side is undefined where its run does not list the host. */
export interface HostDiff {
  /** The address in the earlier run, or in the only one that lists the host. */
  readonly host: IpAddress;
  readonly before: HostView | undefined;
  readonly after: HostView | undefined;
  /** Sorted; empty for a host that did not change. */
  readonly changes: readonly Change[];
}

/** Two runs held against each other, with the hosts behind the changes: what a report of a diff is written from. */
export interface RunDiff {
  readonly a: RunInfo;
  readonly b: RunInfo;
  readonly comparability: Comparability;
  /** What both runs looked at. */
  readonly depth: Depth;
  /** Changes of the runs as a whole: coverage, scripts that ran before and after the hosts. */
  readonly runChanges: readonly Change[];
  /** By address, numerically. Hosts without changes are there only where somebody asked for them. */
  readonly hosts: readonly HostDiff[];
}
