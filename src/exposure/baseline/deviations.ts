import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import {
  BASELINE_SCRIPT,
  type Baseline,
  type ExpectedHost,
  type ExpectedPort,
  type Support,
} from '../model/baseline.ts';
import { stateOf, type Change, type ChangeSet, type PortFacts } from '../model/change.ts';
import type { Deviation } from '../model/deviation.ts';
import type { OsMatch, Port, Service } from '../model/host.ts';
import { RUNS_FOR_A_NORM } from './learn.ts';
import { isUnidentified, ROAMING_FROM } from './roaming.ts';

/**
 * First port of the ranges that operating systems deal out at start: Linux from 32768 (ip_local_port_range),
 * Windows and RFC 6335 from 49152. The lower of the two, because only RPC services are grouped by it.
 */
export const EPHEMERAL_FROM = 32_768;

/** Services that register a port of that range with a port mapper. Others there are listed one by one: a new 50000/tcp must stay loud. */
const EPHEMERAL_SERVICES = new Set([
  'msrpc',
  'rpcbind',
  'rpc',
  'mountd',
  'nlockmgr',
  'status',
  'nfs_acl',
  'rquotad',
  'ncacn_http',
  'java-rmi',
]);

/** Below this share of the runs that could tell, a port was there too rarely for its absence to mean much. */
export const RARE_SHARE = 0.5;

/**
 * How a run departs from a baseline: the changes between `baselineAsRun(baseline)` and the run, without what the
 * baseline says nothing about, and with what is one thing to a reader as one statement. Give the baseline as
 * `expectedAt` makes it, so that approvals that have ended excuse nothing.
 */
export function deviations(changeSet: ChangeSet, baseline: Baseline): Deviation[] {
  const relevant = changeSet.changes.filter((change) => isSpokenOf(change, baseline));
  return collect(relevant, changeSet.comparability.comparable, baseline);
}

/**
 * How a run departs from an earlier run, where there is no baseline: the same grouping, without expectations. What
 * our own script said inside a scan is no fact of a host: it repeats a comparison with some baseline.
 */
export function deviationsFromRun(changeSet: ChangeSet): Deviation[] {
  const relevant = changeSet.changes.filter(
    (change) =>
      change.kind !== 'coverage-changed' &&
      change.kind !== 'extraports-changed' &&
      !(change.kind === 'script-changed' && change.id === BASELINE_SCRIPT) &&
      saysSomething(change),
  );
  return collect(relevant, changeSet.comparability.comparable, undefined);
}

function collect(
  changes: readonly Change[],
  comparable: boolean,
  baseline: Baseline | undefined,
): Deviation[] {
  const result: Deviation[] = [];
  for (const ofHost of byHost(changes)) {
    const address = hostOf(ofHost[0]);
    const expected = address === undefined ? undefined : baseline?.hosts.get(address);
    const rest = new Set<Change>(ofHost);
    const groups = [
      ...ephemeralGroups(ofHost, expected),
      ...roamingGroups(ofHost, expected),
      ...movedGroups(ofHost),
    ];
    const made: { readonly at: number; readonly deviation: Deviation }[] = [];
    for (const { pattern, members } of groups) {
      const free = members.filter((change) => rest.has(change));
      const [first, ...others] = free;
      if (first === undefined) continue;
      for (const change of free) rest.delete(change);
      made.push({
        at: ofHost.indexOf(first),
        deviation: build(pattern, [first, ...others], comparable, expected),
      });
    }
    for (const change of rest) {
      const pattern = isHabit(change, expected) ? 'flapping' : 'change';
      made.push({ at: ofHost.indexOf(change), deviation: build(pattern, [change], comparable, expected) });
    }
    result.push(...made.toSorted((a, b) => a.at - b.at).map((entry) => entry.deviation));
  }
  return result;
}

/** Runs of changes of the same host; the change set is sorted by host. */
function* byHost(changes: readonly Change[]): Generator<readonly [Change, ...Change[]]> {
  let current: [Change, ...Change[]] | undefined;
  for (const change of changes) {
    if (current !== undefined && hostOf(current[0]) === hostOf(change)) current.push(change);
    else {
      if (current !== undefined) yield current;
      current = [change];
    }
  }
  if (current !== undefined) yield current;
}

function hostOf(change: Change): IpAddress | undefined {
  if (change.kind !== 'script-changed') return change.host;
  return change.place.at === 'port' || change.place.at === 'host' ? change.place.host : undefined;
}

