import type { IpAddress } from '../../net/ip-address.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import { lower, raise, type Severity } from '../../findings/severity.ts';

/**
 * Parts of a network that differ in who can reach them. `internet-facing`: strangers; `dmz`: what stands between them and
 * us; `inside`: our own people; `management`: administrators only.
 */
export const ZONES = ['internet-facing', 'dmz', 'inside', 'management'] as const;
export type Zone = (typeof ZONES)[number];

/** Severities where a host lies in a zone. */
export type SeverityIn = Readonly<Partial<Record<Zone, Severity>>>;

/** What a scan from this vantage reaches, strangers reach, whatever is written down. */
const INTERNET_VANTAGE = 'internet';

/** The zone of a host: as seen from the internet, else that of the longest prefix that holds it; undefined when nothing says. */
export function zoneOf(
  zones: ReadonlyMap<Zone, readonly Prefix[]>,
  address: IpAddress,
  vantage: string,
): Zone | undefined {
  if (vantage === INTERNET_VANTAGE) return 'internet-facing';
  let found: Zone | undefined;
  let longest = -1;
  for (const [zone, networks] of zones) {
    for (const network of networks) {
      if (network.length > longest && contains(network, address)) [found, longest] = [zone, network.length];
    }
  }
  return found;
}

/** For services that strangers should never reach and administrators may: worse on the internet, milder where only they are. */
export function exposedWeighsMore(severity: Severity): SeverityIn {
  return {
    'internet-facing': severity === 'low' || severity === 'medium' ? 'high' : raise(severity),
    management: lower(severity),
  };
}
