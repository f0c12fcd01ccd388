import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, type PortKey, type TransportProtocol } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Census, CensusHost, CensusPort } from './census.ts';
import type { Coverage } from './coverage.ts';

/**
 * Several scans of one window as one: what one profile saw and another did not look for is joined, depth (service, version,
 * operating system) is taken from whoever has it, and a port that is open in one scan and was tried in another without
 * being open is a contradiction, which is an observation itself. The scans are given in order of time; identifier, moment
 * and profile are those of the last. Throws a RangeError for none.
 */
export function mergeCensuses(censuses: readonly Census[]): Census {
  const last = censuses.at(-1);
  if (last === undefined) throw new RangeError('there is no scan to merge');
  if (censuses.length === 1) return last;
  const seen = new Map<IpAddress, { readonly host: CensusHost; readonly census: Census }[]>();
  for (const census of censuses) {
    for (const host of census.hosts) {
      const known = seen.get(host.address);
      if (known === undefined) seen.set(host.address, [{ host, census }]);
      else known.push({ host, census });
    }
  }
  return {
    ...last,
    coverage: unionOf(censuses.map(({ coverage }) => coverage)),
    partial: censuses.some(({ partial }) => partial),
    hosts: Array.from(seen.values(), mergeHost).toSorted((a, b) => compareIpAddresses(a.address, b.address)),
  };
}

function mergeHost(looks: readonly { readonly host: CensusHost; readonly census: Census }[]): CensusHost {
  const newest = looks.at(-1)!.host;
  if (looks.length === 1) return newest;
  const hosts = looks.map(({ host }) => host);
  const ports = new Map<PortKey, CensusPort>();
  for (const host of hosts)
    for (const port of host.ports) ports.set(port.key, deeper(ports.get(port.key), port));
  const own = hosts.some(({ coverage }) => coverage !== undefined);
  const coverage = unionOf(looks.map(({ host, census }) => host.coverage ?? census.coverage));
  const os = hosts.map((host) => host.os).filter((each) => each !== undefined);
  const best = os.toSorted((a, b) => b.accuracy - a.accuracy)[0];
  const mac = hosts.findLast((host) => host.mac !== undefined);
  const named = hosts.findLast((host) => host.hostname !== undefined);
  return {
    address: newest.address,
    ...(mac?.mac === undefined ? {} : { mac: mac.mac }),
    ...(mac?.vendor === undefined ? {} : { vendor: mac.vendor }),
    ...(named?.hostname === undefined ? {} : { hostname: named.hostname }),
    roles: newest.roles,
    network: newest.network,
    ...(best === undefined ? {} : { os: best }),
    ports: [...ports.values()].toSorted((a, b) => comparePorts(parsePortKey(a.key)!, parsePortKey(b.key)!)),
    // The widest scan folds most; adding up would count a port once for each profile.
    folded: hosts.toSorted((a, b) => totalOf(b.folded) - totalOf(a.folded))[0]!.folded,
    profiles: [...new Set(hosts.flatMap(({ profiles }) => profiles))],
    contradictions: contradictionsOf(looks),
    ...(own ? { coverage } : {}),
    partial: hosts.some(({ partial }) => partial),
  };
}

/** Open before anything else; then what says more of the service. */
function deeper(known: CensusPort | undefined, port: CensusPort): CensusPort {
  if (known === undefined) return port;
  if ((known.state === 'open') !== (port.state === 'open')) return port.state === 'open' ? port : known;
  const depth = (of: CensusPort): number =>
    of.confidence + (of.version === '' ? 0 : 20) + (of.product === '' ? 0 : 10);
  return depth(port) >= depth(known) ? port : known;
}

/** Ports open in one scan that another one tried, and did not find open or possibly open. A host that was given up on says nothing. */
function contradictionsOf(
  looks: readonly { readonly host: CensusHost; readonly census: Census }[],
): readonly PortKey[] {
  const open = new Set(
    looks.flatMap(({ host }) => host.ports.filter(({ state }) => state === 'open').map(({ key }) => key)),
  );
  const contradicted = [...open].filter((key) => {
    const { portid, protocol } = parsePortKey(key)!;
    return looks.some(({ host, census }) => {
      if (host.partial || census.partial) return false;
      const covered = (host.coverage ?? census.coverage).get(protocol);
      if (covered === undefined || covered === 'unknown' || !covered.has(portid)) return false;
      const state = host.ports.find((port) => port.key === key)?.state;
      return state !== 'open' && state !== 'open|filtered';
    });
  });
  return contradicted.toSorted((a, b) => comparePorts(parsePortKey(a)!, parsePortKey(b)!));
}

function unionOf(coverages: readonly Coverage[]): Coverage {
  const union = new Map<TransportProtocol, PortSet | 'unknown'>();
  for (const coverage of coverages) {
    for (const [protocol, ports] of coverage) {
      const known = union.get(protocol);
      if (known === 'unknown' || ports === 'unknown') union.set(protocol, 'unknown');
      else union.set(protocol, known === undefined ? ports : known.union(ports));
    }
  }
  return union;
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}
