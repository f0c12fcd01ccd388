import type { AnomalySummary, HostAnomaly } from '../../findings/anomaly.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { SurpriseChannel } from '../model/surprise.ts';

/** One host as the anomaly model sees it, with what rules and confidence ask of it. */
export interface KnownAnomaly {
  readonly anomaly: HostAnomaly;
  /** What weighs most. */
  readonly channel: SurpriseChannel | undefined;
  /** A port behind it would be severe where it is new. */
  readonly severe: boolean;
}

/** What the anomaly model says of a run. */
export interface Anomalies {
  readonly summary: AnomalySummary;
  /** Hosts with evidence, by address. */
  readonly hosts: ReadonlyMap<IpAddress, KnownAnomaly>;
}
