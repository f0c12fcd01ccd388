import type { Finding } from '../../findings/finding.ts';
import { hostsOfFinding } from '../../findings/judgement.ts';
import type { Happening } from '../../findings/lifecycle.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import type { Instant } from '../../time/instant.ts';
import { sightingOf, viewHost } from '../model/coverage.ts';
import type { Host } from '../model/host.ts';
import { findingIds, findingSightings, newestAssessments, newestFindings } from '../queries/findings.ts';
import type { StoredRun } from '../queries/runs.ts';
import { hostsOf, runsOf, sameSeries } from './stored-scans.ts';

/** A finding as the newest run that has it gives it, and what every assessed run says of it. */
export interface SightedFinding {
  readonly finding: Finding;
  /** The newest run that has it. */
  readonly run: string;
  readonly happenings: readonly Happening[];
}

/** A run that was assessed: when it was made, and what its newest assessment held it against. */
export interface AssessedRun {
  readonly run: StoredRun;
  /** When it looked. */
  readonly at: Instant;
  readonly assessed: Instant;
  readonly against: string;
}

/** A run that does not have a finding, which an earlier one of its series has. */
interface Question {
  readonly finding: Finding;
  readonly seen: AssessedRun;
  readonly run: AssessedRun;
  readonly happenings: Happening[];
}

/** Findings in one question: parameters travel in the text of the statement. */
const AT_ONCE = 2000;

/**
 * Findings that were ever made, with their sightings. The time of a sighting is that of the scan, however late it
 * was assessed; of several assessments of one run the newest holds. A run of the same series (vantage, profile,
 * privileges) that covers what the finding is about and does not make it has not seen it; one that cannot tell, because
 * a host did not answer or a port was not probed, says nothing. Throws a Fault `store/…`.
 * @param ids which; not given: all.
 * @param runs see `assessedRuns`; read anew when not given.
 */
export async function* sightingsOfFindings(
  store: QueryRunner,
  ids?: readonly string[],
  runs?: readonly AssessedRun[],
): AsyncGenerator<SightedFinding> {
  const of = (ids ?? (await all(store, findingIds, {}))).toSorted();
  const assessed = runs ?? (await assessedRuns(store));
  // Neighbours lie together in each run: in their order little is read twice.
  for (let from = 0; from < of.length; from += AT_ONCE)
    yield* await sightingsOf(store, of.slice(from, from + AT_ONCE), assessed);
}

async function sightingsOf(
  store: QueryRunner,
  ids: readonly string[],
  runs: readonly AssessedRun[],
): Promise<readonly SightedFinding[]> {
  const byRun = new Map(runs.map((run) => [run.run.info.id as string, run]));
  const made = new Map<string, Map<string, Sighting>>();
  for (const { id, run, ...sighting } of await all(store, findingSightings, { ids })) {
    const ofFinding = made.get(id) ?? new Map<string, Sighting>();
    made.set(id, ofFinding.set(run, sighting));
  }
  const questions: Question[] = [];
  const sighted: SightedFinding[] = [];
  for (const { finding, run } of await all(store, newestFindings, { ids })) {
    const happenings: Happening[] = [];
    const sightings = made.get(finding.id) ?? new Map<string, Sighting>();
    let seen: AssessedRun | undefined;
    for (const each of runs) {
      const { id } = each.run.info;
      const { at, assessed, against } = each;
      const where = `scan ${id.slice(0, 10)}`;
      const sighting = sightings.get(id);
      if (sighting !== undefined) {
        happenings.push({ kind: 'seen', at, severity: sighting.severity, where });
        if (sighting.assessed >= assessed) {
          seen = each;
          continue;
        }
        const why = `it was assessed again, against ${against}`;
        happenings.push({ kind: 'not-seen', at, where, why });
      } else if (seen !== undefined && sameSeries(seen.run, each.run)) {
        questions.push({ finding, seen, run: each, happenings });
      }
    }
    // A run that is no longer stored still made it.
    for (const [id, { assessed, severity }] of sightings)
      if (!byRun.has(id))
        happenings.push({ kind: 'seen', at: assessed, severity, where: `scan ${id.slice(0, 10)}` });
    sighted.push({ finding, run, happenings });
  }
  await answer(store, questions);
  return sighted;
}

type Sighting = Pick<ReturnType<typeof findingSightings.decode>, 'assessed' | 'severity'>;

/** Runs that were assessed, oldest first. Throws a Fault `store/…`. */
export async function assessedRuns(store: QueryRunner): Promise<readonly AssessedRun[]> {
  const newest = new Map((await all(store, newestAssessments, {})).map((one) => [one.run, one]));
  return (await runsOf(store)).flatMap((run) => {
    const last = newest.get(run.info.id);
    if (last === undefined) return [];
    const { assessed, against } = last;
    // A scanner's clock may be ahead; what was assessed had been seen.
    const at = Math.min(run.info.start ?? assessed, assessed) as Instant;
    return [{ run, at, assessed, against }];
  });
}