function portsOf(change: Change): PortKey[] {
  switch (change.kind) {
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return [change.port];
    case 'service-moved':
      return [change.to, change.from];
    case 'script-changed':
      return change.place.at === 'port' ? [change.place.port] : [];
    case 'host-appeared':
    case 'host-disappeared':
    case 'host-went-down':
    case 'host-came-up':
    case 'addresses-changed':
    case 'hostnames-changed':
    case 'mac-changed':
    case 'os-changed':
    case 'extraports-changed':
    case 'coverage-changed':
      return [];
    default:
      return change satisfies never;
  }
}

/** Whether the baseline holds an expectation that the change departs from. */
function isSpokenOf(change: Change, baseline: Baseline): boolean {
  const address = hostOf(change);
  const host = address === undefined ? undefined : baseline.hosts.get(address);
  switch (change.kind) {
    case 'host-appeared':
    case 'host-disappeared':
    case 'host-went-down':
      return true;
    case 'port-opened':
      return true;
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed': {
      // Folded ports of the baseline are only known not to be open; between closed and filtered it does not choose.
      const after = stateOf(change.after);
      return host?.ports.get(change.port)?.state === 'open' && after !== 'open|filtered';
    }
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return host?.ports.get(change.port)?.service !== undefined && saysSomething(change);
    case 'service-moved':
      return true;
    case 'mac-changed':
      return host?.mac !== undefined && change.after !== undefined;
    case 'os-changed':
      return host?.os !== undefined && change.after.length > 0 && !looksLike(change.after, host.os);
    case 'hostnames-changed': {
      const now = change.after.filter((name) => name.type === 'PTR').map((name) => name.name);
      return now.length > 0 && (host?.hostnames ?? []).some((name) => !now.includes(name));
    }
    case 'host-came-up':
    case 'addresses-changed':
    case 'extraports-changed':
    case 'script-changed':
    case 'coverage-changed':
      return false;
    default:
      return change satisfies never;
  }
}

/**
 * What one side does not know is a gap in detection (a probe that timed out, a name from the table of port
 * numbers) and no change: both sides have to name it. Unless the service answered and Nmap did not
 * recognise what it said (`servicefp`): that is another service than the one that used to be recognised.
 */
function saysSomething(change: Change): boolean {
  switch (change.kind) {
    case 'service-changed':
      return isNamed(change.before.service) && (isNamed(change.after.service) || isStrange(change));
    case 'product-changed':
      return (
        change.before.service?.product !== undefined &&
        (change.after.service?.product !== undefined || isStrange(change))
      );
    case 'version-changed':
      return change.before.service?.version !== undefined && change.after.service?.version !== undefined;
    case 'extrainfo-changed':
      return change.before.service?.extrainfo !== undefined && change.after.service?.extrainfo !== undefined;
    default:
      return true;
  }
}

function isNamed(service: Service | undefined): boolean {
  return service !== undefined && service.name !== '' && service.method !== 'table';
}

function isStrange(change: { readonly after: Port }): boolean {
  return change.after.service?.servicefp !== undefined;
}

function looksLike(matches: readonly OsMatch[], os: string): boolean {
  return matches.some(
    (match) =>
      match.name === os ||
      match.classes.some(
        (entry) =>
          [entry.vendor, entry.family, entry.generation].filter((word) => word !== undefined).join(' ') ===
          os,
      ),
  );
}

/** A port that is known to come and go went, or a host did. */
function isHabit(change: Change, expected: ExpectedHost | undefined): boolean {
  switch (change.kind) {
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return expected?.ports.get(change.port)?.flapping === true;
    case 'host-disappeared':
    case 'host-went-down':
      return expected?.flapping === true;
    default:
      return false;
  }
}

interface Group {
  readonly pattern: Deviation['pattern'];
  readonly members: readonly Change[];
}

