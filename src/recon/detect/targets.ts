import { isIpv6, parseIpv4, parseIpv6, type IpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Contact } from '../model/contact.ts';
import type { Episode } from '../model/episode.ts';
import { TCP, touchedName, UDP } from '../model/ip-protocol.ts';
import { hasPorts, type EpisodeFacts } from './episode-facts.ts';

const NETWORKS = 8;
const TOP_PORTS = 20;
const PORT_RANGE_TEXT = 200;

/** What was touched, as counts and short lists. @param leftOut contacts that were not looked at */
export function targetsOf(
  { contacts, hosts: byHost }: Pick<EpisodeFacts, 'contacts' | 'hosts'>,
  leftOut: number,
): Episode['targets'] {
  const hostsOf = new Map<string, Set<IpAddress>>();
  for (const { protocol, port, destination } of contacts) {
    const name = touchedName(protocol, port);
    const hosts = hostsOf.get(name);
    if (hosts === undefined) hostsOf.set(name, new Set([destination]));
    else hosts.add(destination);
  }
  const hosts = [...byHost.keys()];
  return {
    hosts: hosts.length,
    ports: new Set(
      contacts
        .filter(({ protocol }) => hasPorts(protocol))
        .map(({ protocol, port }) => touchedName(protocol, port)),
    ).size,
    contacts: contacts.length + leftOut,
    networks: coveringPrefixes(hosts, NETWORKS),
    topPorts: [...hostsOf]
      .map(([port, touched]) => ({ port, hosts: touched.size }))
      .toSorted(
        (a, b) =>
          b.hosts - a.hosts ||
          Number.parseInt(a.port) - Number.parseInt(b.port) ||
          (a.port < b.port ? -1 : 1),
      )
      .slice(0, TOP_PORTS),
    portRanges: portRanges(contacts),
  };
}

/** Nmap's syntax, with `T:` and `U:` when both are there; cut after a whole range. */
function portRanges(contacts: readonly Contact[]): string {
  const of = (protocol: number): string =>
    PortSet.of(
      contacts.filter((contact) => contact.protocol === protocol).map(({ port }) => port),
    ).toString();
  const tcp = of(TCP);
  const udp = of(UDP);
  const text = udp === '' ? tcp : tcp === '' ? `U:${udp}` : `T:${tcp},U:${udp}`;
  return text.length <= PORT_RANGE_TEXT ? text : text.slice(0, text.lastIndexOf(',', PORT_RANGE_TEXT));
}

/** A run of addresses in order, as the prefix that they have in common. */
interface Covered {
  readonly family: 4 | 6;
  readonly low: bigint;
  readonly high: bigint;
}

/** Few prefixes that hold all hosts: one per /24 or /64, as small as it can be, then the closest put together. */
export function coveringPrefixes(hosts: readonly IpAddress[], most: number): readonly string[] {
  const addresses = hosts
    .map((host) => ({ family: isIpv6(host) ? (6 as const) : (4 as const), value: toNumber(host) }))
    .toSorted((a, b) => a.family - b.family || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  const groups: Covered[] = [];
  for (const { family, value } of addresses) {
    const last = groups.at(-1);
    const bits = family === 4 ? 8n : 64n;
    if (last !== undefined && last.family === family && last.high >> bits === value >> bits)
      groups[groups.length - 1] = { family, low: last.low, high: value };
    else groups.push({ family, low: value, high: value });
  }
  // Cut where neighbours have least in common; what lies between two cuts is put together.
  const cuts = groups
    .map((group, index) => ({ index, length: index === 0 ? -1 : inCommon(groups[index - 1]!, group) }))
    .slice(1)
    .toSorted((a, b) => a.length - b.length || a.index - b.index)
    .slice(0, most - 1)
    .map(({ index }) => index)
    .toSorted((a, b) => a - b);
  const starts = groups.length === 0 ? [] : [0, ...cuts];
  return starts.map((start, index) => {
    const { family, low } = groups[start]!;
    const { high } = groups[(starts[index + 1] ?? groups.length) - 1]!;
    const length = commonLength({ family, low, high });
    const shift = BigInt((family === 4 ? 32 : 128) - length);
    return formatPrefix({ family, network: (low >> shift) << shift, length });
  });
}

function inCommon(a: Covered, b: Covered): number {
  return a.family === b.family ? commonLength({ family: a.family, low: a.low, high: b.high }) : -1;
}

function commonLength({ family, low, high }: Covered): number {
  const bits = family === 4 ? 32 : 128;
  const difference = low ^ high;
  return difference === 0n ? bits : bits - difference.toString(2).length;
}

function toNumber(address: IpAddress): bigint {
  const v4 = parseIpv4(address);
  if (v4 !== undefined) return BigInt(v4);
  return (parseIpv6(address) ?? []).reduce((value, word) => (value << 16n) | BigInt(word), 0n);
}
