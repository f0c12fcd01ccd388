import { Fault, type Problem } from '../fault/fault.ts';
import type { Config } from '../config/config.ts';
import { detectEpisodes, type Detected } from '../recon/flow/detect-episodes.ts';
import { keepEpisodes, LookMoments, type EpisodeChanges } from '../recon/flow/episode-history.ts';
import { importTelemetry } from '../recon/flow/import-telemetry.ts';
import { StoredActivity } from '../recon/flow/stored-activity.ts';
import { summariseEpisodes } from '../recon/flow/summarise-episodes.ts';
import type { ActivityScope } from '../recon/model/activity-reader.ts';
import { standingOf } from '../recon/model/standing.ts';
import type { Episode, Role } from '../recon/model/episode.ts';
import type { ReconSummary, TelemetryFacts } from '../recon/model/recon-summary.ts';
import { isOurs, type Site } from '../recon/model/site.ts';
import { currentEpisodes, episodesByPrefix } from '../recon/queries/episodes.ts';
import { evidenceReads, flowsAt, type StoredRecord } from '../recon/queries/evidence.ts';
import { fileTotals, sensorHours, telemetryFacts } from '../recon/queries/facts.ts';
import {
  listTelemetryFiles,
  problemsOfTelemetryFile,
  type TelemetryFile as StoredFile,
} from '../recon/queries/telemetry-files.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';
import { listRoles } from './recon-roles.ts';
import { canonicalBlock, ReconDecisions } from './recon-decisions.ts';
import type {
  Deed,
  DetectScope,
  EpisodeFilter,
  EvidenceRow,
  ExpectedContacts,
  ImportedTelemetry,
  JudgedSources,
  ListedExpectation,
  ListedRole,
  ReconWorkspace,
  TelemetryFile,
  TelemetryOptions,
  WatchEvent,
} from './recon-workspace.ts';
import { exposedTargets, readSite } from './site.ts';
import { watchTelemetry } from './watch-telemetry.ts';

/** When a sensor had records of one kind. */
export type SensorHours = ReturnType<typeof sensorHours.decode>;

const DAY = 86_400e6;
/** The end of time as the columns have it: an open question reaches to there. */
const EVER = { from: 0, to: 4_102_444_800e6 } as const;
/** Episodes whose turning points are looked up in the store, the worst first. */
const WITH_RECORDS = 200;
/** Records of one kind that are read for the evidence of an episode beyond what is shown: they are merged by time. */
const EVIDENCE_LIMIT = 100_000;

/** The operations on telemetry, over an open store. */
export class StoredRecon implements ReconWorkspace {
  readonly #store: Store;
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #looks: LookMoments;
  readonly #decisions: ReconDecisions;
  readonly #kept: () => void;

  /** @param kept called when episodes were kept. */
  constructor(store: Store, config: Config, clock: Clock, kept: () => void = () => undefined) {
    this.#kept = kept;
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#looks = new LookMoments(store, clock);
    this.#decisions = new ReconDecisions(store, clock);
  }

