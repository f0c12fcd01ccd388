import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Service } from './host.ts';
import type { RunId } from './scan-run.ts';

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
}

/** What is expected of one host. */
export interface ExpectedHost {
  readonly host: IpAddress;
  readonly hostnames: readonly string[];
  readonly mac?: string;
  /** OS as `vendor family generation` of the best match, where the runs agree. */
  readonly os?: string;
  readonly support: Support;
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
  readonly profile: string;
  readonly hosts: ReadonlyMap<IpAddress, ExpectedHost>;
}
