import { compareIpAddresses } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { TRANSPORT_PROTOCOLS } from '../../net/port-key.ts';
import type { Change, ChangeSet } from '../model/change.ts';
import { askedCoverage, viewHost } from '../model/coverage.ts';
import { depthOf, type Depth } from '../model/depth.ts';
import type { Host } from '../model/host.ts';
import type { HostDiff, RunDiff } from '../model/run-diff.ts';
import type { RunInfo, ScanRun } from '../model/scan-run.ts';
import { compareRuns } from './compare-runs.ts';
import { compareScripts } from './compare-scripts.ts';
import { diffHost, isDown } from './diff-host.ts';
import { ReachBuilder, wasTried, type RunReach } from './missing-host.ts';
import { sortChanges } from './sort-changes.ts';

/**
 * What makes two records the same host: its address, or for networks where addresses are handed
 * out anew (DHCP), its MAC or its name. A function may decide per host, as the scope file does per
 * network.
 */
export type Identity = 'address' | 'mac' | 'hostname' | ((host: Host) => 'address' | 'mac' | 'hostname');

/** How to diff. */
export interface DiffOptions {
  readonly identity?: Identity;
  /** Go on although the runs are not comparable; the set still says that they are not. Default false. */
  readonly evenIfIncomparable?: boolean;
}

/**
 * Everything that differs between two runs. When they are not comparable the set is empty and says
 * why, unless the options ask to go on.
 */
export function diffRuns(a: ScanRun, b: ScanRun, options: DiffOptions = {}): ChangeSet {
  const { a: infoA, b: infoB, comparability, runChanges, depth } = frameOf(a.info, b.info, options);
  const changes = [...runChanges];
  // The pairs are let go as they come: of a large network most are the same.
  if (depth !== undefined) for (const pair of pairs(a, b, depth, options)) changes.push(...pair.changes);
  return { a: infoA, b: infoB, comparability, changes: sortChanges(changes) };
}

/** The changes of a diff, without the hosts behind them. */
export function changeSetOf(diff: RunDiff): ChangeSet {
  const changes = [...diff.runChanges, ...diff.hosts.flatMap((host) => host.changes)];
  return { a: diff.a, b: diff.b, comparability: diff.comparability, changes: sortChanges(changes) };
}

/** As diffRuns, with every host of both runs, changed or not: for reports that show what a change stands in. */
export function pairRuns(a: ScanRun, b: ScanRun, options: DiffOptions = {}): RunDiff {
  const { depth, ...frame } = frameOf(a.info, b.info, options);
  const hosts = depth === undefined ? [] : sortHostDiffs([...pairs(a, b, depth, options)]);
  return { ...frame, depth: depth ?? depthOf(a.info, b.info), hosts };
}

/** What can be said before any host is looked at; no depth when the runs are not to be compared. */
function frameOf(
  a: RunInfo,
  b: RunInfo,
  options: DiffOptions,
): Omit<RunDiff, 'hosts' | 'depth'> & { readonly depth: Depth | undefined } {
  const comparability = compareRuns(a, b);
  const goOn = comparability.comparable || options.evenIfIncomparable === true;
  const depth = goOn ? depthOf(a, b) : undefined;
  const runChanges = depth === undefined ? [] : sortChanges(diffRunLevel(a, b, depth));
  return { a, b, comparability, depth, runChanges };
}

/** Every host of both runs with its twin, those of the first run first. */
function* pairs(a: ScanRun, b: ScanRun, depth: Depth, options: DiffOptions): Generator<HostDiff> {
  const identity = options.identity ?? 'address';
  const left = identify(a.hosts, identity);
  const right = identify(b.hosts, identity);
  const reachA = reachOf(a);
  const reachB = reachOf(b);
  for (const [key, host] of left) {
    const before = viewHost(a.info, host);
    const twin = right.get(key);
    const after = twin === undefined ? undefined : viewHost(b.info, twin);
    const changes =
      after === undefined ? diffMissing(host, 'before', reachB, reachA) : diffHost(before, after, depth);
    yield { host: host.address, before, after, changes: sortChanges(changes) };
  }
  for (const [key, host] of right) {
    if (left.has(key)) continue;
    const changes = diffMissing(host, 'after', reachA, reachB);
    yield { host: host.address, before: undefined, after: viewHost(b.info, host), changes };
  }
}

