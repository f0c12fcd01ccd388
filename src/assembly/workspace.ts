import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from '../audit/file-lock.ts';
import type { Delivered } from '../sinks/deliver.ts';
import type { Config } from '../config/config.ts';
import type { AnomalyModel } from '../exposure/flow/anomalies.ts';
import { assessRun, type AssessAgainst } from '../exposure/flow/assess-run.ts';
import {
  diffAgainstBaseline,
  diffStoredRuns,
  expectedRun,
  type DiffOptions,
} from '../exposure/flow/diff-stored.ts';
import type { Policy } from '../exposure/flow/policies.ts';
import type { ChangeSet } from '../exposure/model/change.ts';
import type { ExposureSummary, Risk } from '../findings/summary.ts';
import { scanHostsPage, type ScanHostsAsk, type ScanHostsPage } from '../exposure/flow/scan-hosts-page.ts';
import {
  assessmentOfRun,
  assessmentsOfNewestRuns,
  severitiesOfRun,
  type Assessment,
} from '../exposure/queries/assessments.ts';
import type { Severity } from '../findings/severity.ts';
import { ownScansSince, type OwnScan } from '../exposure/queries/authorised-scans.ts';
import type { ScannedRun } from '../exposure/flow/run-nmap.ts';
import type { Decision } from '../scope/decide.ts';
import { all, first } from '../sql/ports.ts';
import { approvalsAsSeen, type ApprovalTarget } from './approve-as-seen.ts';
import { askScope, scanAuthorised } from './authorised-scan.ts';
import type { ScanAsk, ScanSetting } from './scan-ask.ts';
import type { Actor } from '../audit/record.ts';
import { newestScheduleRuns, type ScheduleRun } from '../exposure/queries/schedule-runs.ts';
import {
  newestVerificationOf,
  newestVerifications,
  type Verification,
} from '../exposure/queries/verifications.ts';
import { findStoredFinding, type StoredFinding } from '../exposure/flow/verify-finding.ts';
import { runDue, type ScheduleOutcome } from './run-due.ts';
import { verifyFinding, type VerifyAsk } from './verify-finding.ts';
import { newestAssessments } from '../exposure/queries/findings.ts';
import { dueRuns } from './due-runs.ts';
import { loadPolicy } from './load-policy.ts';
import { withContacted } from './contacted.ts';
import { riskOfFinding, riskOfHost } from './host-risks.ts';
import { StoredAlerts } from './stored-alerts.ts';
import { StoredSinks, type SinkRoom } from './stored-sinks.ts';
import { StoredAnomalies } from './stored-anomalies.ts';
import { StoredEpisodes } from './stored-episodes.ts';
import { StoredFindings } from './stored-findings.ts';
import { StoredHosts, type HostDetail } from './stored-hosts.ts';
import { StoredRecon } from './stored-recon.ts';
import { StoredTokens } from './stored-tokens.ts';
import {
  approveInForce,
  findVersion,
  learnFrom,
  loadBaseline,
  pin,
  pinnedVersion,
  rollBackTo,
  versionsOf,
  type Act,
  type Approval,
  type Learned,
} from '../exposure/flow/baselines.ts';
import { importScans, type ImportedSource, type ImportsContext } from '../exposure/flow/import-scans.ts';
import {
  findRun,
  historyOfHost,
  loadRun,
  problemsOf,
  rawOf,
  runsOf,
  type RunFilter,
} from '../exposure/flow/stored-scans.ts';
import { sweepUnfinished } from '../exposure/flow/sweep.ts';
import type { Baseline } from '../exposure/model/baseline.ts';
import type { Host } from '../exposure/model/host.ts';
import type { ScanRun } from '../exposure/model/scan-run.ts';
import type { ListedHost } from '../exposure/queries/host-list.ts';
import { workOutHostRisks } from './host-risks.ts';
import type { BaselineVersion } from '../exposure/queries/baselines.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { featureView } from '../exposure/queries/features.ts';
import { exposureViews } from '../exposure/queries/views.ts';
import type { Problem } from '../fault/fault.ts';
import type { Finding } from '../findings/finding.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { reconViews } from '../recon/queries/views.ts';
import { applyRetention } from '../recon/queries/retention.ts';
import { migrations } from '../schema/migrations.ts';
import { migrate } from '../schema/migrator.ts';
import type { View } from '../sql/table.ts';
import { engineOf } from '../store/embedded.ts';
import { offerStore, type Offer, type OfferOptions } from '../store/socket/offer.ts';
import { openStore } from '../store/open.ts';
import type { Answer, AskOptions } from '../store/read-only.ts';
import type { Store, StoreHealth } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';

