import type { Lowering } from '../../findings/confidence.ts';
import type { ExposureSummary } from '../../findings/summary.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Baseline } from '../model/baseline.ts';
import type { Comparability } from '../model/change.ts';
import { readCommandLine } from '../model/command-line.ts';
import { askedCoverage } from '../model/coverage.ts';
import type { RunInfo } from '../model/scan-run.ts';
import type { RuleFailure } from './rule-engine.ts';

/**
 * How much each known weakness takes from confidence, as factors. They are judgements, ordered by how far a
 * reader could be misled, and no measured probabilities; when verdicts exist they will be replaced by the past
 * precision of findings under the same weakness.
 */
export const FACTORS = {
  /** Not held against anything comparable: what is called a change may be a difference of the scans. */
  incomparable: 0.5,
  /** The file ends early: unknown hosts are missing. */
  truncated: 0.6,
  /** The scanner stopped early. */
  interrupted: 0.7,
  /** Fewer than THIN_PORTS TCP ports were asked about, or nobody knows how many. */
  thinCoverage: 0.8,
  /** Nothing to say what is normal. */
  noHistory: 0.8,
  /** Services are named by their port number. */
  noVersions: 0.8,
  /** The service of this finding is named by its port number. */
  guessedService: 0.7,
  /** A baseline learned from one or two runs. */
  shortHistory: 0.9,
  /** Only part of what both sides saw can be compared. */
  limited: 0.9,
  /** The expectation behind this finding is weak. */
  weakExpectation: 0.8,
  /** The scanner gave up on this host. */
  timedOut: 0.7,
} as const;

/** Nmap's default is 1,000 TCP ports; fewer leave out services that people expect a scan to find. */
export const THIN_PORTS = 1_000;
/** With three runs a habit can be told from a snapshot; see the learner's RUNS_FOR_A_NORM. */
const SHORT_HISTORY_RUNS = 3;

/** What is known of a run as a whole. */
export interface RunReliability {
  readonly run: RunInfo;
  readonly against: ExposureSummary['against'];
  readonly comparability: Comparability | undefined;
  readonly baseline: Baseline | undefined;
  readonly earlierRuns: number;
}

/** What lowers confidence in everything that is said of the run. */
export function runLowerings(of: RunReliability): Lowering[] {
  const { run, against, comparability } = of;
  const lowered: Lowering[] = [];
  if (run.status === 'truncated')
    lowered.push({ reason: 'the scan file ends early', factor: FACTORS.truncated });
  if (run.status === 'interrupted')
    lowered.push({ reason: 'the scan was interrupted', factor: FACTORS.interrupted });
  if (comparability?.comparable === false) {
    lowered.push({ reason: `not comparable: ${comparability.why.join('; ')}`, factor: FACTORS.incomparable });
  } else if (comparability !== undefined && comparability.limits.length > 0) {
    lowered.push({ reason: `compared in part: ${comparability.limits.join('; ')}`, factor: FACTORS.limited });
  }
  if (against.kind === 'nothing') {
    lowered.push({
      reason: of.earlierRuns === 0 ? 'this is the first run of its kind' : 'there is no baseline',
      factor: FACTORS.noHistory,
    });
  } else if (against.kind === 'run') {
    lowered.push({ reason: 'held against a single earlier run', factor: FACTORS.shortHistory });
  } else if (against.runs < SHORT_HISTORY_RUNS) {
    lowered.push({
      reason: `the baseline was learned from ${against.runs} ${against.runs === 1 ? 'run' : 'runs'}`,
      factor: FACTORS.shortHistory,
    });
  }
  const covered = tcpPortsAsked(run);
  if (isDiscovery(run)) {
    lowered.push({ reason: 'no ports were scanned', factor: FACTORS.thinCoverage });
    return lowered;
  }
  if (covered === undefined) {
    lowered.push({ reason: 'the scan does not say which ports it covered', factor: FACTORS.thinCoverage });
  } else if (covered > 0 && covered < THIN_PORTS) {
    lowered.push({ reason: `only ${count(covered, 'TCP port')} covered`, factor: FACTORS.thinCoverage });
  }
  if (!detectsVersions(run)) lowered.push({ reason: 'no version detection', factor: FACTORS.noVersions });
  return lowered;
}