/** Numerically by address. */
export function sortHostDiffs(hosts: readonly HostDiff[]): HostDiff[] {
  return hosts.toSorted((x, y) => compareIpAddresses(x.host, y.host));
}

/** What the runs as a whole say differently: ports asked for, and scripts that ran before and after the hosts. */
export function diffRunLevel(a: RunInfo, b: RunInfo, depth: Depth): Change[] {
  const changes: Change[] = [];
  const askedA = askedCoverage(a);
  const askedB = askedCoverage(b);
  // A file without scaninfo does not say what it asked for; that is no difference.
  for (const protocol of askedA.size > 0 && askedB.size > 0 ? TRANSPORT_PROTOCOLS : []) {
    const before = askedA.get(protocol) ?? PortSet.empty;
    const after = askedB.get(protocol) ?? PortSet.empty;
    if (before === 'unknown' || after === 'unknown' || before.equals(after)) continue;
    changes.push({
      kind: 'coverage-changed',
      host: undefined,
      protocol,
      onlyBefore: before.subtract(after).toString(),
      onlyAfter: after.subtract(before).toString(),
    });
  }
  const complete = a.status === 'complete' && b.status === 'complete';
  for (const turn of compareScripts(a.preScripts, b.preScripts, depth.scripts)) {
    changes.push({
      kind: 'script-changed',
      id: turn.id,
      place: { at: 'prerule' },
      before: turn.before,
      after: turn.after,
    });
  }
  for (const turn of complete ? compareScripts(a.postScripts, b.postScripts, depth.scripts) : []) {
    changes.push({
      kind: 'script-changed',
      id: turn.id,
      place: { at: 'postrule' },
      before: turn.before,
      after: turn.after,
    });
  }
  return changes;
}

/**
 * A host that only one run lists: gone or new when the other run is known to have tried it
 * (`wasTried`), else only a gap in coverage, with protocol `host` and the address on the side that
 * covered it. `missing` is the reach of the run that does not list it.
 */
export function diffMissing(
  host: Host,
  side: 'before' | 'after',
  missing: RunReach,
  present: RunReach,
): Change[] {
  if (isDown(host)) return [];
  if (wasTried(missing, present, host)) {
    return side === 'before'
      ? [{ kind: 'host-disappeared', host: host.address, before: host }]
      : [{ kind: 'host-appeared', host: host.address, after: host }];
  }
  return [
    {
      kind: 'coverage-changed',
      host: host.address,
      protocol: 'host',
      onlyBefore: side === 'before' ? host.address : '',
      onlyAfter: side === 'after' ? host.address : '',
    },
  ];
}

/** Hosts by identity. Two hosts of one run that share a MAC or a name keep their addresses as keys. */
export function identify(hosts: readonly Host[], identity: Identity): Map<string, Host> {
  if (identity === 'address') return new Map(hosts.map((host) => [host.address, host]));
  const seen = new Map<string, number>();
  const keys = hosts.map((host) => {
    const key = identityKey(host, typeof identity === 'function' ? identity(host) : identity);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return key;
  });
  return new Map(
    hosts.map((host, index) => {
      const key = keys[index] ?? host.address;
      return [seen.get(key) === 1 ? key : host.address, host];
    }),
  );
}

function identityKey(host: Host, identity: 'address' | 'mac' | 'hostname'): string {
  if (identity === 'mac' && host.mac !== undefined) return `mac ${host.mac.address}`;
  if (identity === 'hostname') {
    const name = host.hostnames.map((hostname) => hostname.name.toLowerCase()).toSorted()[0];
    if (name !== undefined) return `name ${name}`;
  }
  return host.address;
}

function reachOf(run: ScanRun): RunReach {
  const builder = new ReachBuilder();
  for (const host of run.hosts) builder.add(host);
  return builder.finish(run.info);
}

/** Hosts in the order of reports. */
export function sortHosts(hosts: Iterable<Host>): Host[] {
  return [...hosts].toSorted((x, y) => compareIpAddresses(x.address, y.address));
}
