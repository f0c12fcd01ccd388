import type { IpAddress } from '../../net/ip-address.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { ExposedTarget, Role, SourceRole } from './episode.ts';

/** A scan that somebody is allowed to run: what, from where, when, how fast. */
export interface AuthorisedScan {
  /** Its name in the ledger. */
  readonly id: string;
  readonly owner: string;
  readonly ticket: string;
  readonly sources: readonly Prefix[];
  readonly targets: readonly Prefix[];
  /** Touched ports that are covered, by IP protocol number; undefined covers all. */
  readonly ports: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]> | undefined;
  /** Times in which it may run. */
  readonly windows: readonly { readonly from: Instant; readonly to: Instant }[];
  /** Highest first contacts per second over a minute; undefined: no limit. */
  readonly ratePerSecond: number | undefined;
  /** Whether logins that succeed within a window belong to it (a scan with credentials); absent: no. */
  readonly logins?: boolean;
}

/** Constants of the sequential test (after Jung et al. 2004, repaired: see docs). */
export interface TestParameters {
  /** P(a first contact is answered | nobody scans). */
  readonly thetaBenign: number;
  /** P(a first contact is answered | a scan). */
  readonly thetaScan: number;
  /** Chance of an alarm without a scan that we accept per source. */
  readonly alpha: number;
}

/** What is known of our own network when telemetry is judged: from the configuration, approvals and the other half. */
export interface Site {
  /** Ours. */
  readonly networks: readonly Prefix[];
  /** Blocks of ours in which no machine is. */
  readonly dark: readonly Prefix[];
  readonly test: TestParameters;
  /** An episode ends when its source made no new contact for so long, in microseconds. */
  readonly quiet: number;
  /** Configured and approved roles, longest prefix first. */
  readonly roles: readonly { readonly prefix: Prefix; readonly role: SourceRole }[];
  /** What was approved as normal for a role or a source: these contacts say nothing. */
  readonly expected: readonly ExpectedContact[];
  readonly ledger: readonly AuthorisedScan[];
  /** Open ports of our own scans, by serviceKey (contact.ts). */
  readonly exposed: ReadonlyMap<string, ExposedTarget>;
  /** `AS64500 Example`, or undefined when no table was given or the address is not in it. */
  readonly asOf: (address: IpAddress) => string | undefined;
}

/** Contacts that a person approved as normal. */
export interface ExpectedContact {
  readonly sources: readonly Prefix[];
  readonly role: Role | undefined;
  readonly targets: readonly Prefix[];
  /** `undefined` covers every port. */
  readonly port: number | undefined;
  readonly protocol: number | undefined;
  readonly why: string;
}

/** Whether the address is ours. */
export function isOurs(site: Pick<Site, 'networks'>, address: IpAddress): boolean {
  return site.networks.some((prefix) => contains(prefix, address));
}
