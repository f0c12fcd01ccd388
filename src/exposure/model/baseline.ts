import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey, TransportProtocol } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Service } from './host.ts';
import type { Privileges, RunId, RunInfo } from './scan-run.ts';

/** In how many of the comparable runs that could have seen it a thing was seen. */
export interface Support {
  readonly seen: number;
  readonly comparable: number;
}

/** Why an expectation stands: learned from runs, or approved by a person. */
export type Provenance =
  | { readonly kind: 'learned'; readonly runs: readonly RunId[] }
  | {
      readonly kind: 'approved';
      readonly by: string;
      readonly note: string;
      readonly at: Instant;
      /** After this instant the approval no longer excuses anything. */
      readonly until?: Instant;
    };

/** One port that is expected on a host. Absent keys are expected not to be open. */
export interface ExpectedPort {
  readonly port: PortKey;
  /** Usually `open`; `closed` or `filtered` where an approval says that a port may be so. */
  readonly state: string;
  readonly service?: Service;
  /** Seen both open and not open in the learned runs: its comings and goings are one statement. */
  readonly flapping: boolean;
  readonly support: Support;
  readonly provenance: Provenance;
  /** What stood before an approval that ends; it stands again after `provenance.until`. */
  readonly before?: ExpectedPort;
}

/**
 * A service without a name that answers on another high port after every start, one port at a time: the port
 * is no expectation, that there is one is.
 */
export interface RoamingService {
  readonly protocol: TransportProtocol;
  /** The ports it was seen on, in order. */
  readonly ports: readonly number[];
  readonly support: Support;
}

/** What is expected of one host. */
export interface ExpectedHost {
  readonly host: IpAddress;
  /** `gone` where an approval says that the host is no longer there; its ports are kept for the day that approval ends. */
  readonly presence: 'up' | 'gone';
  /** PTR names, where the runs agree. */
  readonly hostnames: readonly string[];
  /** As Nmap prints it, where the runs agree. */
  readonly mac?: string;
  /** OS as `vendor family generation` of the best match, where the runs agree. */
  readonly os?: string;
  /** Seen both up and missing, more than once: a laptop, not a server. */
  readonly flapping: boolean;
  /** Absent where there is none. */
  readonly roaming?: readonly RoamingService[];
  readonly support: Support;
  /** Why the host is expected with these names, MAC and OS; each port has its own. */
  readonly provenance: Provenance;
  /** What stood of the host (ports apart) before an approval that ends. */
  readonly before?: Omit<ExpectedHost, 'ports' | 'coverage' | 'host'>;
  readonly ports: ReadonlyMap<PortKey, ExpectedPort>;
  /** Ports the learned runs covered, per protocol, in Nmap's syntax: outside it the baseline says nothing. */
  readonly coverage: Readonly<Record<string, string>>;
}

/** An immutable, numbered expectation. Versions are made, never edited. */
export interface Baseline {
  readonly version: number;
  /** The version it was made from; undefined for the first. */
  readonly parent: number | undefined;
  readonly created: Instant;
  readonly by: string;
  readonly note: string;
  readonly how: 'learned' | 'approved' | 'rolled-back';
  /** The runs behind it. */
  readonly runs: readonly RunId[];
  readonly vantage: string;
  readonly privileges: Privileges;
  readonly profile: string;
  /**
   * What the deepest (then newest) learned run asked its scanner, with the targets of the other learned runs
   * added: what was not asked about, the baseline does not know.
   */
  readonly asked: Pick<RunInfo, 'scanner' | 'version' | 'args' | 'scaninfo' | 'hosts'>;
  readonly hosts: ReadonlyMap<IpAddress, ExpectedHost>;
}

/** How a baseline names itself where a run is named: `baseline-v7`. */
export function baselineRunId(version: number): RunId {
  return `baseline-v${version}` as RunId;
}

/** The version of the baseline that stands in for a run, or undefined for a run that took place. */
export function baselineVersionOf(id: RunId): number | undefined {
  const digits = /^baseline-v(\d+)$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The name of the script with which Nmap itself says how a scan departs from a baseline (`tidemark nse`). */
export const BASELINE_SCRIPT = 'tidemark-baseline';