  async *importTelemetry(
    paths: readonly string[],
    options: TelemetryOptions,
  ): AsyncGenerator<ImportedTelemetry> {
    const { recon } = this.#config;
    const { stdin, signal, onProgress } = options;
    const context = { store: this.#store, clock: this.#clock, sensor: options.sensor ?? recon.sensor };
    for await (const each of importTelemetry(context, paths, {
      stdin,
      signal,
      sampling: options.sampling ?? recon.sampling,
      utcOffsetMinutes: options.utcOffsetMinutes ?? recon.utcOffsetMinutes,
      ...(onProgress === undefined ? {} : { onProgress }),
    }))
      yield 'file' in each ? { ...each, file: listed(each.file) } : each;
  }

  async detect(
    scope: DetectScope,
    options: { readonly signal: AbortSignal; readonly onProgress?: (step: JudgedSources) => void },
  ): Promise<ReconSummary> {
    const { site, problems } = await readSite(this.#store, this.#config, this.#clock());
    const window = await this.#window(scope);
    if (window === undefined)
      return summariseEpisodes({
        now: this.#clock(),
        window: undefined,
        telemetry: await this.#facts(EVER as ActivityScope),
        episodes: [],
      });
    const { episodes } = await this.judge(window, site, options);
    return summariseEpisodes({
      now: this.#clock(),
      window,
      telemetry: await this.#facts(window),
      episodes,
      asOf: site.asOf,
      blindSpots: [
        ...blindSpotOfNetworks(episodes, site),
        ...(problems.length === 0
          ? []
          : [`${problems.length} lines of the table of autonomous systems are no ranges.`]),
      ],
    });
  }

  /** Judges a part of the history and keeps what comes of it. Throws a Fault `store/…`. */
  async judge(
    scope: ActivityScope,
    site: Site,
    options: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (step: JudgedSources) => void;
      /** False: single sources only, which is quick. */
      readonly groups?: boolean;
    } = {},
  ): Promise<Detected & { readonly changes: EpisodeChanges }> {
    const { signal, onProgress, groups = true } = options;
    const began = await this.#looks.next();
    const detected = await detectEpisodes(new StoredActivity(this.#store), scope, site, {
      exposedOf: (destinations) => exposedTargets(this.#store, destinations),
      groups,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (done: number) => onProgress({ done, total: undefined }) }),
    });
    const episodes: Episode[] = [];
    for (const [index, episode] of detected.episodes.entries())
      episodes.push(index < WITH_RECORDS && !episode.noise ? await this.#withRecords(episode) : episode);
    const changes = await keepEpisodes(this.#store, scope, episodes, began, { groups });
    this.#kept();
    return { ...detected, episodes, changes };
  }

  watchTelemetry(
    paths: readonly string[],
    options: TelemetryOptions & { readonly once: boolean },
  ): AsyncIterable<WatchEvent> {
    return watchTelemetry(
      this,
      { store: this.#store, config: this.#config, clock: this.#clock },
      paths,
      options,
    );
  }

  /** Time of the newest record in the store. */
  newestRecord(): Promise<Instant | undefined> {
    return new StoredActivity(this.#store).newest();
  }

  /** From the newest record back as far as the horizon, unless the scope says otherwise. */
  async #window(scope: DetectScope): Promise<{ readonly from: Instant; readonly to: Instant } | undefined> {
    const newest = await this.newestRecord();
    if (newest === undefined) return undefined;
    const { cover } = scope;
    const to = scope.to ?? Math.max(newest, cover?.to ?? 0) + 1;
    const horizon = Math.min(newest + 1, to) - this.#config.recon.detection.horizonDays * DAY;
    const from = scope.from ?? Math.min(horizon, cover?.from ?? horizon);
    return { from: Math.max(0, from) as Instant, to: to as Instant };
  }

  async #facts(window: Pick<ActivityScope, 'from' | 'to'>): Promise<TelemetryFacts> {
    const rows = await all(this.#store, telemetryFacts, {
      from: formatColumnTime(window.from),
      to: formatColumnTime(window.to),
    });
    const count = (kind: (typeof rows)[number]['kind']): number =>
      rows.find((row) => row.kind === kind)?.records ?? 0;
    const totals = await first(this.#store, fileTotals, {});
    return {
      records: {
        flow: count('flow'),
        app: count('app'),
        alert: count('alert'),
        process: count('process'),
      },
      files: new Set(rows.flatMap((row) => row.files)).size,
      sensors: [...new Set(rows.flatMap((row) => row.sensors))].toSorted(),
      problems: totals?.problems ?? 0,
      skipped: totals?.skipped ?? 0,
      sampling: Math.max(1, ...rows.map((row) => row.sampling)),
    };
  }

  /** The flows at its turning points: where it began, where the evidence sufficed, each step, the newest. */
  async #withRecords(episode: Episode): Promise<Episode> {
    const moments = [
      ...new Set([episode.first, episode.alarm, ...episode.transition.map(({ at }) => at), episode.last]),
    ];
    const rows = await all(this.#store, flowsAt, {
      sources: episode.sources,
      from: formatColumnTime(episode.first),
      to: formatColumnTime(episode.last),
      moments: moments.map(formatColumnTime),
    });
    return {
      ...episode,
      records: rows.map(({ sensor, file, line, at, text }) => ({ sensor, file, line, at, text })),
    };
  }

