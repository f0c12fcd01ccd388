import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Detect } from '../evaluate/detector.ts';
import { evaluateRecon, type ReconEvaluation } from '../evaluate/evaluation.ts';
import { MADE_UP_RECORDINGS, madeUpRecordings, type MadeUpOptions } from '../evaluate/made-up.ts';
import type { ReadFile, Recording } from '../evaluate/recording.ts';
import { readTruth } from '../evaluate/read-truth.ts';
import type { DataSet } from '../evaluate/truth.ts';
import { Fault } from '../fault/fault.ts';
import type { ReconConfig } from '../recon/config.ts';
import { detectEpisodes } from '../recon/flow/detect-episodes.ts';
import { readRecording, type RecordingOptions } from '../recon/flow/read-recording.ts';
import { ActivityTable } from '../recon/model/activity-table.ts';
import type { Site } from '../recon/model/site.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { configuredSite } from './site.ts';

/** How to evaluate the recordings below a folder. */
export interface EvaluateReconOptions {
  readonly config: ReconConfig;
  /** What a relative folder is relative to. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly peers: boolean;
  readonly sampling: boolean;
  readonly stretch: boolean;
  readonly seed: number;
  /** Traffic of our own generator as well; undefined: none. */
  readonly madeUp: Omit<MadeUpOptions, 'seed'> | undefined;
  /** Told before each data set. */
  readonly onDataSet?: (name: string, done: number, total: number) => void;
}

/** A data set, and the folder that its files are named from. */
interface PlacedDataSet {
  readonly dataSet: DataSet;
  readonly base: string;
}

/**
 * Evaluates the detection on every data set that a truth file below the folder names (`truth/*.json`, at any depth), and
 * on made-up traffic when that was asked for. Each data set is judged by itself, in memory; nothing is stored. Throws Fault `evaluate/no-truth` when there is no such
 * file, and `evaluate/truth` for one that cannot be understood. A recording that cannot be read is said to be so.
 */
export async function evaluateReconBelow(
  folder: string | undefined,
  options: EvaluateReconOptions,
): Promise<ReconEvaluation> {
  // Figures are to depend on the recordings alone.
  const site = configuredSite(options.config);
  return evaluateRecon(recordings(folder, options), detectionOf(site), {
    networks: site.networks,
    test: site.test,
    horizonDays: options.config.detection.horizonDays,
    peers: options.peers,
    sampling: options.sampling,
    stretch: options.stretch,
    seed: options.seed,
  });
}

async function findDataSets(root: string, folder: string): Promise<PlacedDataSet[]> {
  let names: string[];
  try {
    names = await readdir(root, { recursive: true });
  } catch (cause) {
    throw new Fault(
      'evaluate/no-truth',
      `cannot read the folder ${folder}: ${(cause as Error).message}`,
      'Name a folder that holds truth/*.json.',
      { file: folder },
      { cause },
    );
  }
  const truths = names
    .map((name) => join(root, name))
    .filter((path) => path.endsWith('.json') && basename(dirname(path)) === 'truth')
    .toSorted();
  if (truths.length === 0) {
    throw new Fault(
      'evaluate/no-truth',
      `there is no truth/*.json below ${folder}`,
      'Name a folder that holds them; docs/evaluation.md describes their form.',
      { file: folder },
    );
  }
  const placed: PlacedDataSet[] = [];
  for (const path of truths) {
    const shown = join(folder, relative(root, path));
    for (const dataSet of readTruth(await readFile(path, 'utf8'), shown))
      placed.push({ dataSet, base: dirname(dirname(path)) });
  }
  return placed;
}

async function* recordings(
  folder: string | undefined,
  options: EvaluateReconOptions,
): AsyncGenerator<Recording> {
  if (folder !== undefined) yield* recordingsBelow(folder, options);
  if (options.madeUp === undefined) return;
  let done = 0;
  for (const recording of madeUpRecordings({ ...options.madeUp, seed: options.seed })) {
    options.signal?.throwIfAborted();
    options.onDataSet?.(recording.dataSet.name, done, MADE_UP_RECORDINGS);
    done += 1;
    yield recording;
  }
}

async function* recordingsBelow(folder: string, options: EvaluateReconOptions): AsyncGenerator<Recording> {
  const root = resolve(options.cwd, folder);
  const placed = await findDataSets(root, folder);
  const reading: RecordingOptions = {
    sampling: options.config.sampling,
    utcOffsetMinutes: options.config.utcOffsetMinutes,
    now: options.clock(),
    signal: options.signal,
  };
  for (const [index, { dataSet, base }] of placed.entries()) {
    options.signal?.throwIfAborted();
    options.onDataSet?.(dataSet.name, index, placed.length);
    yield await recordingOf(dataSet, base, root, reading);
  }
}

/** The name that readers have for captures: beside one, a log of the same traffic is read. */
const CAPTURE = 'pcap';

/** Reads the first of a data set's files that there is, and that has a reader; and its log, where that is a capture. */
async function recordingOf(
  dataSet: DataSet,
  base: string,
  root: string,
  reading: RecordingOptions,
): Promise<Recording> {
  const read = await firstThatCanBeRead(dataSet.files, base, root, reading);
  if (typeof read === 'string') return { kind: 'not-read', dataSet, why: read };
  const log =
    read.format === CAPTURE ? await firstThatCanBeRead(dataSet.logs ?? [], base, root, reading) : undefined;
  return { kind: 'read', dataSet, ...read, ...(typeof log === 'object' && { log }) };
}

/** The first of some files that there is, and that has a reader; else why there is none, as one clause. */
async function firstThatCanBeRead(
  names: readonly string[],
  base: string,
  root: string,
  reading: RecordingOptions,
): Promise<ReadFile | string> {
  let why = 'no file';
  for (const name of names) {
    const path = resolve(base, name);
    // A truth file names its neighbours, not the rest of the disk.
    if (!path.startsWith(base + sep) || !existsSync(path)) continue;
    try {
      return { file: relative(root, path), ...(await readRecording(path, reading)) };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      why = error.message.replaceAll(path, 'it');
    }
  }
  return why;
}

/** The detection as the product runs it, over a table in memory that holds one data set. */
function detectionOf(site: Site): Detect {
  return async (records, surroundings) => {
    const table = new ActivityTable();
    let line = 0;
    let first = Infinity;
    let last = -Infinity;
    for (const record of records) {
      line += 1;
      first = Math.min(first, record.time);
      last = Math.max(last, record.time);
      table.add(record, { sensor: 'evaluation', file: 'evaluation', line });
    }
    if (line === 0) return [];
    const scope = { from: first as Instant, to: (last + 1) as Instant };
    const { episodes } = await detectEpisodes(table, scope, { ...site, ...surroundings });
    return episodes;
  };
}
