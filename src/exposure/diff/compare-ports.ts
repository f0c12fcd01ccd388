import { comparePorts, portKey } from '../../net/port-key.ts';
import { type Change, type PortFacts } from '../model/change.ts';
import { sightingOf, type HostView } from '../model/coverage.ts';
import type { Depth } from '../model/depth.ts';
import type { Host, Port, PortState } from '../model/host.ts';
import { compareScripts } from './compare-scripts.ts';

/** What the walk over two port lists found. */
export interface PortComparison {
  readonly changes: Change[];
  /** How many ports only one side lists. */
  listedOnOneSide: number;
  /** Whether one of those is no change: the other side folded it in the same state, or knows no state of it. */
  quietlyListed: boolean;
  /** Listed on one side, and the other does not know their state: no change, but a gap to tell of. */
  readonly unmatchedBefore: Port[];
  readonly unmatchedAfter: Port[];
}

/** Walks the listed ports of two hosts in one pass; folded states come from sightingOf. */
export function comparePortLists(a: HostView, b: HostView, depth: Depth): PortComparison {
  const result: PortComparison = {
    changes: [],
    listedOnOneSide: 0,
    quietlyListed: false,
    unmatchedBefore: [],
    unmatchedAfter: [],
  };
  const left = a.host.ports;
  const right = b.host.ports;
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const before = left[i];
    const after = right[j];
    const order = before === undefined ? 1 : after === undefined ? -1 : comparePorts(before, after);
    if (order === 0 && before !== undefined && after !== undefined) {
      compareListed(a.host, before, after, depth, result.changes);
      i += 1;
      j += 1;
      continue;
    }
    const known = result.changes.length;
    if (order < 0 && before !== undefined) {
      const state = foldedStateOf(b, a, before);
      if (state === undefined) result.unmatchedBefore.push(before);
      else pushStateChange(a.host, before, listed(before), { listed: false, state }, result.changes);
      i += 1;
    } else if (after !== undefined) {
      const state = foldedStateOf(a, b, after);
      if (state === undefined) result.unmatchedAfter.push(after);
      else pushStateChange(a.host, after, { listed: false, state }, listed(after), result.changes);
      j += 1;
    }
    result.listedOnOneSide += 1;
    result.quietlyListed ||= result.changes.length === known;
  }
  return result;
}

function listed(port: Port): PortFacts {
  return { listed: true, port };
}

/**
 * The state under which `view` folded a port that `other` lists; undefined when it is not known.
 * Where a run does not say which ports it probed, a folded state is believed only when both
 * hosts account for the same number of ports: then they were asked about the same ones.
 */
function foldedStateOf(view: HostView, other: HostView, port: Port): PortState | undefined {
  const sighting = sightingOf(view, port.portid, port.protocol);
  if (sighting.kind !== 'folded') return undefined;
  if (view.coverage.get(port.protocol) === 'unknown' && probedPorts(view.host) !== probedPorts(other.host)) {
    return undefined;
  }
  return sighting.state;
}

/** How many ports a host accounts for, listed and folded. */
export function probedPorts(host: Host): number {
  return host.extraports.reduce((sum, extra) => sum + extra.count, host.ports.length);
}

/** The reason of a port that `apply` lists only to keep the state it was folded under: it says nothing else of it. */
export const FOLDED_REASON = 'folded';

function compareListed(host: Host, before: Port, after: Port, depth: Depth, changes: Change[]): void {
  if (before.state !== after.state) {
    pushStateChange(host, before, { listed: true, port: before }, { listed: true, port: after }, changes);
    return;
  }
  if (before.reason === FOLDED_REASON || after.reason === FOLDED_REASON) return;
  const key = portKey(before.portid, before.protocol);
  const kind = serviceChange(before, after, depth);
  if (kind !== undefined) changes.push({ kind, host: host.address, port: key, before, after });
  if (before.scripts.length === 0 && after.scripts.length === 0) return;
  for (const turn of compareScripts(before.scripts, after.scripts, depth.scripts)) {
    changes.push({
      kind: 'script-changed',
      id: turn.id,
      place: { at: 'port', host: host.address, port: key },
      before: turn.before,
      after: turn.after,
    });
  }
}

/**
 * The strongest thing that differs about a service: another service, another product, another
 * version, other details. One change says it, because both sides carry the rest.
 * A name that both sides only looked up by port number is Nmap's table, not the host.
 */
export function serviceChange(
  before: Port,
  after: Port,
  depth: Depth,
): 'service-changed' | 'product-changed' | 'version-changed' | 'extrainfo-changed' | undefined {
  if (!depth.versions) return undefined;
  const a = before.service;
  const b = after.service;
  if (a === b) return undefined;
  if ((a === undefined || a.method === 'table') && (b === undefined || b.method === 'table'))
    return undefined;
  if (before.state !== 'open' && before.state !== 'open|filtered' && before.state !== 'unfiltered')
    return undefined;
  if (a?.name !== b?.name || a?.tunnel !== b?.tunnel) return 'service-changed';
  if (a?.product !== b?.product) return 'product-changed';
  if (a?.version !== b?.version) return 'version-changed';
  if (a?.extrainfo !== b?.extrainfo) return 'extrainfo-changed';
  return undefined;
}

function pushStateChange(
  host: Host,
  port: Port,
  before: PortFacts,
  after: PortFacts,
  changes: Change[],
): void {
  const kind = stateChange(
    before.listed ? before.port.state : before.state,
    after.listed ? after.port.state : after.state,
  );
  if (kind === undefined) return;
  changes.push({ kind, host: host.address, port: portKey(port.portid, port.protocol), before, after });
}

/** The kind of a change from one known state to another; undefined when they may be the same. */
export function stateChange(
  before: PortState,
  after: PortState,
): 'port-opened' | 'port-closed' | 'port-filtered' | 'port-state-changed' | undefined {
  if (before === after || mayBeSame(before, after) || mayBeSame(after, before)) return undefined;
  if (after === 'open') return before === 'open|filtered' ? 'port-state-changed' : 'port-opened';
  if (before === 'open' && after === 'closed') return 'port-closed';
  if ((before === 'open' || before === 'closed') && after === 'filtered') return 'port-filtered';
  return 'port-state-changed';
}

/** `closed|filtered` is the doubt between the two: either of them is no news. */
function mayBeSame(doubt: PortState, state: PortState): boolean {
  return doubt === 'closed|filtered' && (state === 'closed' || state === 'filtered');
}
