import { PortSet } from '../../net/port-set.ts';
import { portKey, TRANSPORT_PROTOCOLS, type TransportProtocol } from '../../net/port-key.ts';
import type { Host, Port, PortState } from './host.ts';
import type { RunStatus, ScanInfo } from './scan-run.ts';

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
  readonly status: RunStatus;
}

/** Nmap repeats the same port lists on every host of a run; parsing 3 kB of text once is enough. */
const parsedLists = new Map<string, PortSet | undefined>();
const PARSED_LISTS_KEPT = 512;

function parsePortList(text: string): PortSet | undefined {
  if (parsedLists.has(text)) return parsedLists.get(text);
  if (parsedLists.size >= PARSED_LISTS_KEPT) parsedLists.clear();
  const parsed = PortSet.parse(text);
  parsedLists.set(text, parsed);
  return parsed;
}

/**
 * What the run probed on this host: `scaninfo` services, listed ports, and the folded ports that
 * recent Nmap names in `extrareasons/@ports`. Every listed port is covered, whatever scaninfo says.
 */
export function coverageOf(run: CoverageSource, host: Host): Coverage {
  const coverage = new Map<TransportProtocol, PortSet | 'unknown'>();
  for (const info of run.scaninfo) {
    const services = info.services === undefined ? undefined : parsePortList(info.services);
    const known = coverage.get(info.protocol);
    if (services === undefined || known === 'unknown') coverage.set(info.protocol, 'unknown');
    else coverage.set(info.protocol, known === undefined ? services : known.union(services));
  }
  const named = new Map<TransportProtocol, PortSet>();
  for (const extra of host.extraports) {
    for (const reason of extra.reasons) {
      const ports = reason.ports === undefined ? undefined : parsePortList(reason.ports);
      if (reason.protocol === undefined || ports === undefined) continue;
      named.set(reason.protocol, (named.get(reason.protocol) ?? PortSet.empty).union(ports));
    }
  }
  for (const protocol of TRANSPORT_PROTOCOLS) {
    const listed = PortSet.of(
      host.ports.filter((port) => port.protocol === protocol).map((port) => port.portid),
    );
    const seen = listed.union(named.get(protocol) ?? PortSet.empty);
    if (seen.size === 0) continue;
    const known = coverage.get(protocol);
    if (known === undefined) {
      // No scaninfo for this protocol: extraports that name their ports cover it whole, else we only know what is listed.
      coverage.set(protocol, named.has(protocol) ? seen : 'unknown');
    } else if (known !== 'unknown') {
      coverage.set(protocol, known.union(seen));
    }
  }
  return coverage;
}

/** A host with its ports indexed, for repeated questions. */
export interface HostView {
  readonly host: Host;
  readonly coverage: Coverage;
  readonly portsByKey: ReadonlyMap<string, Port>;
}

/** Indexes a host for sightingOf. */
export function viewHost(run: CoverageSource, host: Host): HostView {
  return {
    host,
    coverage: coverageOf(run, host),
    portsByKey: new Map(host.ports.map((port) => [portKey(port.portid, port.protocol), port])),
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
    let named = false;
    for (const reason of extra.reasons) {
      if (reason.ports === undefined || reason.protocol === undefined) continue;
      named = true;
      if (reason.protocol === protocol && parsePortList(reason.ports)?.has(portid) === true)
        return extra.state;
    }
    if (!named) candidates.add(extra.state);
  }
  // Old files do not name the folded ports. With one state left there is no doubt; with two there is.
  return candidates.size === 1 ? [...candidates][0] : undefined;
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
