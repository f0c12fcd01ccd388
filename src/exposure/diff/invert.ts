import type { IpAddress } from '../../net/ip-address.ts';
import { stateOf, type Change, type PortFacts, type ScriptPlace } from '../model/change.ts';
import { stateChange } from './compare-ports.ts';
import { sortChanges } from './sort-changes.ts';

/** The changes that lead back: invert(diff(a, b)) is diff(b, a). */
export function invert(changes: readonly Change[]): Change[] {
  // A host that is known by its MAC or name may have moved; on the way back its changes carry the new address.
  const moved = new Map<IpAddress, IpAddress>();
  for (const change of changes) {
    if (change.kind !== 'addresses-changed') continue;
    const address = change.after[0];
    if (address !== undefined && address !== change.host) moved.set(change.host, address);
  }
  return sortChanges(changes.map((change) => invertChange(change, (host) => moved.get(host) ?? host)));
}

function invertChange(change: Change, at: (host: IpAddress) => IpAddress): Change {
  switch (change.kind) {
    case 'host-appeared':
      return { kind: 'host-disappeared', host: at(change.host), before: change.after };
    case 'host-disappeared':
      return { kind: 'host-appeared', host: at(change.host), after: change.before };
    case 'host-went-down':
      return { kind: 'host-came-up', host: change.after.address, before: change.after, after: change.before };
    case 'host-came-up':
      return {
        kind: 'host-went-down',
        host: change.after.address,
        before: change.after,
        after: change.before,
      };
    case 'addresses-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'hostnames-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'mac-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'os-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'extraports-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return { ...change, ...turnState(change), host: at(change.host) };
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return { ...change, host: at(change.host), before: change.after, after: change.before };
    case 'script-changed':
      return { ...change, place: turnPlace(change.place, at), before: change.after, after: change.before };
    case 'service-moved':
      return { ...change, host: at(change.host), from: change.to, to: change.from };
    case 'coverage-changed':
      return {
        ...change,
        host: change.host === undefined ? undefined : at(change.host),
        onlyBefore: change.onlyAfter,
        onlyAfter: change.onlyBefore,
      };
    default:
      return change satisfies never;
  }
}

function turnState(change: { readonly before: PortFacts; readonly after: PortFacts }): {
  kind: 'port-opened' | 'port-closed' | 'port-filtered' | 'port-state-changed';
  before: PortFacts;
  after: PortFacts;
} {
  const kind = stateChange(stateOf(change.after), stateOf(change.before)) ?? 'port-state-changed';
  return { kind, before: change.after, after: change.before };
}

function turnPlace(place: ScriptPlace, at: (host: IpAddress) => IpAddress): ScriptPlace {
  return place.at === 'port' || place.at === 'host' ? { ...place, host: at(place.host) } : place;
}
