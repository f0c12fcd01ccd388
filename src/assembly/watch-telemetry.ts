import type { Config } from '../config/config.ts';
import type { Problem } from '../fault/fault.ts';
import type { EpisodeChanges } from '../recon/flow/episode-history.ts';
import { CaptureIngest } from '../recon/flow/capture-ingest.ts';
import { TelemetryIngest } from '../recon/flow/ingest.ts';
import { bytesReaderFor, readerFor } from '../recon/flow/import-telemetry.ts';
import { resumable } from '../recon/flow/resumable.ts';
import {
  watch,
  type WatchEvent as WatchTold,
  type WatchRound,
  type WatchStatus,
} from '../recon/flow/watch.ts';
import { standingOf } from '../recon/model/standing.ts';
import type { ActivityScope } from '../recon/model/activity-reader.ts';
import type { Episode } from '../recon/model/episode.ts';
import type { Site } from '../recon/model/site.ts';
import { checkpointsOfSensor, encodeCheckpoint } from '../recon/queries/checkpoints.ts';
import { telemetryCheckpointTable } from '../recon/queries/tables.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { HotSources } from './hot-sources.ts';
import type { TelemetryOptions, WatchEvent, WatchMetrics } from './recon-workspace.ts';
import { readSite } from './site.ts';

/** Who judges, and keeps what comes of it: StoredRecon. */
export interface Judging {
  judge(
    scope: ActivityScope,
    site: Site,
    options?: { readonly groups?: boolean; readonly signal?: AbortSignal },
  ): Promise<{ readonly changes: EpisodeChanges }>;
  newestRecord(): Promise<Instant | undefined>;
}

type Skipped = Extract<WatchTold, { kind: 'skipped' }>;

/** What a watch needs of the workspace. */
export interface WatchContext {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
}

const DAY = 86_400e6;
/** Everything is judged again after so long, and never more than a tenth of the time: microseconds. */
const FULL_ROUND = { every: 60e6, share: 10 } as const;
/** What is known of the site is read again after so long, in microseconds: approvals take effect without a restart. */
const SITE_AGE = 30e6;

/** Watches files, folders and `-`, and says what comes of it. Throws what the store throws. */
export async function* watchTelemetry(
  recon: Judging,
  { store, config, clock }: WatchContext,
  paths: readonly string[],
  options: TelemetryOptions & { readonly once: boolean },
): AsyncGenerator<WatchEvent> {
  const { recon: settings } = config;
  const sensor = options.sensor ?? settings.sensor;
  const reading = {
    sampling: options.sampling ?? settings.sampling,
    utcOffsetMinutes: options.utcOffsetMinutes ?? settings.utcOffsetMinutes,
  };
  const judge = new LiveJudge(recon, { store, config, clock });
  const checkpoints = await all(store, checkpointsOfSensor, { sensor });
  const events = watch(
    paths,
    {
      clock,
      open: (file) => {
        const opened = { ...reading, now: clock() };
        const capture = bytesReaderFor(file, opened);
        if (capture !== undefined)
          return new CaptureIngest({ store, clock, sensor }, file.name, capture, {
            countSources: true,
            isLive: file.name === '-',
          });
        const reader = resumable(readerFor(file, opened), file.from.line);
        for (const line of file.head) reader.prime(line);
        return new TelemetryIngest({ store, clock, sensor }, file.name, reader, {
          line: file.from.line,
          countSources: true,
        });
      },
      saveCheckpoints: (passed) =>
        store.insert(
          telemetryCheckpointTable,
          passed.map((checkpoint) => encodeCheckpoint(sensor, checkpoint, clock())),
        ),
      judge: (round) => judge.round(round),
      pending: () => judge.pending,
    },
    {
      checkpoints,
      signal: options.signal,
      once: options.once,
      ...(options.once ? { settleMilliseconds: 0 } : {}),
      stdin: options.stdin,
      latenessSeconds: settings.latenessSeconds,
    },
  );
  try {
    for await (const event of events) {
      switch (event.kind) {
        case 'episodes':
          for (const episode of event.episodes)
            yield { kind: 'episode', change: judge.changeOf(episode), episode };
          break;
        case 'problem':
          yield event;
          break;
        case 'skipped':
          yield { kind: 'problem', problem: skippedProblem(event, options.once) };
          break;
        case 'status':
          yield { kind: 'metrics', metrics: metricsOf(event.status, judge) };
          break;
        default:
          event satisfies never;
      }
    }
  } finally {
    await judge.stop();
  }
}

/** What is not there yet is waited for; who looks once waits for nothing. */
function skippedProblem({ name, why, fault }: Skipped, once: boolean): Problem {
  const isAbsent = fault?.code === 'source/not-found';
  return {
    code: isAbsent && once ? fault.code : 'recon/not-followed',
    message: isAbsent && !once ? why : (fault?.message ?? why),
    where: { file: name },
  };
}

