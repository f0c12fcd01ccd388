import type { IpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { comparePorts, parsePortKey, portKey, type PortKey } from '../../net/port-key.ts';
import type { Change, PortFacts } from '../model/change.ts';
import { parsePortList, sightingOf, viewHost } from '../model/coverage.ts';
import type { Extraports, Host, Port, Script } from '../model/host.ts';
import type { RunInfo, ScanRun } from '../model/scan-run.ts';
import { FOLDED_REASON } from './compare-ports.ts';
import { sameScript } from './compare-scripts.ts';
import { sortHosts } from './diff-runs.ts';
import { hostOf } from './sort-changes.ts';

/**
 * What run `a` looks like after the changes: apply(diff(a, b), a) says what b says, on what both
 * cover. Gaps in coverage change nothing. Counts of folded ports are those of `a` unless the changes
 * bring others: the state of each port is exact, the summary line is not recounted.
 */
export function apply(changes: readonly Change[], a: ScanRun): ScanRun {
  const perHost = new Map<IpAddress, Change[]>();
  const known = new Map<IpAddress, Host>(a.hosts.map((host) => [host.address, host]));
  let info: RunInfo = a.info;
  for (const change of changes) {
    const host = hostOf(change);
    if (host === undefined) {
      info = applyToRun(change, info);
      continue;
    }
    const list = perHost.get(host);
    if (list === undefined) perHost.set(host, [change]);
    else list.push(change);
  }
  const hosts = new Map(known);
  for (const address of perHost.keys()) hosts.delete(address);
  for (const [address, list] of perHost) {
    const after = applyToHost(list, known.get(address), info);
    if (after !== undefined) hosts.set(after.address, after);
  }
  return { info, hosts: sortHosts(hosts.values()) };
}

function applyToRun(change: Change, info: RunInfo): RunInfo {
  if (change.kind !== 'script-changed') return info;
  if (change.place.at === 'prerule') {
    return { ...info, preScripts: replaceScript(info.preScripts, change.before, change.after) };
  }
  return { ...info, postScripts: replaceScript(info.postScripts, change.before, change.after) };
}

function applyToHost(changes: readonly Change[], before: Host | undefined, info: RunInfo): Host | undefined {
  let host = before;
  const folded: { readonly port: PortKey; readonly facts: Extract<PortFacts, { listed: false }> }[] = [];
  for (const change of changes) {
    switch (change.kind) {
      case 'host-appeared':
      case 'host-went-down':
      case 'host-came-up':
        host = change.after;
        break;
      case 'host-disappeared':
        return undefined;
      case 'addresses-changed': {
        const [address, ...otherAddresses] = change.after;
        if (host !== undefined && address !== undefined) host = { ...host, address, otherAddresses };
        break;
      }
      case 'hostnames-changed':
        if (host !== undefined) host = { ...host, hostnames: change.after };
        break;
      case 'mac-changed':
        if (host !== undefined) host = withMac(host, change.after);
        break;
      case 'os-changed':
        if (host !== undefined) host = { ...host, os: change.after };
        break;
      case 'extraports-changed':
        if (host !== undefined) host = withExtraports(host, change.before, change.after);
        break;
      case 'port-opened':
      case 'port-closed':
      case 'port-filtered':
      case 'port-state-changed':
        if (host === undefined) break;
        host = withPort(host, change.port, change.after.listed ? change.after.port : undefined);
        if (!change.after.listed) folded.push({ port: change.port, facts: change.after });
        break;
      case 'service-changed':
      case 'product-changed':
      case 'version-changed':
      case 'extrainfo-changed':
        if (host !== undefined) host = withService(host, change.port, change.after);
        break;
      case 'script-changed':
        if (host !== undefined) host = withScript(host, change);
        break;
      case 'service-moved':
      case 'coverage-changed':
        break;
      default:
        change satisfies never;
    }
  }
  if (host === undefined) return undefined;
  for (const { port, facts } of folded) host = foldPort(host, port, facts, info);
  return host;
}

/**
 * Ports that were folded before and that the new counts do not name kept their state (the later run
 * lists them): they are listed with nothing but it.
 */
function withExtraports(host: Host, before: readonly Extraports[], after: readonly Extraports[]): Host {
  const kept: Port[] = [];
  const listed = new Set(host.ports.map((port) => portKey(port.portid, port.protocol)));
  const named = after.flatMap((extra) => extra.reasons);
  for (const extra of named.some((reason) => reason.ports !== undefined) ? before : []) {
    for (const { protocol, ports } of extra.reasons) {
      if (protocol === undefined || ports === undefined) continue;
      let left = parsePortList(ports) ?? PortSet.empty;
      for (const reason of named) {
        if (reason.protocol === protocol)
          left = left.subtract(parsePortList(reason.ports ?? '') ?? PortSet.empty);
      }
      for (const portid of left) {
        if (!listed.has(portKey(portid, protocol)))
          kept.push({ portid, protocol, state: extra.state, reason: FOLDED_REASON, scripts: [] });
      }
    }
  }
  return { ...host, extraports: after, ports: [...host.ports, ...kept].toSorted(comparePorts) };
}

function withMac(host: Host, mac: Host['mac'] | undefined): Host {
  const { mac: _gone, ...rest } = host;
  return mac === undefined ? rest : { ...rest, mac };
}

function withPort(host: Host, key: PortKey, port: Port | undefined): Host {
  const others = host.ports.filter((other) => portKey(other.portid, other.protocol) !== key);
  return { ...host, ports: port === undefined ? others : [...others, port].toSorted(comparePorts) };
}

function withService(host: Host, key: PortKey, after: Port): Host {
  return {
    ...host,
    ports: host.ports.map((port) => {
      if (portKey(port.portid, port.protocol) !== key) return port;
      const { service: _gone, ...rest } = port;
      return after.service === undefined ? rest : { ...rest, service: after.service };
    }),
  };
}

function withScript(host: Host, change: Extract<Change, { kind: 'script-changed' }>): Host {
  const { place } = change;
  if (place.at !== 'port')
    return { ...host, scripts: replaceScript(host.scripts, change.before, change.after) };
  return {
    ...host,
    ports: host.ports.map((port) =>
      portKey(port.portid, port.protocol) === place.port
        ? { ...port, scripts: replaceScript(port.scripts, change.before, change.after) }
        : port,
    ),
  };
}

function replaceScript(
  scripts: readonly Script[],
  before: Script | undefined,
  after: Script | undefined,
): Script[] {
  const index =
    before === undefined
      ? -1
      : scripts.findIndex((script) => script.id === before.id && sameScript(script, before));
  if (index < 0) return after === undefined ? [...scripts] : [...scripts, after];
  return scripts.toSpliced(index, 1, ...(after === undefined ? [] : [after]));
}

/** A port that is folded now: left to the host's extraports where they say its state, else listed with nothing but its state. */
function foldPort(
  host: Host,
  key: PortKey,
  facts: Extract<PortFacts, { listed: false }>,
  info: RunInfo,
): Host {
  const port = parsePortKey(key);
  if (port === undefined) return host;
  const sighting = sightingOf(viewHost(info, host), port.portid, port.protocol);
  // A state that is itself a doubt is not left to counts that nobody recounts.
  const doubt = facts.state === 'closed|filtered';
  if (!doubt && sighting.kind === 'folded' && sighting.state === facts.state) return host;
  return withPort(host, key, { ...port, state: facts.state, reason: FOLDED_REASON, scripts: [] });
}
