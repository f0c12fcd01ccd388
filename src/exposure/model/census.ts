import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Coverage } from './coverage.ts';

/** One listed port as the models read it. Strings are written by the scanned host: hostile. */
export interface CensusPort {
  readonly key: PortKey;
  /** Only `open` counts as there; `open|filtered` and `filtered` are kept, because they are no absence. */
  readonly state: string;
  /** Nmap's service name, `ssl/` in front where it was found behind TLS; empty when unknown. */
  readonly service: string;
  readonly product: string;
  readonly version: string;
  /** Nmap's confidence in the service, 0–10; 3 is a guess from the port number. */
  readonly confidence: number;
}

/** One host of a census. A host that is down is not listed; `Census.targets` says whether it was asked for. */
export interface CensusHost {
  readonly address: IpAddress;
  /** Upper case with colons. */
  readonly mac?: string;
  readonly vendor?: string;
  /** First PTR name, lower case, without the final dot. */
  readonly hostname?: string;
  /** Roles that the policy gives the host; they override learned peer groups. */
  readonly roles: readonly string[];
  /** CIDR of the segment: the configured network it lies in, otherwise its /24 or /64. */
  readonly network: string;
  /** Best OS match: family and generation as Nmap's osclass names them, accuracy in percent. */
  readonly os?: { readonly family: string; readonly generation: string; readonly accuracy: number };
  /** In comparePorts order, unique by key. */
  readonly ports: readonly CensusPort[];
  /** Ports that the scanner folded into extraports, by state: `closed` 996. */
  readonly folded: Readonly<Record<string, number>>;
  /** Profiles of a merged window that saw the host, each once; one of a single scan. */
  readonly profiles: readonly string[];
  /** Ports on which scans of one window disagree: open in one, closed or filtered in another. In comparePorts order. */
  readonly contradictions: readonly PortKey[];
  /** What was probed on this host, where it is not what the run asked for. */
  readonly coverage?: Coverage;
  /** The scanner gave up on it: a missing port says nothing. */
  readonly partial: boolean;
}

/**
 * What one scan, or several profiles of one window merged, counted of a network: the part of it that models
 * learn from. A day's history of a network is a list of these in time order.
 */
export interface Census {
  /** Run identifier; of several runs merged, that of the last. */
  readonly id: string;
  readonly at: Instant;
  /** Series: scans of one profile are calibrated together. */
  readonly profile: string;
  readonly vantage: string;
  /** What the run asked for. A port outside says nothing by its absence. */
  readonly coverage: Coverage;
  /** Interrupted or truncated: a host that is missing says nothing. */
  readonly partial: boolean;
  /** In compareIpAddresses order. */
  readonly hosts: readonly CensusHost[];
}