/** Number of TCP ports the run asked about; undefined when it does not say, 0 when TCP was not scanned. */
function tcpPortsAsked(run: RunInfo): number | undefined {
  if (run.scaninfo.length === 0) return undefined;
  const asked = askedCoverage(run).get('tcp');
  if (asked === 'unknown') return undefined;
  return asked?.size ?? 0;
}

/** Whether the run looked for hosts and not at their ports (-sn), which nobody should take for unknown coverage. */
function isDiscovery(run: RunInfo): boolean {
  return run.scanner === 'nmap' && run.scaninfo.length === 0 && /(?:^|\s)-s[nP](?:\s|$)/.test(run.args);
}

/** Whether the run detected services; a run without a command line is given the benefit of the doubt per service. */
function detectsVersions(run: RunInfo): boolean {
  const command = readCommandLine(run.args);
  return command.empty ? run.scanner === 'nmap' : command.versions;
}

/** Counts of hosts that a blind spot speaks of. */
export interface HostCounts {
  readonly up: number;
  readonly down: number;
  readonly timedOut: number;
}

/** What the run could not see, in sentences. */
export function blindSpots(
  of: RunReliability,
  hosts: HostCounts,
  excused: ReadonlyMap<string, number>,
  failures: readonly RuleFailure[],
): string[] {
  const { run } = of;
  const said: string[] = [];
  if (run.status !== 'complete') {
    said.push(
      run.status === 'truncated'
        ? 'The scan file ends early. Hosts that would have followed are not known.'
        : 'The scan was interrupted. Hosts that it did not reach are not known.',
    );
  }
  // Before what every scan has: lists that name the first few only name what somebody switched off, and what broke.
  if (excused.size > 0) {
    const total = [...excused.values()].reduce((sum, times) => sum + times, 0);
    said.push(
      `${count(total, 'finding')} excused by exceptions of the policy: ${[...excused.keys()].toSorted().join(', ')}.`,
    );
  }
  for (const failure of failures) {
    said.push(`Rule ${failure.rule} could not be asked ${count(failure.times, 'time')}: ${failure.message}.`);
  }
  const covered = tcpPortsAsked(run);
  const discovery = isDiscovery(run);
  if (discovery) said.push('The run looked for hosts only (-sn). Their ports are not known.');
  else if (covered === undefined) said.push('The scan does not say which ports it covered.');
  else if (covered === 0) said.push('TCP was not scanned.');
  else if (covered < PortSet.all.size) {
    said.push(
      `${number(covered)} of 65,535 TCP ports were scanned. What listens on the others is not known.`,
    );
  }
  if (run.scaninfo.length > 0 && !askedCoverage(run).has('udp')) {
    said.push('UDP was not scanned. DNS, SNMP and other UDP services are not known.');
  }
  if (!discovery && !detectsVersions(run)) {
    said.push('Services were not asked for their versions (-sV). They are named by their port numbers.');
  }
  if (hosts.timedOut > 0) {
    said.push(
      `The scanner gave up on ${count(hosts.timedOut, 'host')} before it was through. Their port lists are not complete.`,
    );
  }
  const down = Math.max(hosts.down, run.hosts?.down ?? 0);
  if (down > 0) {
    said.push(
      `${count(down, 'address', 'addresses')} did not answer. A host that only drops packets looks the same.`,
    );
  }
  if (of.comparability?.comparable === false) {
    said.push(
      `Changes are not known, because the scans cannot be compared: ${of.comparability.why.join('; ')}.`,
    );
  }
  said.push(`All of it was seen from one place (${run.vantage}). Other places may reach more, or less.`);
  return said;
}

/** `1 host`, `1,024 hosts`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${number(amount)} ${amount === 1 ? one : many}`;
}

/** Digits in groups of three, the same on every machine. */
export function number(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}