/** A host of the list: when it was seen, and what it showed last. */
export type { ListedHost };

/** What a workspace needs from outside. */
export interface WorkspaceOptions {
  readonly clock: Clock;
  /** Version of this program, for the ledger of migrations. */
  readonly program: string;
  /** True: an embedded store is opened in this process or not at all. Otherwise a daemon's is used when there is one. */
  readonly own?: boolean;
  /** Seconds to wait for a data directory that another process has open. */
  readonly waitSeconds?: number;
  /** Called once when waiting begins. */
  readonly onWait?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** How an import is labelled, and who watches it. */
export interface ImportOptions extends Pick<ImportsContext, 'stdin' | 'onProgress' | 'signal'> {
  readonly vantage?: string;
  readonly profile?: string;
}

/** How a run is assessed, where it is not as the configuration says. */
export interface AssessOptions {
  readonly anomaly?: { readonly model?: AnomalyModel; readonly budget?: number };
  readonly signal?: AbortSignal;
  /** Called before each earlier scan that the anomaly model learns on the way. */
  readonly onScan?: (done: number, total: number) => void;
}

/** What `query` can read. */
export const documentedViews: readonly View[] = [...exposureViews, featureView, ...reconViews];

export type { Answer, Offer, StoreHealth, StoredRun };

/** Who acts, and why. */
export type Who = Omit<Act, 'clock'>;

/** What a face gives to a scan. */
type ScanRoom = Pick<ScanSetting, 'signal' | 'env' | 'onEvent' | 'resolve'>;

/** The operations that faces offer, over one open store. Everything throws Faults. */
export class Workspace {
  readonly #store: Store;
  #config: Config;
  readonly #clock: Clock;
  #policy: Promise<Policy> | undefined;
  /** The other half: telemetry, episodes, roles. */
  recon!: StoredRecon;
  /** What is unusual, and what people say of it. */
  anomalies!: StoredAnomalies;
  /** Findings of both halves, how they stand, and what people say of them. */
  findings!: StoredFindings;
  /** Episodes as lists and pictures show them. */
  episodes!: StoredEpisodes;
  /** Hosts as lists and pages show them. */
  hosts!: StoredHosts;
  /** What became an alert, what did not, and why. */
  alerts!: StoredAlerts;
  /** Where findings are sent. */
  sinks!: StoredSinks;
  /** Who may use the API. */
  tokens!: StoredTokens;

  private constructor(store: Store, config: Config, clock: Clock) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.reconfigure(config);
  }

