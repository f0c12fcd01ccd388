import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from '../audit/file-lock.ts';
import type { Delivered } from '../sinks/deliver.ts';
import type { Config } from '../config/config.ts';
import type { AnomalyModel } from '../exposure/flow/anomalies.ts';
import { assessRun, type AssessAgainst } from '../exposure/flow/assess-run.ts';
import { diffStoredRuns, type DiffOptions } from '../exposure/flow/diff-stored.ts';
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
import { all, first } from '../sql/ports.ts';
import { tablesRead, type AnswerTopic } from './answer-state.ts';
import { newestAssessments } from '../exposure/queries/findings.ts';
import { dueRuns } from './due-runs.ts';
import { loadPolicy } from './load-policy.ts';
import { exposingEpisodes, withContacted, type ExposingEpisodes } from './contacted.ts';
import { HURRIED, PATIENT, type Patience } from './read-model-age.ts';
import { DELIVERY, Duties } from './duties.ts';
import { StoredAlerts } from './stored-alerts.ts';
import { StoredSinks, type SinkRoom } from './stored-sinks.ts';
import { StoredAnomalies } from './stored-anomalies.ts';
import { StoredEpisodes } from './stored-episodes.ts';
import { StoredFindings } from './stored-findings.ts';
import { StoredHosts, type HostDetail } from './stored-hosts.ts';
import { StoredRecon } from './stored-recon.ts';
import { StoredTokens } from './stored-tokens.ts';
import { StoredBaselines } from './stored-baselines.ts';
import { Scanning } from './scanning.ts';
import { importScans, type ImportedSource, type ImportsContext } from '../exposure/flow/import-scans.ts';
import {
  findRun,
  historyOfHost,
  loadRun,
  pageOfRuns,
  problemsOf,
  rawOf,
  runsOf,
  type RunFilter,
  type RunPage,
  type RunPageAsk,
} from '../exposure/flow/stored-scans.ts';
import { sweepUnfinished } from '../exposure/flow/sweep.ts';
import type { Host } from '../exposure/model/host.ts';
import type { ScanRun } from '../exposure/model/scan-run.ts';
import { hostCurrentTable, type ListedHost } from '../exposure/queries/host-list.ts';
import { riskOfFinding, riskOfHost, workOutHostRisks } from './host-risks.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { featureView } from '../exposure/queries/features.ts';
import { exposureViews } from '../exposure/queries/views.ts';
import type { Problem } from '../fault/fault.ts';
import type { Finding } from '../findings/finding.ts';
import { findingCurrentTable } from '../findings/queries/current.ts';
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
import type { Clock } from '../time/instant.ts';

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
  /** True: lists do not wait for what a long refresh brings. For a face that many ask at the same time. */
  readonly hurried?: boolean;
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

export type { Answer, AnswerTopic, Offer, StoreHealth, StoredRun };

/** The operations that faces offer, over one open store. Everything throws Faults. */
export class Workspace {
  readonly #store: Store;
  #config: Config;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #exposing: ExposingEpisodes;
  #policy: Promise<Policy> | undefined;
  /** How often it was told to work by another configuration. */
  #configured = 0;
  /** What only one process may do on a history that several reach. */
  readonly duties: Duties;
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
  /** What is expected. */
  baselines!: StoredBaselines;
  /** Scans that this program makes. */
  scanning!: Scanning;

