import type { StoreHealth, Workspace } from '../assembly/workspace.ts';
import type { Config } from '../config/config.ts';
import { Fault } from '../fault/fault.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { sizesOf } from './parts/housekeeping.ts';
import type { PartStatus } from './supervisor.ts';

/** Scans that are named in a status. */
const SCANS = 5;

/** A time, as JSON has it. */
type Time = string | null;

/** What a daemon says of itself: schema `tidemark/status/1`. Texts may quote the outside: escape. */
export interface DaemonStatus {
  readonly schema: 'tidemark/status/1';
  readonly running: true;
  readonly pid: number;
  readonly version: string;
  readonly started: string;
  readonly dataDir: string;
  /** False when a part fails, a sink does not take its messages or has given some up, or the store is damaged. */
  readonly healthy: boolean;
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly parts: readonly {
    readonly name: string;
    readonly state: PartStatus['state'];
    readonly since: string;
    readonly detail: string;
    readonly restarts: number;
    readonly next: Time;
    readonly givenUp: boolean;
    readonly error: {
      readonly at: string;
      readonly code: string | null;
      readonly message: string;
      readonly fix: string;
    } | null;
  }[];
  readonly sinks: readonly {
    readonly name: string;
    readonly pending: number;
    readonly dead: number;
    readonly last: Time;
    readonly why: string;
  }[];
  readonly schedules: readonly {
    readonly name: string;
    readonly event: string | null;
    readonly at: Time;
    readonly why: string;
  }[];
  /** The newest imports, newest first. */
  readonly scans: readonly {
    readonly id: string;
    readonly vantage: string;
    readonly profile: string;
    readonly imported: string;
    readonly hostsUp: number;
  }[];
  readonly store: {
    readonly mode: string;
    /** The data directory, or the ClickHouse server or cluster. */
    readonly at: string;
    readonly sizeBytes: number;
    readonly freeBytes: number | null;
    readonly problems: readonly string[];
  };
}

/** What a status is gathered from. */
export interface StatusSources {
  readonly workspace: Workspace;
  readonly config: Config;
  readonly version: string;
  readonly now: Instant;
  readonly started: Instant;
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly parts: readonly PartStatus[];
}

const time = (instant: Instant | undefined): Time => (instant === undefined ? null : formatInstant(instant));

/**
 * Asks the store, and puts together what everybody is to know. A store that does not answer is one of the things to
 * know: it is said among its problems, and the rest as far as it is known.
 */
export async function gatherStatus(sources: StatusSources): Promise<DaemonStatus> {
  const { workspace, config, parts } = sources;
  const { sinks, made, runs, health } = await askStore(workspace);
  const { size, free } = sizesOf(health);
  return {
    schema: 'tidemark/status/1',
    running: true,
    pid: process.pid,
    version: sources.version,
    started: formatInstant(sources.started),
    dataDir: config.store.dataDir,
    healthy:
      arePartsWell(parts) &&
      sinks.every(({ pending, dead, why }) => dead === 0 && (pending === 0 || why === '')) &&
      health.problems.length === 0,
    ready: sources.ready,
    stopping: sources.stopping,
    parts: parts.map(({ name, state, since, detail, restarts, next, givenUp, error }) => ({
      name,
      state,
      since: formatInstant(since),
      detail,
      restarts,
      next: time(next),
      givenUp,
      error: error === undefined ? null : { ...error, at: formatInstant(error.at), code: error.code ?? null },
    })),
    sinks: sinks.map(({ name, pending, dead, last, why }) => ({
      name,
      pending,
      dead,
      last: time(last),
      why,
    })),
    schedules: config.schedules.map(({ name }) => {
      const last = made.get(name);
      return { name, event: last?.event ?? null, at: time(last?.at), why: last?.why ?? '' };
    }),
    scans: runs
      .toSorted((a, b) => b.imported - a.imported)
      .slice(0, SCANS)
      .map(({ info, imported, hostsUp }) => ({
        id: info.id,
        vantage: info.vantage,
        profile: info.profile,
        imported: formatInstant(imported),
        hostsUp,
      })),
    store: {
      mode: health.mode,
      at: config.store.url ?? config.store.cluster ?? config.store.dataDir,
      sizeBytes: size,
      freeBytes: Number.isFinite(free) ? free : null,
      problems: health.problems.map(({ message }) => message),
    },
  };
}

interface Asked {
  readonly sinks: Awaited<ReturnType<Workspace['sinks']['list']>>;
  readonly made: Awaited<ReturnType<Workspace['scanning']['lastRuns']>>;
  readonly runs: Awaited<ReturnType<Workspace['listRuns']>>;
  readonly health: StoreHealth;
}

async function askStore(workspace: Workspace): Promise<Asked> {
  try {
    const [sinks, made, runs, health] = await Promise.all([
      workspace.sinks.list(),
      workspace.scanning.lastRuns(),
      workspace.listRuns(),
      workspace.health(),
    ]);
    return { sinks, made, runs, health };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message, where } = error;
    const health = { mode: workspace.mode, nodes: [], problems: [{ code, message, where }] };
    return { sinks: [], made: new Map(), runs: [], health };
  }
}

function arePartsWell(parts: readonly PartStatus[]): boolean {
  return parts.every(({ state, givenUp }) => state !== 'failing' && !givenUp);
}
