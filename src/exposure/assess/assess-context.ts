import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { HostSummary, ExposureSummary } from '../../findings/summary.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Comparability } from '../model/change.ts';
import type { Deviation } from '../model/deviation.ts';
import type { RunInfo } from '../model/scan-run.ts';
import type { Anomalies } from './anomaly-context.ts';
import type { Policy } from './policy.ts';
import type { PortPrevalence } from './prevalence.ts';

/** What the stored history knows of one port of one host, the assessed run left out. */
export interface PortHistory {
  /** Absent when it was never open. */
  readonly firstSeen?: Instant;
  readonly lastSeen?: Instant;
  /** In how many earlier runs it was open. */
  readonly seen: number;
  /** In how many earlier runs it could have been seen. */
  readonly comparable: number;
}

/** What an assessment needs to know besides the hosts. */
export interface AssessContext {
  readonly run: RunInfo;
  /** What the run was held against, in the summary's words. */
  readonly against: ExposureSummary['against'];
  /** Whether it could be; absent when it was held against nothing. */
  readonly comparability?: Comparability;
  /** The pinned baseline as `expectedAt` makes it for `now`. */
  readonly baseline?: Baseline;
  /** Departures from the baseline, or from the earlier run. */
  readonly deviations?: readonly Deviation[];
  readonly history?: (host: IpAddress, port: PortKey) => PortHistory | undefined;
  /** On how many hosts of this run each port is open; without it nothing is said of other hosts. */
  readonly prevalence?: PortPrevalence;
  /** Earlier runs of the same kind, oldest first. */
  readonly trend?: ExposureSummary['figures']['trend'];
  /** What the anomaly model says of the run; without it nothing is said of what is unusual. */
  readonly anomalies?: Anomalies;
  readonly policy?: Policy;
  /** Networks that are summed up on their own; what lies in none of them is summed up by /24 or /64. */
  readonly networks?: readonly Prefix[];
  readonly now: Instant;
  /** How many hosts the summary carries, worst first; 500 unless given. All are counted. */
  readonly keepHosts?: number;
  /** Called for every host as it is assessed, for storing all of them. */
  readonly onHost?: (host: HostSummary) => void;
}