  private constructor(store: Store, config: Config, clock: Clock, patience: Patience) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#patience = patience;
    this.#exposing = exposingEpisodes(store);
    this.duties = new Duties(store, clock, config.store.dataDir);
    this.reconfigure(config);
  }

  /**
   * Works by another configuration from now on; what is under way ends by the old one. The store stays the one that is
   * open, whatever the new one says of it.
   */
  reconfigure(config: Config): void {
    this.#config = config;
    this.#configured += 1;
    this.#policy = undefined;
    const store = this.#store;
    const clock = this.#clock;
    this.recon = new StoredRecon(store, config, clock, () => {
      this.findings.spoil();
    });
    this.anomalies = new StoredAnomalies(store, config, clock, () => this.#loadPolicy());
    this.findings = new StoredFindings(store, config, clock, {
      effects: this,
      patience: this.#patience,
      hostsTouched: async (since, version) =>
        workOutHostRisks(store, await this.#loadPolicy(), { since, version }),
    });
    this.episodes = new StoredEpisodes(store, this.recon, this.findings);
    this.hosts = new StoredHosts(store, clock, this.findings, this.episodes, this.#patience);
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
    this.baselines = new StoredBaselines(store, clock);
    this.scanning = new Scanning({ store, config, clock, duties: this.duties }, (work) =>
      this.#spoiling(work),
    );
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
    return new Workspace(store, config, options.clock, options.hurried === true ? HURRIED : PATIENT);
  }

  /**
   * What answers on a topic are read from, as a text that is another one as soon as something was written to it: while it
   * is the same, so are they, but for what time alone changes. Waits, as lists do, until the read models are fresh enough.
   * Undefined where that is not known: others may write past this process. Throws a Fault `store/…`.
   */
  async stateOf(topic: AnswerTopic): Promise<string | undefined> {
    const tables = tablesRead(topic);
    await Promise.all([
      tables.includes(findingCurrentTable) ? this.findings.keepFresh() : undefined,
      tables.includes(hostCurrentTable) ? this.hosts.keepFresh() : undefined,
    ]);
    const written = this.#store.written(tables);
    return written === undefined ? undefined : `${this.#configured} ${written}`;
  }

  /** What was found wrong with the store when it was opened. */
  get problems(): readonly Problem[] {
    return this.#store.problems;
  }

  /** Where the engine is. */
  get mode(): StoreHealth['mode'] {
    return this.#store.mode;
  }

  async close(): Promise<void> {
    await this.duties.end();
    await this.#store.close();
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

  /** Puts what is new into the outbox; returns how many messages, undefined when another process is at it. */
  enqueue(): Promise<number | undefined> {
    return this.#alone('delivery.lock', () => this.duties.during(DELIVERY, () => this.sinks.enqueue()));
  }

  /**
   * Sends what is due to one sink; undefined when another process is at it, since two at a time could give the receiver the
   * versions of a finding out of order, or when there is no such sink.
   */
  async deliverTo(name: string, room: SinkRoom): Promise<Delivered | undefined> {
    const done = await this.#alone(`delivery-${name}.lock`, () =>
      this.duties.during(DELIVERY, () => this.sinks.deliver(room, name)),
    );
    return done?.[0];
  }

  /**
   * Puts what is new into the outbox and sends what is due, to all sinks at once and files of metrics last, which show what
   * came of it. Sinks that another process delivers to are left to it, and named; undefined when all is done elsewhere.
   */
  async deliver(room: SinkRoom): Promise<
    | {
        readonly queued: number;
        readonly rounds: readonly Delivered[];
        readonly elsewhere: readonly string[];
      }
    | undefined
  > {
    const queued = await this.enqueue();
    const rounds: Delivered[] = [];
    const elsewhere: string[] = [];
    for (const last of [false, true]) {
      const sinks = this.#config.sinks.filter(({ kind }) => (kind === 'prometheus') === last);
      const ends = await Promise.allSettled(sinks.map(({ name }) => this.deliverTo(name, room)));
      for (const [index, end] of ends.entries()) {
        if (end.status === 'rejected') throw end.reason;
        if (end.value === undefined) elsewhere.push(sinks[index]!.name);
        else rounds.push(end.value);
      }
    }
    const isElsewhere = queued === undefined && rounds.length === 0;
    return isElsewhere ? undefined : { queued: queued ?? 0, rounds, elsewhere };
  }

  /** Works while no other process does so under the same lock; undefined when one does. */
  async #alone<T>(lock: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const { dataDir } = this.#config.store;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const release = await tryLock(join(dataDir, lock));
    if (release === undefined) return undefined;
    try {
      return await work();
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

  /** A part of the runs, newest first. Throws a Fault `page/cursor`. */
  pageOfRuns(ask: RunPageAsk): Promise<RunPage> {
    return pageOfRuns(this.#store, ask);
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

  /** Everything that differs between two stored runs. */
  async diffRuns(a: StoredRun, b: StoredRun, options?: DiffOptions): Promise<ChangeSet> {
    return diffStoredRuns(this.#store, a, b, options);
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

  /** A finding of our own scans, with who scanned what it is about since it is open. */
  async contacted(finding: Finding): Promise<Finding> {
    const [said] = await withContacted(this.#store, [finding], this.#clock(), this.#exposing);
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
}
