import type { IpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { TRANSPORT_PROTOCOLS } from '../../net/port-key.ts';
import type { Change } from '../model/change.ts';
import type { HostView } from '../model/coverage.ts';
import type { Depth } from '../model/depth.ts';
import type { Extraports, Host, Port, Script, Service } from '../model/host.ts';
import { defaultStateChange } from './compare-extraports.ts';
import { osChanged } from './compare-os.ts';
import { comparePortLists, type PortComparison } from './compare-ports.ts';
import { compareScripts } from './compare-scripts.ts';
import { findMoves } from './find-moves.ts';

/**
 * What changed on one host. A side that is undefined means that its run tried the host and it did
 * not answer; whether it was tried is the caller's to decide (`wasTried`), because a run's
 * silence about a host it never tried is no change. `depth` is what both runs looked at.
 * Sorted as sortChanges does only after the caller sorts; order within is the walk's.
 */
export function diffHost(a: HostView | undefined, b: HostView | undefined, depth: Depth): Change[] {
  if (a === undefined) {
    if (b === undefined || isDown(b.host)) return [];
    return [{ kind: 'host-appeared', host: b.host.address, after: b.host }];
  }
  if (b === undefined) {
    if (isDown(a.host)) return [];
    return [{ kind: 'host-disappeared', host: a.host.address, before: a.host }];
  }
  const before = a.host;
  const after = b.host;
  const host = before.address;
  if (isDown(before) || isDown(after)) {
    // Nothing was asked of a host that is down: that it is down is all there is to say.
    if (before.status.state === 'up') return [{ kind: 'host-went-down', host, before, after }];
    if (after.status.state === 'up') return [{ kind: 'host-came-up', host, before, after }];
    return [];
  }
  if (sameHost(before, after)) return [];
  const changes: Change[] = [];
  const addressesBefore = addresses(before);
  const addressesAfter = addresses(after);
  if (!sameSet(addressesBefore, addressesAfter) || before.address !== after.address) {
    changes.push({ kind: 'addresses-changed', host, before: addressesBefore, after: addressesAfter });
  }
  if (before.mac?.address !== after.mac?.address) {
    changes.push({ kind: 'mac-changed', host, before: before.mac, after: after.mac });
  }
  if (depth.names && !sameSet(lookedUp(before), lookedUp(after))) {
    changes.push({ kind: 'hostnames-changed', host, before: before.hostnames, after: after.hostnames });
  }
  if (depth.os && !before.timedOut && !after.timedOut && osChanged(before.os, after.os)) {
    changes.push({ kind: 'os-changed', host, before: before.os, after: after.os });
  }
  const ports = comparePortLists(a, b, depth);
  changes.push(...ports.changes, ...findMoves(host, ports.changes));
  const states = defaultStateChange(a, b, ports);
  if (states !== undefined) changes.push({ kind: 'extraports-changed', host, ...states });
  if (!before.timedOut && !after.timedOut) {
    for (const turn of compareScripts(before.scripts, after.scripts, depth.scripts)) {
      changes.push({
        kind: 'script-changed',
        id: turn.id,
        place: { at: 'host', host },
        before: turn.before,
        after: turn.after,
      });
    }
  }
  changes.push(...coverageGaps(a, b, ports));
  return changes;
}

/** Whether a run recorded that the host does not answer. */
export function isDown(host: Host): boolean {
  return host.status.state === 'down';
}

function addresses(host: Host): readonly IpAddress[] {
  return host.otherAddresses.length === 0 ? [host.address] : [host.address, ...host.otherAddresses];
}

/** Names from lookups. What the user typed as a target says nothing about the host. */
function lookedUp(host: Host): readonly string[] {
  return host.hostnames.filter((name) => name.type !== 'user').map((name) => name.name);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 1 && b.length === 1) return a[0] === b[0];
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && [...left].every((value) => right.has(value));
}

/**
 * Listed ports that the other side knows nothing of, beyond what the runs as a whole did not both
 * cover, and the whole coverage of a host on which the other run gave up.
 */