function metricsOf(status: WatchStatus, judge: LiveJudge): WatchMetrics {
  return {
    at: status.at,
    files: status.files,
    records: status.records,
    problems: status.problems,
    perSecond: status.linesPerSecond,
    lagSeconds: status.lagSeconds,
    behindBytes: status.waitingBytes,
    sources: judge.sources,
    episodes: judge.openEpisodes,
  };
}

/** Judges hot sources at once, and now and then everything: the last word is always the same as that of `detect`. */
class LiveJudge {
  readonly #recon: Judging;
  readonly #context: WatchContext;
  readonly #hot = new HotSources();
  readonly #review = new Set<string>();
  readonly #appeared = new Set<string>();
  #site: { readonly site: Site; readonly at: Instant } | undefined;
  readonly #finished: EpisodeChanges[] = [];
  /** The look at everything that is under way. */
  #full: Promise<void> | undefined;
  readonly #stopped = new AbortController();
  #failed: { readonly error: unknown } | undefined;
  /** At once: whoever watched before may have been killed between storing and judging. */
  #nextFull = Number.NEGATIVE_INFINITY;
  /** Something may be in the store that no look at everything has seen. */
  #unseen = true;
  /** Time of the newest record, those of earlier runs included. */
  #newest: Instant | undefined;

  constructor(recon: Judging, context: WatchContext) {
    this.#recon = recon;
    this.#context = context;
  }

  get sources(): number {
    return this.#hot.size;
  }

  /** Episodes to review that this watch has seen and that stand. */
  get openEpisodes(): number {
    return this.#review.size;
  }

  /** Whether there is something to do or to tell though nothing has come in. */
  get pending(): boolean {
    return this.#hot.due > 0 || this.#finished.length > 0 || this.#failed !== undefined || this.#isFullDue();
  }

  changeOf(episode: Episode): 'new' | 'changed' {
    return this.#appeared.has(episode.id) ? 'new' : 'changed';
  }

  async round(round: WatchRound): Promise<readonly Episode[]> {
    const { clock } = this.#context;
    this.#hot.add(round.sources);
    if (round.sources.size > 0) this.#unseen = true;
    const newest = await this.#newestOf(round);
    if (newest === undefined) {
      this.#unseen = false;
      return [];
    }
    const site = await this.#siteNow(clock());
    const told: EpisodeChanges[] = [];
    if (round.kind === 'last') {
      await this.stop();
      told.push(...this.#finished.splice(0));
      told.push((await this.#recon.judge(this.#scope(newest), site)).changes);
    } else {
      told.push(...this.#finished.splice(0));
      const sources = this.#hot.take();
      if (sources.length > 0) {
        const scope = { ...this.#scope(newest), sources };
        told.push((await this.#recon.judge(scope, site, { groups: false })).changes);
      }
      if (this.#failed !== undefined) throw this.#failed.error;
      // Beside the rounds, not between them: storing and the quick look at hot sources go on meanwhile.
      if (this.#isFullDue())
        this.#full = this.#judgeAll(newest, site).finally(() => void (this.#full = undefined));
    }
    return this.#tell(told);
  }

  /** Gives up the look at everything that is under way. The one at the end sees all that it would have seen. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#full;
  }

  #isFullDue(): boolean {
    return this.#unseen && this.#full === undefined && this.#context.clock() >= this.#nextFull;
  }

  async #judgeAll(newest: Instant, site: Site): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stopped;
    this.#unseen = false;
    const began = clock();
    try {
      this.#finished.push((await this.#recon.judge(this.#scope(newest), site, { signal })).changes);
    } catch (error) {
      if (!signal.aborted) this.#failed = { error };
    }
    const ended = clock();
    this.#nextFull = ended + Math.max(FULL_ROUND.every, FULL_ROUND.share * (ended - began));
  }

  /** What is read now may be older than what was stored before: a file that was rotated while nobody watched. */
  async #newestOf({ kind, newest }: WatchRound): Promise<Instant | undefined> {
    if (this.#newest === undefined || kind === 'last') this.#newest = await this.#recon.newestRecord();
    if (newest !== undefined) this.#newest = Math.max(newest, this.#newest ?? newest) as Instant;
    return this.#newest;
  }

  #scope(newest: Instant): ActivityScope {
    const horizon = this.#context.config.recon.detection.horizonDays * DAY;
    return { from: Math.max(0, newest + 1 - horizon) as Instant, to: (newest + 1) as Instant };
  }

  #tell(changes: readonly EpisodeChanges[]): readonly Episode[] {
    this.#appeared.clear();
    const told: Episode[] = [];
    for (const { appeared, changed, withdrawn } of changes) {
      for (const { id } of appeared) this.#appeared.add(id);
      for (const { id } of withdrawn) this.#review.delete(id);
      for (const episode of [...appeared, ...changed]) {
        if (standingOf(episode) === 'review') this.#review.add(episode.id);
        else this.#review.delete(episode.id);
        told.push(episode);
      }
    }
    return told;
  }

  async #siteNow(now: Instant): Promise<Site> {
    if (this.#site === undefined || now - this.#site.at > SITE_AGE) {
      const { store, config } = this.#context;
      this.#site = { site: (await readSite(store, config, now)).site, at: now };
    }
    return this.#site.site;
  }
}
