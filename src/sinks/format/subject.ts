import { parsePortKey, type TransportProtocol } from '../../net/port-key.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Finding } from '../../findings/finding.ts';

/** Whom a finding is about, in the shape that formats with sources and destinations want. */
export interface Endpoints {
  /** Hosts of the finding: those exposed, or those that scan. */
  readonly hosts: readonly IpAddress[];
  /** Who scans; only of the half `recon`. */
  readonly source: IpAddress | undefined;
  /** Whose port it is; only of the half `exposure`. */
  readonly destination: IpAddress | undefined;
  readonly port: { readonly portid: number; readonly protocol: TransportProtocol } | undefined;
}

/** The endpoints of a finding. A finding that is said once for several hosts names the first of them as its endpoint. */
export function endpointsOf({ half, subject }: Finding): Endpoints {
  const hosts = subject.hosts ?? (subject.host === undefined ? [] : [subject.host]);
  return {
    hosts,
    source: half === 'recon' ? hosts[0] : undefined,
    destination: half === 'exposure' ? hosts[0] : undefined,
    port: subject.port === undefined ? undefined : parsePortKey(subject.port),
  };
}
