import type { PeerGroup, Subnet, SurpriseState } from './surprise-state.ts';

/** New hosts per host-scan before any was counted. */
const ARRIVES = 0.002;

/** How seldom a host appears in a subnet: −ln of the rate, shrunk towards the network's by 1,000 host-scans (formula 5). */
export function arrivalSurprise(subnet: Subnet | undefined, state: SurpriseState): number {
  const base = arrivals(state);
  const appeared = (subnet?.window.total('new-host') ?? 0) + (subnet?.window.total('swap') ?? 0);
  const rate = (appeared + 1_000 * base) / ((subnet?.window.total('host') ?? 0) + 1_000);
  return Math.max(0, -Math.log(Math.min(1, rate)));
}

function arrivals({ window }: SurpriseState): number {
  return (window.total('new-host') + window.total('swap') + 500 * ARRIVES) / (window.total('host') + 500);
}

/** Of address-only hosts, how often another machine takes the address, per host-scan. */
export function swapRate(subnet: Subnet | undefined, { window }: SurpriseState): number {
  const base = (window.total('swap') + 500 * 0.001) / (window.total('host') + 500);
  return ((subnet?.window.total('swap') ?? 0) + 100 * base) / ((subnet?.window.total('host') ?? 0) + 100);
}

/** How seldom hosts of a subnet have a network card of this vendor; zero where the vendor is not known. */
export function vendorSurprise(subnet: Subnet | undefined, vendor: string): number {
  if (vendor === '' || subnet === undefined) return 0;
  let known = 0;
  for (const count of subnet.vendors.values()) known += count;
  if (known < 5) return 0;
  return Math.max(0, -Math.log(((subnet.vendors.get(vendor) ?? 0) + 0.5) / (known + 1)));
}

/** How seldom hosts of a subnet are of a group; a host that is like no group is of one that nobody is in. */
export function fitSurprise(subnet: Subnet | undefined, group: PeerGroup | undefined): number {
  if (subnet === undefined || subnet.counts.hosts < 5) return 0;
  const members = group === undefined ? 0 : (subnet.groups.get(group.id) ?? 0);
  return Math.max(0, -Math.log((members + 0.5) / (subnet.counts.hosts + 1)));
}
