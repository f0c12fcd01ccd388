import type { IpAddress } from '../../net/ip-address.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { Instant } from '../../time/instant.ts';
import type { Finding } from '../finding.ts';
import { hostsOfFinding } from '../judgement.ts';

/** A change that somebody said would come: `tidemark announce`. */
export interface PlannedChange {
  readonly id: string;
  /** Ticket or other reference; written by people: escape. */
  readonly ticket: string;
  readonly hosts: readonly Prefix[];
  /** Ports that are to change; none: any. */
  readonly ports: readonly string[];
  /** Both ends included. */
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Whether a finding of our own scans lies in the time and on the hosts of an announced change, and whether it is what was
 * announced: all of its hosts, and of a port one that was named. Who scans us is never announced by it.
 * @param since when the finding came to be open
 */
export function coverOf(
  change: PlannedChange,
  finding: Pick<Finding, 'half' | 'subject'>,
  since: Instant,
): 'announced' | 'not-announced' | undefined {
  if (finding.half !== 'exposure' || since < change.from || since > change.to) return undefined;
  const hosts = hostsOfFinding(finding);
  const isIn = (host: IpAddress): boolean => change.hosts.some((prefix) => contains(prefix, host));
  if (!hosts.some(isIn)) return undefined;
  const { port } = finding.subject;
  const portFits = change.ports.length === 0 || (port !== undefined && change.ports.includes(port));
  return portFits && hosts.every(isIn) ? 'announced' : 'not-announced';
}
