import { randomUUID } from 'node:crypto';
import type { Finding, FindingId } from '../../findings/finding.ts';
import type { ExposureSummary } from '../../findings/summary.ts';
import type { Prefix } from '../../net/prefix.ts';
import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatMinute, type Clock, type Instant } from '../../time/instant.ts';
import { assess, type AssessInput } from '../assess/assess.ts';
import type { Policy } from '../assess/policy.ts';
import { deviations, deviationsFromRun } from '../baseline/deviations.ts';
import { baselineAsRun } from '../baseline/pseudo-run.ts';
import { expectedAt } from '../baseline/versions.ts';
import { diffRuns } from '../diff/diff-runs.ts';
import type { ScanRun } from '../model/scan-run.ts';
import type { BaselineVersion } from '../queries/baselines.ts';
import { encodeAssessment, encodeFinding, firstSightings } from '../queries/findings.ts';
import type { StoredRun } from '../queries/runs.ts';
import { assessmentTable, findingTable } from '../queries/tables.ts';
import { anomaliesOf, type AnomalyModel } from './anomalies.ts';
import { newestVerifications } from '../queries/verifications.ts';
import { loadBaseline, pinnedVersion } from './baselines.ts';
import { readPortHistory } from './port-history.ts';
import { RowBatch } from './row-batch.ts';
import type { SurpriseSetting } from './surprise-history.ts';
import type { RowRemover } from './sweep.ts';
import { loadRun, runsOf, sameSeries, withoutSuperseded } from './stored-scans.ts';

/**
 * What a run is held against: a baseline version, another run, nothing, or (`auto`) the baseline in
 * force, else the run before it in its series, else nothing.
 */
export type AssessAgainst =
  | { readonly kind: 'auto' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'baseline'; readonly version: BaselineVersion }
  | { readonly kind: 'run'; readonly run: StoredRun };

/** How many runs before the assessed one its history and its trend go back. */
const HISTORY_RUNS = 200;
/** Points of the trend: what a small picture can show. */
const TREND_RUNS = 30;

/** Assesses a stored run and keeps the findings. Throws a Fault `baseline/…` or `store/…`. */
export async function assessRun(
  store: QueryRunner & RowWriter & RowRemover,
  run: StoredRun,
  options: {
    readonly against: AssessAgainst;
    readonly policy: Policy;
    /** Networks that the summary counts on their own. */
    readonly networks?: readonly Prefix[];
    /** Which model says what is unusual, and how many false alerts it may raise in 1,000 host-scans. */
    readonly anomaly?: { readonly model: AnomalyModel; readonly budget: number };
    readonly signal?: AbortSignal;
    /** Called before each earlier scan that the model learns on the way. */
    readonly onScan?: SurpriseSetting['onScan'];
    readonly clock: Clock;
  },
): Promise<ExposureSummary> {
  const now = options.clock();
  const before = await earlierRuns(store, run);
  // Before the run is held in memory: the model streams it.
  const anomalies =
    options.anomaly === undefined
      ? undefined
      : await anomaliesOf(store, run, options.anomaly.model, {
          policy: options.policy,
          networks: options.networks ?? [],
          budget: options.anomaly.budget,
          clock: options.clock,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          ...(options.onScan === undefined ? {} : { onScan: options.onScan }),
        });
  const scan = await loadRun(store, run);
  const { comparison, passedOver } = await hold(store, scan, before, options.against, now);
  const summary = assess({
    run: run.info,
    hosts: scan.hosts,
    ...comparison,
    history: await readPortHistory(store, before.slice(-HISTORY_RUNS)),
    trend: [...before, run].slice(-TREND_RUNS).map((point) => ({
      run: point.info.id,
      start: point.info.start,
      openPorts: point.openPorts,
      hostsUp: point.hostsUp,
    })),
    policy: options.policy,
    ...(anomalies === undefined ? {} : { anomalies }),
    ...(options.networks === undefined ? {} : { networks: options.networks }),
    now,
  });
  const told =
    passedOver === undefined ? summary : { ...summary, blindSpots: [passedOver, ...summary.blindSpots] };
  const dated = await withVerifications(store, await withFirstSightings(store, told));
  await keepAssessment(store, dated);
  return dated;
}

/** The runs before this one in its series, oldest first; copies of one scan are one. */
async function earlierRuns(store: QueryRunner, run: StoredRun): Promise<readonly StoredRun[]> {
  const series = (await runsOf(store)).filter((other) => sameSeries(other, run));
  const at = series.findIndex((other) => other.info.id === run.info.id);
  return withoutSuperseded(series.slice(0, at + 1)).filter(
    (other) =>
      other.info.id !== run.info.id && (run.info.start === undefined || other.info.start !== run.info.start),
  );
}

/**
 * Holds the run against what was asked. Nobody asked for the baseline in force by name where `auto` chose it:
 * when it is of another kind of scan, the run before in the series is the better measure, and that is said.
 */
