import { PortSet } from '../../net/port-set.ts';
import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import { probedPorts, type PortComparison } from './compare-ports.ts';
import { parsePortList, type HostView } from '../model/coverage.ts';
import type { Extraports, PortState } from '../model/host.ts';

/** Which ports were folded under which state, where the run tells. */
type Folded = ReadonlyMap<
  TransportProtocol,
  readonly { readonly state: PortState; readonly ports: PortSet }[]
>;

/** Two sides of a change of default state. */
export interface DefaultStates {
  readonly before: readonly Extraports[];
  readonly after: readonly Extraports[];
}

/**
 * Whether the state of ports that both runs folded changed: a host that answered `closed` now
 * drops. Counts that move because a port is now listed are not it; the port says so itself.
 * Where the ports behind the counts are known, both sides name them as recent Nmap does.
 */
export function defaultStateChange(
  a: HostView,
  b: HostView,
  ports: PortComparison,
): DefaultStates | undefined {
  const before = a.host.extraports;
  const after = b.host.extraports;
  if (before === after || (before.length === 0 && after.length === 0)) return undefined;
  if (a.host.timedOut || b.host.timedOut) return undefined;
  const ca = counts(before);
  const cb = counts(after);
  const named = names(before) || names(after);
  if (!named && ca.size === 1 && cb.size === 1 && [...ca.keys()][0] === [...cb.keys()][0]) return undefined;
  const difference = distance(ca, cb);
  if (!named && difference === 0) return undefined;
  const fa = foldedPorts(a);
  const fb = foldedPorts(b);
  if (fa !== undefined && fb !== undefined) {
    return foldedDiffer(fa, fb) ? { before: nameAll(before, fa), after: nameAll(after, fb) } : undefined;
  }
  // Which port fell under which state is not known. Over the same ports, counts that differ by more than
  // the listed ports explain are still a change.
  if (!sameProbed(a, b) || difference <= ports.listedOnOneSide) return undefined;
  if (!ports.quietlyListed) return { before, after };
  return { before: withoutClaims(before, fa), after: withoutClaims(after, fb) };
}

/**
 * Counts that say nothing of a port that the other side lists without a change: named where the ports
 * are known, and named as none where a single state would claim them all.
 */
function withoutClaims(extraports: readonly Extraports[], folded: Folded | undefined): readonly Extraports[] {
  if (folded !== undefined) return nameAll(extraports, folded);
  if (extraports.filter((extra) => extra.count > 0).length > 1) return extraports;
  return extraports.map((extra) => ({
    ...extra,
    reasons: [
      { reason: extra.reasons[0]?.reason ?? 'unknown', count: extra.count, protocol: 'tcp', ports: '' },
    ],
  }));
}

/** The same counts, with their ports named. */
function nameAll(extraports: readonly Extraports[], folded: Folded): Extraports[] {
  return extraports.map((extra) => {
    if (extra.reasons.some((reason) => reason.ports !== undefined)) return extra;
    const reasons = [...folded].flatMap(([protocol, states]) =>
      states
        .filter(({ state }) => state === extra.state)
        .map(({ ports }) => ({
          reason: extra.reasons[0]?.reason ?? 'unknown',
          count: ports.size,
          protocol,
          ports: ports.toString(),
        })),
    );
    return { ...extra, reasons };
  });
}

function counts(extraports: readonly Extraports[]): Map<PortState, number> {
  const result = new Map<PortState, number>();
  for (const extra of extraports) {
    if (extra.count > 0) result.set(extra.state, (result.get(extra.state) ?? 0) + extra.count);
  }
  return result;
}

function distance(a: ReadonlyMap<PortState, number>, b: ReadonlyMap<PortState, number>): number {
  let sum = 0;
  for (const state of new Set([...a.keys(), ...b.keys()])) {
    sum += Math.abs((a.get(state) ?? 0) - (b.get(state) ?? 0));
  }
  return sum;
}

function names(extraports: readonly Extraports[]): boolean {
  return extraports.some((extra) => extra.reasons.some((reason) => reason.ports !== undefined));
}

function sameProbed(a: HostView, b: HostView): boolean {
  if (probedPorts(a.host) !== probedPorts(b.host)) return false;
  return TRANSPORT_PROTOCOLS.every((protocol) => {
    const x = a.coverage.get(protocol);
    const y = b.coverage.get(protocol);
    if (x === undefined || x === 'unknown' || y === undefined || y === 'unknown') return true;
    return x === y || x.equals(y);
  });
}

/** Undefined where a state's ports are neither named nor the only ones left. */
function foldedPorts(view: HostView): Folded | undefined {
  const result = new Map<TransportProtocol, { state: PortState; ports: PortSet }[]>();
  const add = (protocol: TransportProtocol, state: PortState, ports: PortSet): void => {
    result.set(protocol, [...(result.get(protocol) ?? []), { state, ports }]);
  };
  const used = view.host.extraports.filter((extra) => extra.count > 0);
  for (const extra of used) {
    const named = extra.reasons.filter(
      (reason) => reason.ports !== undefined && reason.protocol !== undefined,
    );
    for (const reason of named) {
      const ports = parsePortList(reason.ports ?? '');
      if (ports === undefined || reason.protocol === undefined) return undefined;
      add(reason.protocol, extra.state, ports);
    }
    if (named.length > 0) continue;
    if (used.length > 1) return undefined;
    for (const [protocol, covered] of view.coverage) {
      if (covered === 'unknown') return undefined;
      const listed = view.host.ports.filter((port) => port.protocol === protocol);
      add(protocol, extra.state, covered.subtract(PortSet.of(listed.map((port) => port.portid))));
    }
  }
  return result;
}

function foldedDiffer(a: Folded, b: Folded): boolean {
  for (const [protocol, before] of a) {
    for (const { state, ports } of before) {
      for (const other of b.get(protocol) ?? []) {
        if (other.state !== state && ports.intersect(other.ports).size > 0) return true;
      }
    }
  }
  return false;
}