function coverageGaps(a: HostView, b: HostView, ports: PortComparison): Change[] {
  const changes: Change[] = [];
  for (const protocol of TRANSPORT_PROTOCOLS) {
    const onlyBefore = gap(a, b, protocol, ports.unmatchedBefore);
    const onlyAfter = gap(b, a, protocol, ports.unmatchedAfter);
    if (onlyBefore.size === 0 && onlyAfter.size === 0) continue;
    changes.push({
      kind: 'coverage-changed',
      host: a.host.address,
      protocol,
      onlyBefore: onlyBefore.toString(),
      onlyAfter: onlyAfter.toString(),
    });
  }
  return changes;
}

function gap(
  known: HostView,
  blind: HostView,
  protocol: (typeof TRANSPORT_PROTOCOLS)[number],
  unmatched: readonly Port[],
): PortSet {
  const listed = PortSet.of(
    unmatched.filter((port) => port.protocol === protocol).map((port) => port.portid),
  );
  if (!blind.host.timedOut || known.host.timedOut) return listed;
  const covered = known.coverage.get(protocol);
  if (covered === undefined || covered === 'unknown') return listed;
  const seen = PortSet.of(
    blind.host.ports.filter((port) => port.protocol === protocol).map((port) => port.portid),
  );
  return covered.subtract(seen);
}

/** Equal in everything that is ever compared: the quick way out for most hosts of most diffs. */
export function sameHost(a: Host, b: Host): boolean {
  if (
    a.address !== b.address ||
    a.status.state !== b.status.state ||
    a.timedOut !== b.timedOut ||
    a.mac?.address !== b.mac?.address ||
    a.ports.length !== b.ports.length ||
    a.extraports.length !== b.extraports.length ||
    a.os.length !== b.os.length ||
    a.scripts.length !== b.scripts.length ||
    a.hostnames.length !== b.hostnames.length ||
    a.otherAddresses.length !== b.otherAddresses.length
  )
    return false;
  for (let index = 0; index < a.ports.length; index += 1) {
    if (!samePort(a.ports[index]!, b.ports[index]!)) return false;
  }
  return (
    a.otherAddresses.every((address, index) => address === b.otherAddresses[index]) &&
    a.hostnames.every(
      (name, index) => name.name === b.hostnames[index]!.name && name.type === b.hostnames[index]!.type,
    ) &&
    a.extraports.every((extra, index) => sameExtraports(extra, b.extraports[index]!)) &&
    a.os.every((match, index) => {
      const other = b.os[index]!;
      return (
        match.name === other.name &&
        match.accuracy === other.accuracy &&
        match.classes.length === other.classes.length &&
        match.classes.every((osClass, at) => {
          const twin = other.classes[at]!;
          return (
            osClass.vendor === twin.vendor &&
            osClass.family === twin.family &&
            osClass.generation === twin.generation
          );
        })
      );
    }) &&
    sameScriptLists(a.scripts, b.scripts)
  );
}

function samePort(a: Port, b: Port): boolean {
  return (
    a.portid === b.portid &&
    a.protocol === b.protocol &&
    a.state === b.state &&
    sameService(a.service, b.service) &&
    sameScriptLists(a.scripts, b.scripts)
  );
}

function sameService(a: Service | undefined, b: Service | undefined): boolean {
  return (
    a === b ||
    (a?.name === b?.name &&
      a?.product === b?.product &&
      a?.version === b?.version &&
      a?.extrainfo === b?.extrainfo &&
      a?.tunnel === b?.tunnel)
  );
}

function sameScriptLists(a: readonly Script[], b: readonly Script[]): boolean {
  return (
    a.length === b.length &&
    a.every((script, index) => {
      const other = b[index]!;
      return script.id === other.id && script.output === other.output && sameItems(script.items, other.items);
    })
  );
}

function sameItems(a: Script['items'], b: Script['items']): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((item, index) => {
    const other = b[index]!;
    if (item.key !== other.key) return false;
    if ('items' in item) return 'items' in other && sameItems(item.items, other.items);
    return !('items' in other) && item.value === other.value;
  });
}

function sameExtraports(a: Extraports, b: Extraports): boolean {
  return (
    a.state === b.state &&
    a.count === b.count &&
    a.reasons.length === b.reasons.length &&
    a.reasons.every(
      (reason, index) =>
        reason.ports === b.reasons[index]!.ports && reason.protocol === b.reasons[index]!.protocol,
    )
  );
}