async function hold(
  store: QueryRunner,
  scan: ScanRun,
  before: readonly StoredRun[],
  asked: AssessAgainst,
  now: Instant,
): Promise<{ readonly comparison: Comparison; readonly passedOver?: string }> {
  const wanted = asked.kind === 'nothing';
  const comparison = await compare(store, scan, await choose(store, asked, before), wanted, now);
  const { against, comparability } = comparison;
  if (asked.kind !== 'auto' || against.kind !== 'baseline' || comparability?.comparable !== false) {
    return { comparison };
  }
  const previous = before.at(-1);
  const instead: Opponent = previous === undefined ? { kind: 'nothing' } : { kind: 'run', run: previous };
  return {
    comparison: await compare(store, scan, instead, wanted, now),
    passedOver: `Baseline ${against.version} was learned from another kind of scan (vantage, privileges or protocol differ), so it says nothing of this one. Learn one from scans of this kind to have them measured.`,
  };
}

type Opponent = Exclude<AssessAgainst, { kind: 'auto' }>;

async function choose(
  store: QueryRunner,
  asked: AssessAgainst,
  before: readonly StoredRun[],
): Promise<Opponent> {
  if (asked.kind !== 'auto') return asked;
  const version = await pinnedVersion(store);
  if (version !== undefined) return { kind: 'baseline', version };
  const previous = before.at(-1);
  return previous === undefined ? { kind: 'nothing' } : { kind: 'run', run: previous };
}

type Comparison = Pick<AssessInput, 'against' | 'comparability' | 'baseline' | 'deviations'>;

async function compare(
  store: QueryRunner,
  scan: ScanRun,
  opponent: Opponent,
  asked: boolean,
  now: Instant,
): Promise<Comparison> {
  switch (opponent.kind) {
    case 'nothing':
      return {
        against: {
          kind: 'nothing',
          why: asked
            ? 'That was asked for.'
            : 'This is the first scan of its kind, and there is no baseline yet.',
        },
      };
    case 'run': {
      const changes = diffRuns(await loadRun(store, opponent.run), scan);
      const { id, start } = opponent.run.info;
      return {
        against: { kind: 'run', id, start },
        comparability: changes.comparability,
        deviations: deviationsFromRun(changes),
      };
    }
    case 'baseline': {
      const baseline = expectedAt(await loadBaseline(store, opponent.version), now);
      const changes = diffRuns(baselineAsRun(baseline), scan);
      return {
        against: { kind: 'baseline', version: baseline.version, runs: baseline.runs.length },
        comparability: changes.comparability,
        baseline,
        deviations: deviations(changes, baseline),
      };
    }
    default:
      return opponent satisfies never;
  }
}

/** A finding that was made before keeps the day on which it was first made. */
async function withFirstSightings(store: QueryRunner, summary: ExposureSummary): Promise<ExposureSummary> {
  const known = new Map((await all(store, firstSightings, {})).map((row) => [row.id, row.firstSeen]));
  const dated = (finding: Finding): Finding => {
    const first = known.get(finding.id satisfies FindingId);
    return first === undefined || first >= finding.firstSeen ? finding : { ...finding, firstSeen: first };
  };
  return {
    ...summary,
    findings: summary.findings.map(dated),
    hosts: summary.hosts.map((host) => ({ ...host, findings: host.findings.map(dated) })),
  };
}

/** What looking again at a finding's ports came to stands among its observations, after what it is about. */
async function withVerifications(store: QueryRunner, summary: ExposureSummary): Promise<ExposureSummary> {
  const newest = new Map((await all(store, newestVerifications, {})).map((made) => [made.finding, made]));
  if (newest.size === 0) return summary;
  const told = (finding: Finding): Finding => {
    const made = newest.get(finding.id);
    if (made === undefined) return finding;
    const [first, ...others] = finding.observations;
    const again = {
      text: `Verified at ${formatMinute(made.at)}: ${made.told}`,
      evidence: made.runs.map((run) => ({ kind: 'scan' as const, run, fact: made.told })),
    };
    return { ...finding, observations: [...(first === undefined ? [] : [first]), again, ...others] };
  };
  return {
    ...summary,
    findings: summary.findings.map(told),
    hosts: summary.hosts.map((host) => ({ ...host, findings: host.findings.map(told) })),
  };
}

/** Findings first, then the assessment that makes them visible. */
async function keepAssessment(store: RowWriter, summary: ExposureSummary): Promise<void> {
  const id = randomUUID();
  const batch = new RowBatch(store, findingTable);
  for (const finding of summary.findings) {
    await batch.add(encodeFinding(id, summary.generated, summary.run.id, finding));
  }
  await batch.flush();
  await store.insert(assessmentTable, [encodeAssessment(id, summary)]);
}
