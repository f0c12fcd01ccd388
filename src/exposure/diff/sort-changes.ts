import { compareIpAddresses, parseIpv4, type IpAddress } from '../../net/ip-address.ts';
import { comparePorts, parsePortKey, type PortKey } from '../../net/port-key.ts';
import type { Change } from '../model/change.ts';

/** The order of kinds at one place, as exposure.md lists them. */
const KINDS: readonly Change['kind'][] = [
  'host-appeared',
  'host-disappeared',
  'host-went-down',
  'host-came-up',
  'addresses-changed',
  'hostnames-changed',
  'mac-changed',
  'os-changed',
  'extraports-changed',
  'coverage-changed',
  'port-opened',
  'port-closed',
  'port-filtered',
  'port-state-changed',
  'service-changed',
  'product-changed',
  'version-changed',
  'extrainfo-changed',
  'script-changed',
  'service-moved',
];
const RANK = new Map(KINDS.map((kind, index) => [kind, index]));

/** The host a change is about; undefined for a change of the run as a whole. */
export function hostOf(change: Change): IpAddress | undefined {
  if (change.kind !== 'script-changed') return change.host;
  return change.place.at === 'port' || change.place.at === 'host' ? change.place.host : undefined;
}

/** The port a change is about, where there is one; of a move, the port that was left. */
export function portOf(change: Change): PortKey | undefined {
  switch (change.kind) {
    case 'script-changed':
      return change.place.at === 'port' ? change.place.port : undefined;
    case 'service-moved':
      return change.from;
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return change.port;
    default:
      return undefined;
  }
}

/** By host numerically (the run as a whole first), then port, then protocol, then kind; stable. */
export function sortChanges(changes: readonly Change[]): Change[] {
  const keyed = changes.map((change) => {
    const host = hostOf(change);
    const port = portOf(change);
    return {
      change,
      host,
      v4: host === undefined ? -1 : (parseIpv4(host) ?? Number.POSITIVE_INFINITY),
      port: port === undefined ? undefined : parsePortKey(port),
      detail: detailOf(change),
    };
  });
  keyed.sort((a, b) => {
    if (a.host !== b.host) {
      if (a.v4 !== b.v4) return a.v4 < b.v4 ? -1 : 1;
      if (a.host !== undefined && b.host !== undefined) return compareIpAddresses(a.host, b.host);
    }
    if (a.port !== undefined && b.port !== undefined) {
      const order = comparePorts(a.port, b.port);
      if (order !== 0) return order;
    } else if (a.port !== undefined) return 1;
    else if (b.port !== undefined) return -1;
    const rank = (RANK.get(a.change.kind) ?? 0) - (RANK.get(b.change.kind) ?? 0);
    if (rank !== 0) return rank;
    return a.detail < b.detail ? -1 : a.detail > b.detail ? 1 : 0;
  });
  return keyed.map((entry) => entry.change);
}

/** Tells apart several changes of one kind at one place. */
function detailOf(change: Change): string {
  if (change.kind === 'script-changed') return `${change.place.at} ${change.id}`;
  if (change.kind === 'coverage-changed') return change.protocol;
  return change.kind === 'service-moved' ? change.to : '';
}
