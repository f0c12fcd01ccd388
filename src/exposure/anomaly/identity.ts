import type { Census, CensusHost } from '../model/census.ts';

/** Names that a host could go by, the best first: MAC, hostname, address (`assessment.md`, "Identity"). */
function candidates(host: CensusHost): readonly string[] {
  return [
    ...(host.mac === undefined ? [] : [`mac:${host.mac}`]),
    ...(host.hostname === undefined ? [] : [`name:${host.hostname}`]),
    `address:${host.address}`,
  ];
}

/**
 * What tells the hosts of a census apart: MAC, otherwise hostname, otherwise address. A MAC or name that two
 * hosts of one census bear (a router's proxy ARP, a multi-homed server) tells nobody apart: both are then
 * known by the next best, in this scan and all later ones, which `shared` remembers.
 */
export function identify(census: Census, shared: Set<string>): readonly string[] {
  const bearers = new Map<string, number>();
  const names = census.hosts.map((host) => candidates(host));
  for (const list of names) for (const name of list) bearers.set(name, (bearers.get(name) ?? 0) + 1);
  for (const [name, count] of bearers) if (count > 1 && !name.startsWith('address:')) shared.add(name);
  return names.map((list) => list.find((name) => !shared.has(name)) ?? list[list.length - 1]!);
}

/** Whether an identity is only an address, behind which another host may stand tomorrow. */
export function isAddressOnly(identity: string): boolean {
  return identity.startsWith('address:');
}
