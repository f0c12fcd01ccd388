import { comparePorts } from '../../net/port-key.ts';
import type { Extraports, Host, HostState, Port, PortState, Script, Service } from './host.ts';

/**
 * Pieces of one host: scanners write more than one `<host>` for an address (masscan one for each
 * port), and a scan of many parts may see it twice. Every rule below keeps "the stronger, and of
 * equals the later", which is associative: pieces may be merged in any grouping, in their order.
 */

/** States by what they rest on: an answer says more than silence, and an open port is never hidden. */
const STATE_STRENGTH: Readonly<Record<string, number>> = {
  open: 6,
  closed: 5,
  unfiltered: 4,
  filtered: 3,
  'closed|filtered': 2,
  'open|filtered': 1,
};

const HOST_STATE_STRENGTH: Readonly<Record<HostState, number>> = { up: 3, down: 2, skipped: 1, unknown: 0 };

function strengthOf(state: PortState): number {
  return Object.hasOwn(STATE_STRENGTH, state) ? STATE_STRENGTH[state]! : 0;
}

/** Of two listings of one state, that which gives its reason. */
function listingStrength(port: Port): number {
  return 2 * strengthOf(port.state) + (port.reason === undefined ? 0 : 1);
}

/** A probed service says more than one looked up by number; then Nmap's own confidence, then detail. */
function serviceStrength(service: Service): number {
  return (service.method === 'probed' ? 10_000 : 0) + (service.conf ?? 0) * 100 + Object.keys(service).length;
}

function later<T>(a: T | undefined, b: T | undefined): T | undefined {
  return b ?? a;
}

function stronger<T>(a: T | undefined, b: T | undefined, strength: (value: T) => number): T | undefined {
  if (a === undefined || b === undefined) return b ?? a;
  return strength(a) > strength(b) ? a : b;
}

/** Both lists without repeats, in order of first appearance; of two with the same key the later is kept. */
function union<T>(a: readonly T[], b: readonly T[], keyOf: (value: T) => string): readonly T[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const merged = new Map<string, T>();
  for (const value of a) merged.set(keyOf(value), value);
  for (const value of b) merged.set(keyOf(value), value);
  return [...merged.values()];
}

const scriptId = (script: Script): string => script.id;

/** Two listings of one port: its state from the stronger, its service from the stronger, scripts of both. */
function mergePorts(a: Port, b: Port): Port {
  const winner = stronger(a, b, listingStrength) ?? b;
  const service = stronger(a.service, b.service, serviceStrength);
  const owner = later(a.owner, b.owner);
  return {
    protocol: winner.protocol,
    portid: winner.portid,
    state: winner.state,
    ...(winner.reason === undefined ? undefined : { reason: winner.reason }),
    ...(winner.reasonTtl === undefined ? undefined : { reasonTtl: winner.reasonTtl }),
    ...(winner.reasonIp === undefined ? undefined : { reasonIp: winner.reasonIp }),
    ...(owner === undefined ? undefined : { owner }),
    ...(service === undefined ? undefined : { service }),
    scripts: union(a.scripts, b.scripts, scriptId),
  };
}

/** Ports in any order, repeats allowed, as a Host holds them: in comparePorts order, one per key. */
export function orderPorts(ports: readonly Port[]): readonly Port[] {
  let ordered = true;
  for (let index = 1; index < ports.length && ordered; index += 1) {
    ordered = comparePorts(ports[index - 1]!, ports[index]!) < 0;
  }
  if (ordered) return ports;
  const result: Port[] = [];
  // toSorted is stable, so repeats stay in the order of the file, and the later is the later.
  for (const port of ports.toSorted(comparePorts)) {
    const last = result.at(-1);
    if (last !== undefined && comparePorts(last, port) === 0)
      result[result.length - 1] = mergePorts(last, port);
    else result.push(port);
  }
  return result;
}

/** Joins two ordered lists in linear time: a host of 65,535 pieces must not cost their square. */
function joinPorts(a: readonly Port[], b: readonly Port[]): readonly Port[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: Port[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const order = comparePorts(a[i]!, b[j]!);
    if (order < 0) result.push(a[i++]!);
    else if (order > 0) result.push(b[j++]!);
    else result.push(mergePorts(a[i++]!, b[j++]!));
  }
  while (i < a.length) result.push(a[i++]!);
  while (j < b.length) result.push(b[j++]!);
  return result;
}

/** One entry per state, from the piece that counted more: pieces of one host overlap, so counts never add up. */
function joinExtraports(a: readonly Extraports[], b: readonly Extraports[]): readonly Extraports[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const merged = new Map<PortState, Extraports>();
  for (const extra of [...a, ...b]) {
    const known = merged.get(extra.state);
    if (known === undefined || known.count <= extra.count) merged.set(extra.state, extra);
  }
  return [...merged.values()];
}

/**
 * Joins two pieces of the same address, `a` the earlier. Ports are unique by key; a port's state comes
 * from the stronger listing (open, closed, unfiltered, filtered, closed|filtered, open|filtered, others;
 * of equals the later), its service from the better founded one. The host is up if either saw it up,
 * and timed out if either did, because then its port list is not complete.
 */
export function mergeHosts(a: Host, b: Host): Host {
  const mac = later(a.mac, b.mac);
  const trace = later(a.trace, b.trace);
  const distance = later(a.distance, b.distance);
  const uptime = later(a.uptime, b.uptime);
  const start =
    a.start === undefined || b.start === undefined ? (a.start ?? b.start) : least(a.start, b.start);
  const end = a.end === undefined || b.end === undefined ? (a.end ?? b.end) : most(a.end, b.end);
  return {
    address: a.address,
    otherAddresses: union(a.otherAddresses, b.otherAddresses, (address) => address),
    ...(mac === undefined ? undefined : { mac }),
    status: stronger(a.status, b.status, (status) => HOST_STATE_STRENGTH[status.state]) ?? b.status,
    hostnames: union(a.hostnames, b.hostnames, (hostname) => `${hostname.type} ${hostname.name}`),
    ports: joinPorts(a.ports, b.ports),
    extraports: joinExtraports(a.extraports, b.extraports),
    os: (a.os[0]?.accuracy ?? -1) > (b.os[0]?.accuracy ?? -1) ? a.os : b.os,
    scripts: union(a.scripts, b.scripts, scriptId),
    ...(trace === undefined ? undefined : { trace }),
    ...(distance === undefined ? undefined : { distance }),
    ...(uptime === undefined ? undefined : { uptime }),
    timedOut: a.timedOut || b.timedOut,
    ...(start === undefined ? undefined : { start }),
    ...(end === undefined ? undefined : { end }),
  };
}

function least<T extends number>(a: T, b: T): T {
  return a <= b ? a : b;
}

function most<T extends number>(a: T, b: T): T {
  return a >= b ? a : b;
}

/**
 * Joins all pieces of one address, at least one, pairwise: with 65,535 pieces of one port each, one
 * after the other would take their square.
 */
export function mergePieces(pieces: readonly Host[]): Host {
  let layer = pieces;
  while (layer.length > 1) {
    const next: Host[] = [];
    for (let index = 0; index < layer.length; index += 2) {
      const a = layer[index]!;
      const b = layer[index + 1];
      next.push(b === undefined ? a : mergeHosts(a, b));
    }
    layer = next;
  }
  return layer[0]!;
}