/** Rules about a change: a later scan that does not make one again does not say that it was taken back. */
const OF_CHANGE = /^(?:drift|unusual)\./;

/** Reads the hosts in question, of each run once, and tells which runs have not seen what they would have. */
async function answer(store: QueryRunner, questions: readonly Question[]): Promise<void> {
  const wanted = new Map<AssessedRun, Set<IpAddress>>();
  const want = (run: AssessedRun, finding: Finding): void => {
    const addresses = wanted.get(run) ?? new Set();
    for (const host of hostsOfFinding(finding)) addresses.add(host);
    wanted.set(run, addresses);
  };
  for (const { finding, seen, run } of questions) {
    want(run, finding);
    want(seen, finding);
  }
  const read = new Map<AssessedRun, ReadonlyMap<IpAddress, Host>>();
  for (const [run, addresses] of wanted) {
    const hosts = new Map<IpAddress, Host>();
    if (addresses.size > 0)
      for await (const host of hostsOf(store, run.run, [...addresses])) hosts.set(host.address, host);
    read.set(run, hosts);
  }
  for (const { finding, seen, run, happenings } of questions) {
    const why = whyGone(finding, { run: seen, hosts: read.get(seen) }, { run, hosts: read.get(run) });
    if (why !== undefined)
      happenings.push({ kind: 'not-seen', at: run.at, where: `scan ${run.run.info.id.slice(0, 10)}`, why });
  }
}

/** A run with the hosts of it that were read. */
interface Look {
  readonly run: AssessedRun;
  readonly hosts: ReadonlyMap<IpAddress, Host> | undefined;
}

/** Why a run that does not have a finding has not seen it; undefined when it cannot tell. */
function whyGone(finding: Finding, before: Look, after: Look): string | undefined {
  const hosts = hostsOfFinding(finding);
  const ports = portsOf(finding);
  if (!hosts.every((host) => answered(after.hosts?.get(host)))) return undefined;
  const states = ports.map(({ host, port }) => ({ host, port, state: stateAt(after, host, port) }));
  if (states.some(({ state }) => state === undefined)) return undefined;
  if (OF_CHANGE.test(finding.rule) && !isMeasuredAlike(finding, before, after)) {
    // After it every host answered; what was said of a host alone is taken back when it did not before.
    const reverted =
      states.length === 0
        ? hosts.length > 0 && hosts.every((host) => !answered(before.hosts?.get(host)))
        : states.every(({ host, port, state }) => {
            const was = stateAt(before, host, port);
            return was !== undefined && was !== state;
          });
    if (!reverted) return undefined;
  }
  const [first] = states;
  if (first === undefined)
    return hosts.length === 0 ? 'a scan of the same kind does not have it' : 'what it is about answered';
  const said = `${first.port} is ${first.state}${states.length > 1 ? ', and others' : ''}`;
  // Rules look at more than one port, at a baseline and at a policy.
  return first.state === stateAt(before, first.host, first.port)
    ? `${said} as before, but another finding says so, or it is expected by now`
    : said;
}

/** Held against a baseline both times, a deviation that is gone is gone; a change since the scan before is told once. */
function isMeasuredAlike({ rule }: Finding, before: Look, after: Look): boolean {
  return (
    rule.startsWith('drift.') &&
    before.run.against.startsWith('baseline') &&
    after.run.against.startsWith('baseline')
  );
}

function answered(host: Host | undefined): boolean {
  return host !== undefined && host.status.state !== 'down' && host.status.state !== 'skipped';
}

/** Ports that a finding is about; what is said once for several names them in its evidence. */
function portsOf(finding: Finding): readonly { readonly host: IpAddress; readonly port: PortKey }[] {
  const { port } = finding.subject;
  if (port !== undefined) return hostsOfFinding(finding).map((host) => ({ host, port }));
  const named = finding.observations.flatMap(({ evidence }) =>
    evidence.flatMap((one) =>
      one.kind === 'scan' && one.port !== undefined && one.host !== undefined
        ? [{ host: one.host, port: one.port }]
        : [],
    ),
  );
  return [...new Map(named.map((one) => [`${one.host} ${one.port}`, one])).values()];
}

/** The state of a port that a run knows; `open|filtered` is Nmap's word for having heard nothing. */
function stateAt({ run, hosts }: Look, address: IpAddress, key: PortKey): string | undefined {
  const host = hosts?.get(address);
  const parsed = parsePortKey(key);
  if (host === undefined || parsed === undefined) return undefined;
  const sighting = sightingOf(viewHost(run.run.info, host), parsed.portid, parsed.protocol);
  const state =
    sighting.kind === 'seen' ? sighting.port.state : sighting.kind === 'folded' ? sighting.state : undefined;
  return state === 'open|filtered' ? undefined : state;
}
