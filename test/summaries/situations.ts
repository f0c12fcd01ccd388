import { assess } from '../../src/exposure/assess/assess.ts';
import type { PortHistory } from '../../src/exposure/assess/assess.ts';
import { deviations } from '../../src/exposure/baseline/deviations.ts';
import { BaselineLearner } from '../../src/exposure/baseline/learn.ts';
import { baselineAsRun } from '../../src/exposure/baseline/pseudo-run.ts';
import { expectedAt } from '../../src/exposure/baseline/versions.ts';
import { diffRuns } from '../../src/exposure/diff/diff-runs.ts';
import { sightingOf, viewHost } from '../../src/exposure/model/coverage.ts';
import type { RunId, ScanRun } from '../../src/exposure/model/scan-run.ts';
import { footerOf, generateEstate, type Estate, type EstateScan } from '../../src/estate/estate.ts';
import type { Segment } from '../../src/estate/network.ts';
import { printRun } from '../../src/estate/nmap-xml.ts';
import type { EventKind, Truth } from '../../src/estate/truth.ts';
import type { ExposureSummary } from '../../src/findings/summary.ts';
import { formatIpv4, type IpAddress } from '../../src/net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../src/net/port-key.ts';
import { segmentOf } from '../../src/net/prefix.ts';
import type { Instant } from '../../src/time/instant.ts';
import { readScans } from '../read-scan.ts';

/** A week of the made-up network in which one thing was done on purpose, or nothing. */
export interface Situation {
  readonly title: string;
  /** What the generator was told to do; nothing in a quiet week. */
  readonly truth: Truth | undefined;
  readonly summary: ExposureSummary;
}

const WEEKS = 13;
/** Weeks without a planted event: the baseline is learned from them, all but the last. */
const QUIET = 10;

const KINDS: readonly (readonly [title: string, kind: EventKind])[] = [
  ['A database became reachable', 'database-exposed'],
  ['Telnet was switched on', 'telnet-enabled'],
  ['A remote administration port opened', 'admin-port'],
  ['A port opened that nothing recognises', 'backdoor-port'],
  ['A version went back', 'version-downgrade'],
  ['A machine appeared', 'host-appeared'],
  ['A machine is gone', 'host-disappeared'],
  ['Another network card answers', 'mac-swap'],
  ['A service lost its encryption', 'tls-removed'],
];

/** Ten weeks of one network: nine in which one thing happened, and a quiet one. The same at every call. */
export function situations(): readonly Situation[] {
  const estate = generateEstate({ hosts: 60, weeks: WEEKS, quietWeeks: QUIET, seed: 7 });
  const planted = KINDS.map(([title, kind]): Situation => {
    const truth = estate.truth.find((each) => each.kind === kind);
    if (truth === undefined) throw new RangeError(`the estate has no ${kind}`);
    return { title, truth, summary: summaryOf(estate, truth.week, truth.host) };
  });
  return [
    ...planted,
    { title: 'A quiet week', truth: undefined, summary: summaryOf(estate, QUIET, undefined) },
  ];
}

/**
 * The week as the product tells it. Only servers and devices are scanned, and hosts on which something else was
 * planted are left out of every week, so that each summary tells one story.
 */
function summaryOf(estate: Estate, week: number, subject: IpAddress | undefined): ExposureSummary {
  const others = new Set(estate.truth.map(({ host }) => host).filter((host) => host !== subject));
  const servers = estate.network.segments.filter(({ kind }) => kind !== 'workstation');
  const runs = estate.scans
    .filter((scan) => scan.week <= week)
    .map((scan) => readBack(estate, scan, servers, others));
  const run = runs.at(-1)!;
  const { vantage, privileges, profile } = run.info;
  const learner = new BaselineLearner({ vantage, privileges, profile });
  for (const earlier of runs.slice(0, QUIET - 1)) {
    learner.add(earlier.info);
    for (const host of earlier.hosts) learner.addHost(earlier.info.id, host);
  }
  const now = (run.info.start! + 3_600e6) as Instant;
  const pinned = learner.finish({ version: 1, created: now, by: 'example', note: '' });
  const baseline = expectedAt(pinned, now);
  const changes = diffRuns(baselineAsRun(baseline), run);
  return assess({
    run: run.info,
    hosts: run.hosts,
    against: { kind: 'baseline', version: baseline.version, runs: baseline.runs.length },
    comparability: changes.comparability,
    baseline,
    deviations: deviations(changes, baseline),
    history: historyOf(runs.slice(0, -1)),
    now,
  });
}

/** One scan of some segments through the XML that Nmap would write, without the hosts left out. */
function readBack(
  estate: Estate,
  scan: EstateScan,
  segments: readonly Segment[],
  leftOut: ReadonlySet<IpAddress>,
): ScanRun {
  const networks = new Set(segments.map(({ network }) => segmentOf(formatIpv4(network))));
  const hosts = [...scan.hosts()].filter(
    ({ address }) => networks.has(segmentOf(address)) && !leftOut.has(address),
  );
  const total = networks.size * 256;
  const footer = {
    ...footerOf(scan.header, hosts.length, estate.network, scan.week),
    hosts: { up: hosts.length, down: total - hosts.length, total },
  };
  const xml = [...printRun(scan.header, hosts, footer)].join('');
  const [run] = readScans(new TextEncoder().encode(xml));
  const id = `week-${String(scan.week).padStart(2, '0')}` as RunId;
  return { ...run!, info: { ...run!.info, id, vantage: 'office', profile: scan.profile } };
}

function historyOf(runs: readonly ScanRun[]): (host: IpAddress, port: PortKey) => PortHistory | undefined {
  const views = runs.map((run) => ({
    start: run.info.start,
    byHost: new Map(run.hosts.map((host) => [host.address, viewHost(run.info, host)])),
  }));
  return (address, key) => {
    const { portid, protocol } = parsePortKey(key)!;
    const seenAt: Instant[] = [];
    let comparable = 0;
    for (const { start, byHost } of views) {
      const view = byHost.get(address);
      const sighting = view === undefined ? undefined : sightingOf(view, portid, protocol);
      if (sighting?.kind === 'seen' || sighting?.kind === 'folded') comparable += 1;
      if (sighting?.kind === 'seen' && sighting.port.state === 'open' && start !== undefined)
        seenAt.push(start);
    }
    const [firstSeen] = seenAt;
    const lastSeen = seenAt.at(-1);
    return firstSeen === undefined || lastSeen === undefined
      ? { seen: 0, comparable }
      : { firstSeen, lastSeen, seen: seenAt.length, comparable };
  };
}