  /**
   * Works by another configuration from now on; what is under way ends by the old one. The store stays the one that is
   * open, whatever the new one says of it.
   */
  reconfigure(config: Config): void {
    this.#config = config;
    this.#policy = undefined;
    const store = this.#store;
    const clock = this.#clock;
    this.recon = new StoredRecon(store, config, clock, () => {
      this.findings.spoil();
    });
    this.anomalies = new StoredAnomalies(store, config, clock, () => this.#loadPolicy());
    this.findings = new StoredFindings(store, config, clock, this, async (since, version) =>
      workOutHostRisks(store, await this.#loadPolicy(), { since, version }),
    );
    this.episodes = new StoredEpisodes(store, this.recon, this.findings);
    this.hosts = new StoredHosts(store, clock, this.findings, this.episodes);
    this.alerts = new StoredAlerts(store, config.alerts, () => this.anomalies.planned());
    this.sinks = new StoredSinks(store, config.sinks, clock, {
      refresh: () => this.findings.catchUp(),
      alerts: this.alerts,
      countFindings: async () => {
        await this.findings.refresh();
        return (await this.findings.counts()).cells;
      },
    });
    this.tokens = new StoredTokens(store, config, clock);
  }

  /** Opens the store that the configuration names and brings its schema forward. */
  static async open(config: Config, options: WorkspaceOptions): Promise<Workspace> {
    const { onWait } = options;
    const store = await openStore(config.store, {
      clock: options.clock,
      ...(options.own === undefined ? {} : { own: options.own }),
      ...(options.waitSeconds === undefined ? {} : { waitSeconds: options.waitSeconds }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(onWait === undefined ? {} : { onWait: (fault) => onWait(fault.message) }),
    });
    try {
      await migrate(store, migrations, { program: options.program });
      await applyRetention(store, config.recon.retention);
    } catch (error) {
      await store.close();
      throw error;
    }
    return new Workspace(store, config, options.clock);
  }

  /** What was found wrong with the store when it was opened. */
  get problems(): readonly Problem[] {
    return this.#store.problems;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  health(): Promise<StoreHealth> {
    return this.#store.health();
  }

  /** Imports files, directories, patterns and `-`: one outcome each, in order. First sweeps what a killed import left. */
  async *importScans(paths: readonly string[], options: ImportOptions): AsyncGenerator<ImportedSource> {
    await this.sweep();
    const { vantage, profile } = this.#config.exposure;
    const imported = importScans(paths, {
      ...options,
      store: this.#store,
      clock: this.#clock,
      vantage: options.vantage ?? vantage,
      profile: options.profile ?? (profile === 'auto' ? undefined : profile),
    });
    for await (const each of imported) {
      this.hosts.spoil();
      yield each;
    }
  }

  /**
   * Puts what is new into the outbox and sends what is due; undefined when another process is at it, since two at a time
   * could give a receiver the versions of a finding out of order.
   */
  async deliver(
    room: SinkRoom,
  ): Promise<{ readonly queued: number; readonly rounds: readonly Delivered[] } | undefined> {
    const { dataDir } = this.#config.store;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const release = await tryLock(join(dataDir, 'delivery.lock'));
    if (release === undefined) return undefined;
    try {
      const queued = await this.sinks.enqueue();
      return { queued, rounds: await this.sinks.deliver(room) };
    } finally {
      await release();
    }
  }

  /** Removes what imports left that were killed; returns their files. */
  sweep(): Promise<readonly string[]> {
    return sweepUnfinished(this.#store, this.#clock, this.#store.ownedSince);
  }

  /**
   * Lets other processes of this user work with the store and ask for facts, over a socket in the data directory: see
   * `offerStore`. On a ClickHouse server, whose clients go there themselves, for facts alone.
   */
  async offer(options: Pick<OfferOptions, 'socket' | 'program' | 'facts' | 'onInsert'>): Promise<Offer> {
    const { dataDir } = this.#config.store;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return offerStore({ ...options, dataDir, engine: engineOf(this.#store) });
  }

  /**
   * Runs that are to be assessed, oldest first: in each series what came after its newest assessed run, and of a series
   * of which none was assessed the newest alone, since the rest is history.
   */
  async runsToAssess(): Promise<readonly StoredRun[]> {
    const assessed = new Set((await all(this.#store, newestAssessments, {})).map(({ run }) => run));
    return dueRuns(await runsOf(this.#store), assessed);
  }

  /** Runs, oldest first. */
  listRuns(filter?: RunFilter): Promise<readonly StoredRun[]> {
    return runsOf(this.#store, filter);
  }

  /** An identifier or its beginning, `latest`, or `latest~2`. */
  findRun(reference: string, filter?: RunFilter): Promise<StoredRun> {
    return findRun(this.#store, reference, filter);
  }

  /** A run with its hosts in memory. */
  loadRun(run: StoredRun): Promise<ScanRun> {
    return loadRun(this.#store, run);
  }

  /** A part of the hosts of a run, in address order. */
  scanHosts(run: StoredRun, ask: ScanHostsAsk): Promise<ScanHostsPage> {
    return scanHostsPage(this.#store, run, ask);
  }

  /** The verdicts on the newest scans that were assessed, newest scan first, each as it was assessed last. */
  newestAssessments(most: number): Promise<readonly Assessment[]> {
    return all(this.#store, assessmentsOfNewestRuns, { most });
  }

  /** How a run was assessed last, with the severities of what that made; undefined when it never was. */
  async assessmentOf(
    run: StoredRun,
  ): Promise<
    { readonly assessment: Assessment; readonly bySeverity: ReadonlyMap<Severity, number> } | undefined
  > {
    const id = { run: run.info.id };
    const assessment = await first(this.#store, assessmentOfRun, id);
    if (assessment === undefined) return undefined;
    const rows = await all(this.#store, severitiesOfRun, id);
    return { assessment, bySeverity: new Map(rows.map(({ severity, findings }) => [severity, findings])) };
  }

  /** The raw file of a run, byte for byte. */
  rawRun(run: StoredRun): AsyncIterable<Uint8Array> {
    return rawOf(this.#store, run);
  }

  /** What the import of a run's file set aside. */
  problemsOf(run: StoredRun): Promise<readonly Problem[]> {
    return problemsOf(this.#store, run);
  }

  /** Every host ever seen, in address order. */
  listHosts(): AsyncIterable<ListedHost> {
    return this.hosts.list();
  }

  /** One host in every run that recorded it, oldest first. */
  hostHistory(address: IpAddress): Promise<readonly { readonly run: string; readonly host: Host }[]> {
    return historyOfHost(this.#store, address);
  }

  /** Baseline versions, oldest first. */
  baselineVersions(): Promise<readonly BaselineVersion[]> {
    return versionsOf(this.#store);
  }

  /** The version deviations are measured against, if there is any. */
  baselineInForce(): Promise<BaselineVersion | undefined> {
    return pinnedVersion(this.#store);
  }

  /** A version by number, `pinned` or `latest`. */
  findBaseline(reference: string): Promise<BaselineVersion> {
    return findVersion(this.#store, reference);
  }

  /** A version with its hosts. */
  loadBaseline(version: BaselineVersion): Promise<Baseline> {
    return loadBaseline(this.#store, version);
  }

  /** Learns a new version from the given runs, oldest first. */
  learnBaseline(runs: readonly StoredRun[], who: Who): Promise<Learned> {
    return learnFrom(this.#store, runs, this.#act(who));
  }

  /** Makes a new version in which the approvals hold, and puts it in force. */
  approve(
    approvals: readonly Approval[],
    who: Who & { readonly until?: Instant },
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    return approveInForce(this.#store, approvals, { ...who, clock: this.#clock });
  }

  /**
   * Makes a new version in which the targets are expected as a scan saw them, and puts it in force. Throws a Fault
   * `baseline/nothing-to-approve` when a host that is named whole does not depart from the one in force.
   */
  async approveAsSeen(
    scan: StoredRun,
    targets: readonly ApprovalTarget[],
    who: Who & { readonly until?: Instant },
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    const inForce = await this.findBaseline('pinned');
    const { changes } = await this.diffAgainstBaseline(inForce, scan, { evenIfIncomparable: true });
    const { hosts } = await this.loadBaseline(inForce);
    return this.approve(approvalsAsSeen(targets, scan, changes, hosts), who);
  }

  /** Measures deviations against this version from now on. */
  pinBaseline(version: BaselineVersion, who: Who): Promise<void> {
    return pin(this.#store, version, this.#act(who));
  }

  /** Makes a new version with the content of an old one, and puts it in force. */
  rollBack(
    target: BaselineVersion,
    who: Who,
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    return rollBackTo(this.#store, target, this.#act(who));
  }

  /** What a baseline version expects now, in the shape of a scan: one side of a diff. */
  expectedRun(version: BaselineVersion): Promise<ScanRun> {
    return expectedRun(this.#store, version, this.#clock());
  }

  /** Everything that differs between two stored runs. */
  async diffRuns(a: StoredRun, b: StoredRun, options?: DiffOptions): Promise<ChangeSet> {
    return diffStoredRuns(this.#store, a, b, options);
  }

  /** Everything in which a stored run departs from a baseline version, as changes. */
  async diffAgainstBaseline(
    version: BaselineVersion,
    run: StoredRun,
    options?: DiffOptions,
  ): Promise<ChangeSet> {
    return diffAgainstBaseline(this.#store, version, run, this.#clock(), options);
  }

  /** Assesses a run under the configured policy and keeps its findings. */
  async assess(
    run: StoredRun,
    against: AssessAgainst = { kind: 'auto' },
    options: AssessOptions = {},
  ): Promise<ExposureSummary> {
    const networks = this.#config.exposure.networks.map(({ prefix }) => parsePrefix(prefix)!);
    return this.#spoiling(
      assessRun(this.#store, run, {
        against,
        policy: await this.#loadPolicy(),
        networks,
        anomaly: { ...this.#config.exposure.anomaly, ...options.anomaly },
        clock: this.#clock,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.onScan === undefined ? {} : { onScan: options.onScan }),
      }),
    );
  }

  /** What the scope says of a request; nothing is sent. Throws a Fault `scan/unknown-profile`. */
  askScope(targets: readonly string[], profile: string, at: Instant = this.#clock()): Promise<Decision> {
    return askScope({ config: this.#config }, { targets, profile, at });
  }

  /** Makes authorised scans and stores them: see `scanAuthorised`. */
  scan(ask: ScanAsk, setting: ScanRoom): Promise<readonly ScannedRun[]> {
    return this.#spoiling(
      scanAuthorised({ ...setting, store: this.#store, config: this.#config, clock: this.#clock }, ask),
    );
  }

  /** Looks again at the ports of a finding: see `verifyFinding`. */
  verify(ask: VerifyAsk, setting: ScanRoom): ReturnType<typeof verifyFinding> {
    return this.#spoiling(
      verifyFinding({ ...setting, store: this.#store, config: this.#config, clock: this.#clock }, ask),
    );
  }

  /** Makes the scans whose time has come: see `runDue`. */
  runDue(actor: Actor, setting: ScanRoom): Promise<readonly ScheduleOutcome[]> {
    return this.#spoiling(
      runDue({ ...setting, store: this.#store, config: this.#config, clock: this.#clock }, actor),
    );
  }

  /** What became of each schedule last, by name. */
  async scheduleRuns(): Promise<ReadonlyMap<string, ScheduleRun>> {
    return new Map((await all(this.#store, newestScheduleRuns, {})).map((run) => [run.schedule, run]));
  }

  /** The newest finding about exposure whose identifier begins so, and what verifying it came to last. */
  async findFinding(
    reference: string,
  ): Promise<{ readonly stored: StoredFinding; readonly verification: Verification | undefined }> {
    const stored = await findStoredFinding(this.#store, reference);
    const made = await all(this.#store, newestVerifications, {});
    return { stored, verification: made.find((one) => one.finding === stored.finding.id) };
  }

  /** A finding of our own scans, with who scanned what it is about since it is open. */
  async contacted(finding: Finding): Promise<Finding> {
    const [said] = await withContacted(this.#store, [finding], this.#clock());
    return said!;
  }

  /** What a finding comes to by itself, as a sum. Throws a Fault `policy/…`. */
  async riskOfFinding(finding: Finding): Promise<Risk> {
    return riskOfFinding(finding, await this.#loadPolicy());
  }

  /** What the open findings of a host come to, as a sum. Throws a Fault `policy/…` or `store/…`. */
  async riskOfHost(detail: Pick<HostDetail, 'host' | 'findings'>): Promise<Risk> {
    return riskOfHost(this.#store, await this.#loadPolicy(), detail);
  }

  /** What verifying a finding came to last, by its whole identifier; undefined when nobody did. */
  verificationOf(finding: string): Promise<Verification | undefined> {
    return first(this.#store, newestVerificationOf, { finding });
  }

  /** Our own scans that had not ended by an instant, oldest first. */
  ownScans(since: Instant): Promise<readonly OwnScan[]> {
    return all(this.#store, ownScansSince, { since: formatColumnTime(since) });
  }

  /**
   * Answers one SELECT over the documented views (documentedViews); nothing that writes, reads files
   * or reaches the network gets through. Throws a Fault `query/refused` or `store/…`.
   */
  query(sql: string, options: Pick<AskOptions, 'maxRows' | 'maxSeconds' | 'signal'> = {}): Promise<Answer> {
    return this.#store.ask(sql, { ...options, views: documentedViews });
  }

  #loadPolicy(): Promise<Policy> {
    return (this.#policy ??= loadPolicy(this.#config));
  }

  /** Work that writes scans or findings: lists are refreshed after it. */
  async #spoiling<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      this.hosts.spoil();
      this.findings.spoil();
    }
  }

  #act(who: Who): Act {
    return { ...who, clock: this.#clock };
  }
}