  async listEpisodes(
    filter: EpisodeFilter,
  ): Promise<{ readonly total: number; readonly episodes: readonly Episode[] }> {
    const stored = await all(this.#store, currentEpisodes, {
      from: formatColumnTime((filter.from ?? EVER.from) as Instant),
      to: formatColumnTime((filter.to ?? EVER.to) as Instant),
    });
    const { source, standing } = filter;
    const episodes = stored
      .map(({ episode }) => episode)
      .filter(
        (episode) =>
          (source === undefined || episode.sources.includes(source)) &&
          (standing === undefined ? !episode.noise : standingOf(episode) === standing),
      );
    return { total: episodes.length, episodes: episodes.slice(0, filter.limit) };
  }

  async findEpisode(reference: string): Promise<Episode> {
    if (reference === 'latest') {
      const { episodes } = await this.listEpisodes({ limit: 1 });
      if (episodes[0] !== undefined) return episodes[0];
    } else if (/^[0-9a-f]{1,16}$/.test(reference)) {
      const found = await all(this.#store, episodesByPrefix, { prefix: reference });
      if (found.length > 1)
        throw new Fault(
          'recon/ambiguous-episode',
          `${reference} is the beginning of several findings: ${found.map(({ episode }) => episode.id).join(', ')}`,
          'Give more of the identifier.',
        );
      if (found[0] !== undefined) return found[0].episode;
    }
    throw new Fault(
      'recon/no-such-episode',
      `there is no finding ${reference}`,
      'List them: tidemark findings',
    );
  }

  async *evidenceOf(episode: Episode, limit: number): AsyncGenerator<EvidenceRow> {
    const parameters = {
      sources: episode.sources,
      from: formatColumnTime(episode.first),
      to: formatColumnTime(episode.last),
      limit: Math.min(limit, EVIDENCE_LIMIT),
    };
    const rows: StoredRecord[] = [];
    for (const read of evidenceReads) rows.push(...(await all(this.#store, read, parameters)));
    const inOrder = rows.toSorted(
      (a, b) => a.at - b.at || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
    );
    for (const { kind, at, sensor, file, line, fields } of inOrder.slice(0, limit))
      yield { kind, at, sensor, file, line, fields };
  }

  /** Of each sensor and kind of record since a moment: how many, at which sampling, and the whole hours with any. */
  sensorHours(from: Instant): Promise<readonly SensorHours[]> {
    return all(this.#store, sensorHours, { from: formatColumnTime(from) });
  }

  async telemetryFiles(): Promise<readonly TelemetryFile[]> {
    return (await all(this.#store, listTelemetryFiles, {})).map(listed).toReversed();
  }

  async telemetryProblems(file: string): Promise<readonly Problem[]> {
    const files = await all(this.#store, listTelemetryFiles, {});
    const named = files.filter(({ file: name }) => name === file || name.endsWith(`/${file}`));
    const newest = named.at(-1);
    if (newest === undefined)
      throw new Fault(
        'recon/no-such-file',
        `no telemetry was imported from ${file}`,
        'List the files: tidemark telemetry',
      );
    const rows = await all(this.#store, problemsOfTelemetryFile, {
      sensor: newest.sensor,
      file: newest.file,
    });
    return rows.map(({ line, message, text }) => ({
      code: 'recon/line-set-aside',
      message: `${message}: ${text}`,
      where: { file: newest.file, line },
    }));
  }

  async listRoles(): Promise<readonly ListedRole[]> {
    const window = await this.#window({});
    return listRoles({ store: this.#store, config: this.#config, clock: this.#clock }, window);
  }

  approveRole(network: string, role: Role, deed: Deed): Promise<ListedRole> {
    return this.#decisions.decideRole(network, role, deed);
  }

  async rejectRole(network: string, deed: Deed): Promise<ListedRole> {
    const block = canonicalBlock(network);
    const roles = await this.listRoles();
    if (!roles.some((one) => one.network === block && one.how !== 'configured' && !one.rejected))
      throw new Fault(
        'recon/no-such-role',
        `no role of ${block} was learned or approved`,
        'List them: tidemark roles. A configured role is changed in tidemark.yaml.',
      );
    return this.#decisions.decideRole(block, undefined, deed);
  }

  listExpected(): Promise<readonly ListedExpectation[]> {
    return this.#decisions.listExpected();
  }

  expect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation> {
    return this.#decisions.expect(contacts, deed);
  }

  noLongerExpect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation> {
    return this.#decisions.noLongerExpect(contacts, deed);
  }
}

/** Who is ours decides what is background and what comes from inside. */
function blindSpotOfNetworks(episodes: readonly Episode[], site: Site): readonly string[] {
  const known = episodes.some(
    ({ internal, points }) => internal || points.some(({ destination }) => isOurs(site, destination)),
  );
  if (known || episodes.length === 0) return [];
  return [
    'None of the addresses in the findings is in recon.networks: whether a scan comes from inside, and what is mere background, cannot be told. Add your public address blocks to tidemark.yaml.',
  ];
}

function listed(file: StoredFile): TelemetryFile {
  const skippedBy = Array.from(file.skipped, ([what, count]) => ({ what, count }));
  return {
    name: file.file,
    sensor: file.sensor,
    format: file.format,
    imported: file.at,
    bytes: file.bytes,
    lines: file.lines,
    records: file.records,
    problems: file.problems,
    skipped: skippedBy.reduce((sum, { count }) => sum + count, 0),
    skippedBy: skippedBy.toSorted((a, b) => b.count - a.count),
    from: file.first,
    to: file.last,
  };
}
