import { PortSet } from '../../net/port-set.ts';
import { portKey, TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import type { Host, Port, PortState } from './host.ts';
import type { ScanInfo } from './scan-run.ts';

/**
 * Which ports a run probed on one host, per protocol. A protocol that is missing was not scanned;
 * `unknown` means that it was, but not on which ports.
 */
export type Coverage = ReadonlyMap<TransportProtocol, PortSet | 'unknown'>;

/** The state of one port in one run. Only `seen` and `folded` may produce "opened", "closed" or "gone". */
export type PortSighting =
  | { readonly kind: 'seen'; readonly port: Port }
  /** Not listed, but counted in `<extraports>`: its state is known. */
  | { readonly kind: 'folded'; readonly state: PortState }
  | { readonly kind: 'not-probed' }
  | { readonly kind: 'unknown'; readonly why: string };

/** The part of a run that coverage depends on. */
export interface CoverageSource {
  readonly scaninfo: readonly ScanInfo[];
}

/** Nmap repeats the same port lists on every host of a run; parsing 3 kB of text once is enough. */
const parsedLists = new Map<string, PortSet | undefined>();
const PARSED_LISTS_KEPT = 4_096;

/** PortSet.parse with the last few hundred answers kept. */
export function parsePortList(text: string): PortSet | undefined {
  if (parsedLists.has(text)) return parsedLists.get(text);
  if (parsedLists.size >= PARSED_LISTS_KEPT) parsedLists.clear();
  const parsed = PortSet.parse(text);
  parsedLists.set(text, parsed);
  return parsed;
}

/** Hosts of one role list the same ports, so the same few rests come again and again. */
const rests = new WeakMap<PortSet, Map<string, { readonly ports: PortSet; readonly text: string }>>();
const RESTS_KEPT = 4_096;

/** A set without some of its ports, and its text in Nmap's syntax; equal answers are one object. */
export function restOf(
  covered: PortSet,
  listed: readonly number[],
): { readonly ports: PortSet; readonly text: string } {
  let known = rests.get(covered);
  if (known === undefined) {
    known = new Map();
    rests.set(covered, known);
  }
  const key = listed.join();
  let rest = known.get(key);
  if (rest === undefined) {
    if (known.size >= RESTS_KEPT) known.clear();
    const ports = covered.subtract(PortSet.of(listed));
    rest = { ports, text: ports.toString() };
    known.set(key, rest);
  }
  return rest;
}

/** What the run asked for, before any host adds to it; one answer per run, however many hosts it has. */
const askedOf = new WeakMap<readonly ScanInfo[], Coverage>();

/** What the run asked for according to its `scaninfo`. */
export function askedCoverage(run: Pick<CoverageSource, 'scaninfo'>): Coverage {
  const remembered = askedOf.get(run.scaninfo);
  if (remembered !== undefined) return remembered;
  const coverage = new Map<TransportProtocol, PortSet | 'unknown'>();
  for (const info of run.scaninfo) {
    const services = info.services === undefined ? undefined : parsePortList(info.services);
    const known = coverage.get(info.protocol);
    if (services === undefined || known === 'unknown') coverage.set(info.protocol, 'unknown');
    else coverage.set(info.protocol, known === undefined ? services : known.union(services));
  }
  askedOf.set(run.scaninfo, coverage);
  return coverage;
}

/**
 * What the run probed on this host: `scaninfo` services, listed ports, and the folded ports that
 * recent Nmap names in `extrareasons/@ports`. Every listed port is covered, whatever scaninfo says.
 */
export function coverageOf(run: CoverageSource, host: Pick<Host, 'ports' | 'extraports'>): Coverage {
  const asked = askedCoverage(run);
  const additional = new Map<TransportProtocol, number[]>();
  for (const port of host.ports) {
    const known = asked.get(port.protocol);
    if (known === 'unknown' || known?.has(port.portid) === true) continue;
    const ports = additional.get(port.protocol);
    if (ports === undefined) additional.set(port.protocol, [port.portid]);
    else ports.push(port.portid);
  }
  const named = new Map<TransportProtocol, PortSet>();
  let unnamed = false;
  for (const extra of host.extraports) {
    let names = false;
    for (const reason of extra.reasons) {
      const ports = reason.ports === undefined ? undefined : parsePortList(reason.ports);
      if (reason.protocol === undefined || ports === undefined) continue;
      names = true;
      named.set(reason.protocol, (named.get(reason.protocol) ?? PortSet.empty).union(ports));
    }
    if (!names && extra.count > 0) unnamed = true;
  }
  if (additional.size === 0 && named.size === 0 && (!unnamed || asked.size > 0)) return asked;
  const coverage = new Map(asked);
  for (const protocol of TRANSPORT_PROTOCOLS) {
    const seen = PortSet.of(additional.get(protocol) ?? []).union(named.get(protocol) ?? PortSet.empty);
    if (seen.size === 0) continue;
    const known = coverage.get(protocol);
    if (known === undefined) {
      // No scaninfo for this protocol: extraports that name their ports cover it whole, else we only know what is listed.
      coverage.set(protocol, named.has(protocol) ? seen : 'unknown');
    } else if (known !== 'unknown') {
      coverage.set(protocol, known.union(seen));
    }
  }
  if (unnamed && asked.size === 0) {
    // Ports were folded, and nothing in the file says of which protocol: any may have been probed.
    for (const protocol of TRANSPORT_PROTOCOLS) coverage.set(protocol, 'unknown');
  }
  return coverage;
}

/** A host with its ports indexed, for repeated questions. */
export interface HostView {
  readonly host: Host;
  readonly coverage: Coverage;
  readonly portsByKey: ReadonlyMap<string, Port>;
}

/** Indexes a host for sightingOf. The indexes are made when first asked for: most hosts of a diff are equal and need none. */
export function viewHost(run: CoverageSource, host: Host): HostView {
  let coverage: Coverage | undefined;
  let portsByKey: ReadonlyMap<string, Port> | undefined;
  return {
    host,
    get coverage() {
      return (coverage ??= coverageOf(run, host));
    },
    get portsByKey() {
      return (portsByKey ??= new Map(host.ports.map((port) => [portKey(port.portid, port.protocol), port])));
    },
  };
}

/** What the run says of one port of one host. */
export function sightingOf(view: HostView, portid: number, protocol: TransportProtocol): PortSighting {
  const port = view.portsByKey.get(portKey(portid, protocol));
  if (port !== undefined) return { kind: 'seen', port };
  const { host } = view;
  if (host.timedOut) return { kind: 'unknown', why: 'the host timed out' };
  const covered = view.coverage.get(protocol);
  if (covered === undefined) return { kind: 'not-probed' };
  if (covered !== 'unknown' && !covered.has(portid)) return { kind: 'not-probed' };
  const state = foldedState(host, portid, protocol);
  if (state !== undefined) return { kind: 'folded', state };
  if (covered === 'unknown') return { kind: 'unknown', why: 'the run does not say which ports it probed' };
  return { kind: 'unknown', why: 'the run gives the port no state' };
}

/** The extraports state a port fell under, when exactly one fits. */
function foldedState(host: Host, portid: number, protocol: TransportProtocol): PortState | undefined {
  const candidates = new Set<PortState>();
  for (const extra of host.extraports) {
    // Nmap 3.x writes `<extraports state="unknown" count="0">` when it folded nothing.
    if (extra.count === 0) continue;
    let named = false;
    for (const reason of extra.reasons) {
      if (reason.ports === undefined || reason.protocol === undefined) continue;
      named = true;
      if (reason.protocol === protocol && parsePortList(reason.ports)?.has(portid) === true)
        return extra.state;
    }
    if (!named) candidates.add(extra.state);
  }
  // Old files do not name the folded ports. With one state left there is no doubt; with two there is,
  // but of closed and filtered Nmap's own word for the doubt still says that the port is not open.
  if (candidates.size === 1) return [...candidates][0];
  if (candidates.size === 2 && candidates.has('closed') && candidates.has('filtered'))
    return 'closed|filtered';
  return undefined;
}

/**
 * The ports of a host whose state the run knows, per protocol: where sightingOf says `seen` or `folded`,
 * and the state is not `open|filtered`, which is Nmap's word for having heard nothing.
 */
export function knownPorts(run: CoverageSource, host: Host): ReadonlyMap<TransportProtocol, PortSet> {
  const known = new Map<TransportProtocol, PortSet>();
  for (const [protocol, covered] of coverageOf(run, host)) {
    const own = host.ports.filter((port) => port.protocol === protocol);
    const listed = PortSet.of(own.map((port) => port.portid));
    let ports = listed.union(foldedPorts(host, protocol, covered));
    const unheard = own.filter((port) => port.state === 'open|filtered').map((port) => port.portid);
    if (unheard.length > 0) ports = ports.subtract(PortSet.of(unheard));
    known.set(protocol, ports);
  }
  return known;
}

/** The set behind foldedState: every port of the protocol that fell under exactly one extraports state. */
function foldedPorts(host: Host, protocol: TransportProtocol, covered: PortSet | 'unknown'): PortSet {
  if (host.timedOut) return PortSet.empty;
  let folded = PortSet.empty;
  const unnamed = new Set<PortState>();
  for (const extra of host.extraports) {
    const named = extra.reasons.filter(
      (reason) => reason.ports !== undefined && reason.protocol !== undefined,
    );
    if (named.length === 0) unnamed.add(extra.state);
    if (extra.state === 'open|filtered') continue;
    for (const reason of named) {
      if (reason.protocol !== protocol) continue;
      folded = folded.union(parsePortList(reason.ports ?? '') ?? PortSet.empty);
    }
  }
  const [only] = unnamed;
  if (unnamed.size === 1 && only !== 'open|filtered' && covered !== 'unknown') folded = folded.union(covered);
  return folded;
}