/** Openings and closings of one RPC service in the range that the system deals out. */
function ephemeralGroups(changes: readonly Change[], expected: ExpectedHost | undefined): Group[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.kind !== 'port-opened' && change.kind !== 'port-closed' && change.kind !== 'port-filtered')
      continue;
    const token = ephemeralToken(change.port, serviceOfOpenSide(change));
    if (token === undefined) continue;
    const known = groups.get(token);
    if (known === undefined) groups.set(token, [change]);
    else known.push(change);
  }
  const result: Group[] = [];
  for (const [token, members] of groups) {
    const closed = members.some((change) => change.kind !== 'port-opened');
    const isKnown = closed || hasToken(expected, token);
    const ports = new Set(members.flatMap(portsOf));
    const moves = changes.filter(
      (change) => change.kind === 'service-moved' && ports.has(change.from) && ports.has(change.to),
    );
    result.push({ pattern: isKnown ? 'ephemeral' : 'change', members: [...members, ...moves] });
  }
  return result;
}

/** An unidentified service that is known to roam, on its next port: one opening at most, with the closing of where it was. */
function roamingGroups(changes: readonly Change[], expected: ExpectedHost | undefined): Group[] {
  return (expected?.roaming ?? []).flatMap(({ protocol }) => {
    const members = changes.filter((change) => roams(change, protocol));
    // Two at once is not what it does: one of them is something else, and nobody can say which.
    const openings = members.filter((change) => change.kind === 'port-opened').length;
    return openings > 1 || members.length === 0 ? [] : [{ pattern: 'ephemeral' as const, members }];
  });
}

function roams(change: Change, protocol: string): boolean {
  if (change.kind !== 'port-opened' && change.kind !== 'port-closed' && change.kind !== 'port-filtered')
    return false;
  const facts = change.kind === 'port-opened' ? change.after : change.before;
  const port = parsePortKey(change.port)!;
  return (
    port.protocol === protocol &&
    port.portid >= ROAMING_FROM &&
    facts.listed &&
    isUnidentified(facts.port.service)
  );
}

function hasToken(expected: ExpectedHost | undefined, token: string): boolean {
  for (const port of expected?.ports.values() ?? []) {
    if (ephemeralToken(port.port, port.service?.name) === token) return true;
  }
  return false;
}

function ephemeralToken(key: PortKey, service: string | undefined): string | undefined {
  const { portid, protocol } = parsePortKey(key)!;
  if (portid < EPHEMERAL_FROM || service === undefined || !EPHEMERAL_SERVICES.has(service)) return undefined;
  return `${protocol}/${service}`;
}

/** The service on the side on which the port was open. */
function serviceOfOpenSide(change: Change): string | undefined {
  if (change.kind === 'port-opened') return serviceOf(change.after);
  return change.kind === 'port-closed' || change.kind === 'port-filtered'
    ? serviceOf(change.before)
    : undefined;
}

function serviceOf(facts: PortFacts): string | undefined {
  return facts.listed ? facts.port.service?.name : undefined;
}

/** A move and the opening and closing that it joins. */
function movedGroups(changes: readonly Change[]): Group[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'service-moved') return [];
    const ends = changes.filter(
      (other) =>
        (other.kind === 'port-opened' && other.port === change.to) ||
        ((other.kind === 'port-closed' || other.kind === 'port-filtered') && other.port === change.from),
    );
    return [{ pattern: 'change' as const, members: [change, ...ends] }];
  });
}

function build(
  pattern: Deviation['pattern'],
  changes: readonly [Change, ...Change[]],
  comparable: boolean,
  host: ExpectedHost | undefined,
): Deviation {
  const ports = [...new Set(changes.flatMap(portsOf))];
  const first = ports[0];
  const expected = first === undefined ? undefined : host?.ports.get(first);
  return {
    pattern,
    host: hostOf(changes[0]),
    ports,
    changes,
    expected,
    comparable,
    weak: pattern === 'flapping' ? [] : weaknesses(expected, host),
  };
}

function weaknesses(expected: ExpectedPort | undefined, host: ExpectedHost | undefined): string[] {
  const weak: string[] = [];
  const support: Support | undefined = expected?.support ?? host?.support;
  // Approvals stand on a person's word and not on a count.
  const learned = (expected?.provenance ?? host?.provenance)?.kind === 'learned';
  if (support === undefined || !learned) return weak;
  if (support.comparable < RUNS_FOR_A_NORM) {
    weak.push(
      `the baseline rests on ${support.comparable} comparable ${support.comparable === 1 ? 'run' : 'runs'} here: a hint, not a norm`,
    );
  }
  if (expected !== undefined && support.seen < support.comparable * RARE_SHARE) {
    weak.push(`it was there in only ${support.seen} of ${support.comparable} comparable runs`);
  }
  return weak;
}
