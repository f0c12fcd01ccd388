import type { ChangeFeed, ChangeNotice } from '../assembly/change-feed.ts';
import { askDaemon } from '../assembly/ask-daemon.ts';
import { Workspace, type Offer } from '../assembly/workspace.ts';
import type { Config } from '../config/config.ts';
import { Fault } from '../fault/fault.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { Bell } from './bell.ts';
import { publish, type Context } from './context.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { assessmentPart } from './parts/assessment.ts';
import { deliveryPart, sinkPart } from './parts/delivery.ts';
import { detectionPart } from './parts/detection.ts';
import { dropFolderPart } from './parts/drop-folder.ts';
import { dutiesPart } from './parts/duties.ts';
import { housekeepingPart } from './parts/housekeeping.ts';
import { schedulesPart } from './parts/schedules.ts';
import { watcherPart } from './parts/watcher.ts';
import { reloadPlan } from './reload.ts';
import { gatherStatus, type DaemonStatus } from './status.ts';
import { Supervisor, type Part, type PartStatus } from './supervisor.ts';

/** Which parts are left out on request. */
export interface LeftOut {
  readonly schedules: boolean;
  readonly drop: boolean;
  readonly watch: boolean;
  readonly assess: boolean;
  readonly detect: boolean;
  readonly deliver: boolean;
}

/** What a daemon is made of. */
export interface DaemonOptions {
  readonly config: Config;
  /** Version of this program. */
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly feed: ChangeFeed;
  readonly env: Context['env'];
  /** Where sinks of the kind `stdout` write. */
  readonly stdout: Context['sinks']['stdout'];
  readonly leftOut: LeftOut;
  /** Seconds to wait for a command that has the data directory open. */
  readonly waitSeconds: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Of the time to stop, the share that clients have for what they are at, once the parts have ended. */
const CLIENTS_SHARE = 0.2;

/** What runs as `tidemark serve`: the parts, under supervision, over one store that others reach through the socket. */
export class Daemon {
  readonly workspace: Workspace;
  readonly started: Instant;
  readonly #options: DaemonOptions;
  readonly #supervisor: Supervisor;
  readonly #context: Context;
  readonly #before = new Map<string, PartStatus>();
  #config: Config;
  #offer: Offer | undefined;
  #stopping = false;

  private constructor(workspace: Workspace, options: DaemonOptions) {
    this.workspace = workspace;
    this.#options = options;
    this.#config = options.config;
    this.started = options.clock();
    this.#supervisor = new Supervisor({ clock: options.clock, onChange: this.#onChange });
    const { clock, log, metrics, feed, env, version, stdout } = options;
    this.#context = {
      workspace,
      config: () => this.#config,
      clock,
      log,
      metrics,
      feed,
      bells: { assess: new Bell(), detect: new Bell(), deliver: new Bell() },
      sinkBells: new Set(),
      env,
      sinks: { version, stdout },
    };
  }

  /**
   * Takes the data directory, opens the store, and offers it to other processes. Throws a Fault `daemon/running` when
   * another daemon has the directory, or `store/…`.
   */
  static async open(options: DaemonOptions): Promise<Daemon> {
    const { config, clock, version, signal, waitSeconds } = options;
    await refuseSecond(config.store.dataDir);
    const workspace = await Workspace.open(config, {
      clock,
      program: version,
      own: true,
      hurried: true,
      signal,
      waitSeconds,
      onWait: (message) => options.log('info', 'daemon.waiting', message),
    });
    const daemon = new Daemon(workspace, options);
    try {
      daemon.#offer = await workspace.offer({
        socket: config.serve.socket,
        program: version,
        facts: { status: () => daemon.status(), pid: async () => process.pid },
        onInsert: daemon.#onInsert,
      });
      return daemon;
    } catch (error) {
      await workspace.close();
      throw error;
    }
  }

  /** Where other processes reach it. */
  get socket(): string {
    return this.#offer?.path ?? '';
  }

  get config(): Config {
    return this.#config;
  }

  get parts(): readonly PartStatus[] {
    return this.#supervisor.status;
  }

  /** Whether it can do its work: every part is up, and none has been failing since. */
  get ready(): boolean {
    return !this.#stopping && this.parts.every(({ state }) => state === 'running' || state === 'waiting');
  }

  /** Starts every part, and those given: the server. */
  start(others: readonly Part[] = []): void {
    for (const part of [...this.#ownParts(), ...others]) this.#supervisor.start(part);
  }

  status(): Promise<DaemonStatus> {
    const { version, clock } = this.#options;
    return gatherStatus({
      workspace: this.workspace,
      config: this.#config,
      version,
      now: clock(),
      started: this.started,
      ready: this.ready,
      stopping: this.#stopping,
      parts: this.parts,
    });
  }

  /**
   * Works by another configuration from now on, as far as that goes without a restart; starts parts again that were
   * given up. Returns the keys that need a restart.
   */
  async reload(config: Config): Promise<readonly string[]> {
    const { restart, effective, parts } = reloadPlan(this.#config, config);
    this.#config = effective;
    this.workspace.reconfigure(effective);
    const { leftOut } = this.#options;
    const within = effective.serve.stopSeconds * 1_000;
    for (const name of parts.gone) await this.#supervisor.end(name, within);
    for (const part of this.#inputs(leftOut)) if (parts.fresh.has(part.name)) this.#supervisor.start(part);
    this.#supervisor.revive();
    for (const bell of Object.values(this.#context.bells)) bell.ring();
    return restart;
  }

  /** Stops everything in order. Returns the parts that did not end in time. */
  async stop(): Promise<readonly string[]> {
    this.#stopping = true;
    const within = this.#config.serve.stopSeconds * 1_000;
    const late = await this.#supervisor.stop(within * (1 - CLIENTS_SHARE));
    await this.#offer?.stop(within * CLIENTS_SHARE);
    await this.workspace.close();
    return late;
  }

  /** In the order of what they need. */
  *#ownParts(): Generator<Part> {
    const { leftOut } = this.#options;
    yield housekeepingPart(this.#context);
    if (this.workspace.duties.areShared) yield dutiesPart(this.#context, leftOut);
    if (!leftOut.deliver) yield deliveryPart(this.#context);
    if (!leftOut.assess) yield assessmentPart(this.#context);
    if (!leftOut.detect) yield detectionPart(this.#context);
    if (!leftOut.schedules) yield schedulesPart(this.#context);
    yield* this.#inputs(leftOut);
  }

  /** Those that the configuration names. */
  *#inputs({ drop, watch, deliver }: LeftOut): Generator<Part> {
    const { serve, sinks } = this.#config;
    if (!deliver) for (const { name } of sinks) yield sinkPart(this.#context, name);
    const { folder, ...options } = serve.drop;
    if (!drop && folder !== undefined) yield dropFolderPart(this.#context, { folder, ...options });
    if (!watch) for (const each of serve.watch) yield watcherPart(this.#context, each);
  }

  readonly #onChange = (status: PartStatus): void => {
    const { log, metrics } = this.#options;
    const before = this.#before.get(status.name);
    this.#before.set(status.name, status);
    metrics.part(status, before);
    if (before?.state === status.state) return;
    const { name, state, error, restarts } = status;
    if (state === 'failing' || status.givenUp) {
      const words = status.givenUp ? 'is given up' : 'fails';
      log(
        'error',
        `part.${status.givenUp ? 'given-up' : 'failing'}`,
        `${name} ${words}: ${error?.message ?? ''}`,
        { part: name, code: error?.code ?? '', fix: error?.fix ?? '', restarts },
      );
    } else if (before?.error !== undefined && before.failures > 0 && status.failures === 0) {
      log('info', 'part.recovered', `${name} does well again`, { part: name, restarts });
    }
    // That somebody works and rests is no news.
    const isWell = (each: PartStatus | undefined): boolean =>
      each?.state === 'running' || each?.state === 'waiting';
    if (!isWell(before) || !isWell(status)) publish(this.#options, 'part', [name]);
  };

  /** Other processes work with the store too: what they put there is news as well. */
  readonly #onInsert = (table: string): void => {
    const news = NEWS[table];
    if (news === undefined) return;
    if (news.bell !== undefined) this.#context.bells[news.bell].ring();
    publish(this.#options, news.kind);
  };
}

/** What rows in a table mean, by its name. */
const NEWS: Readonly<
  Record<string, { readonly kind: ChangeNotice['kind']; readonly bell?: keyof Context['bells'] }>
> = {
  scan_run: { kind: 'scan', bell: 'assess' },
  assessment: { kind: 'finding', bell: 'deliver' },
  finding_judgement: { kind: 'finding', bell: 'deliver' },
  telemetry_file: { kind: 'episode', bell: 'detect' },
  episode: { kind: 'episode', bell: 'deliver' },
  baseline: { kind: 'baseline' },
  outbox_delivery: { kind: 'delivery' },
};

/** One daemon for a directory, also where the store is on a server. */
async function refuseSecond(dataDir: string): Promise<void> {
  const pid = await askDaemon(dataDir, 'pid');
  if (pid === undefined) return;
  throw new Fault(
    'daemon/running',
    `a daemon already serves from ${dataDir}: process ${Number(pid)}`,
    'See `tidemark status`; stop that process, or name another directory with --data-dir.',
    { file: dataDir },
  );
}
