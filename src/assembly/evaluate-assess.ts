import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { contenders, type LeftOutWeights } from '../evaluate/assess/contenders.ts';
import { evaluateAssess, type AssessEvaluation } from '../evaluate/assess/evaluation.ts';
import { numberOfAddress, readWorldLine, readWorldTruth } from '../evaluate/assess/read-world.ts';
import type { World, WorldScan } from '../evaluate/assess/world.ts';
import { readSurpriseWeights } from '../exposure/flow/detectors.ts';
import { readWhole } from '../exposure/flow/diff-inputs.ts';
import { readInput } from '../exposure/flow/open-input.ts';
import { censusOf } from '../exposure/model/census-of-run.ts';
import { Fault } from '../fault/fault.ts';
import { pathFault } from '../files/expand.ts';
import type { IpAddress } from '../net/ip-address.ts';

/** What to evaluate on, and how much of it. */
export interface EvaluateAssessOptions {
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** A file of weights that never saw a kind of event, by kind; undefined: nothing is left out. */
  readonly leaveOut: string | undefined;
  readonly budgets: boolean;
  /** Worlds of our own generator, besides. */
  readonly madeUp: Iterable<World>;
  readonly onPass?: (world: string, contender: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** `{"agent_lost": {"features": {…}, "context": {…}}, …}`, as scripts/train-surprise.ts prints it. */
async function readLeftOut(file: string, cwd: string): Promise<LeftOutWeights> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(resolve(cwd, file), 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw pathFault(file, error);
  }
  const weights = Object.entries(typeof json === 'object' && json !== null ? json : {}).map(
    ([kind, value]) => [kind, readSurpriseWeights(value)] as const,
  );
  const read = new Map(weights.flatMap(([kind, one]) => (one === undefined ? [] : [[kind, one] as const])));
  if (read.size > 0 && read.size === weights.length) return read;
  throw new Fault(
    'evaluate/weights',
    `${file} does not hold weights of this version of the model, by kind of event`,
    'Make it with scripts/train-surprise.ts --each-kind.',
    { file },
  );
}

/** A world on disk: JSON lines, or a folder of scans of any format that can be imported. */
interface WorldFiles {
  readonly name: string;
  readonly kind: 'lines' | 'scans';
  readonly path: string;
  readonly truth: string;
}

/** A world as JSON lines, packed or not. */
const LINES = /\.scans\.jsonl(?:\.gz|\.zst)?$/;
/** A scan of a folder. */
const SCANS = /\.xml(?:\.gz|\.zst)?$/;

/**
 * Evaluates the anomaly model and its rivals on the worlds that the paths name: `NAME.scans.jsonl` with `NAME.truth.json` beside it, folders of
 * Nmap XML with `truth.json` inside or `NAME.truth.json` beside, and folders that hold such. Nothing is stored. Throws
 * Fault: `source/…` for a path that cannot be read, `evaluate/no-truth` where there is no world, `evaluate/world` and
 * `evaluate/truth` for one that cannot be understood, `evaluate/weights` for such a file of weights.
 */
export async function evaluateAssessOn(
  paths: readonly string[],
  options: EvaluateAssessOptions,
): Promise<AssessEvaluation> {
  const leftOut =
    options.leaveOut === undefined ? new Map() : await readLeftOut(options.leaveOut, options.cwd);
  // A path that is wrong is said before the first world is played.
  const files = await findWorlds(paths, options.cwd);
  return evaluateAssess(worlds(files, options), contenders(leftOut), options);
}

/** The worlds that paths name, one in memory at a time. Throws as `evaluateAssessOn`. */
export async function* readWorlds(paths: readonly string[], cwd: string): AsyncGenerator<World> {
  for (const file of await findWorlds(paths, cwd)) yield await readWorld(file);
}

async function* worlds(
  files: readonly WorldFiles[],
  { madeUp, signal }: EvaluateAssessOptions,
): AsyncGenerator<World> {
  for (const file of files) {
    signal?.throwIfAborted();
    yield await readWorld(file);
  }
  for (const world of madeUp) {
    signal?.throwIfAborted();
    yield world;
  }
}

async function findWorlds(paths: readonly string[], cwd: string): Promise<WorldFiles[]> {
  const files: WorldFiles[] = [];
  for (const path of paths) files.push(...(await worldsAt(resolve(cwd, path), path)));
  return files;
}

async function worldsAt(path: string, shown: string): Promise<WorldFiles[]> {
  let found: WorldFiles[];
  try {
    found = (await stat(path)).isDirectory() ? await worldsBelow(path) : worldOfLines(path);
  } catch (error) {
    throw pathFault(shown, error);
  }
  if (found.length === 0) {
    throw new Fault(
      'evaluate/no-truth',
      `${shown} holds no world whose truth is known`,
      'Name NAME.scans.jsonl with NAME.truth.json beside it, or a folder of scans with truth.json inside.',
      { file: shown },
    );
  }
  return found;
}

function worldOfLines(path: string): WorldFiles[] {
  const name = basename(path).replace(LINES, '');
  const truth = join(dirname(path), `${name}.truth.json`);
  return LINES.test(path) && existsSync(truth) ? [{ name, kind: 'lines', path, truth }] : [];
}

async function worldsBelow(folder: string): Promise<WorldFiles[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const found: WorldFiles[] = [];
  if (entries.some((entry) => entry.isFile() && SCANS.test(entry.name))) {
    const name = basename(folder);
    const truth = [
      join(folder, 'truth.json'),
      join(dirname(folder), `${name.split('.')[0]}.truth.json`),
    ].find((path) => existsSync(path));
    if (truth !== undefined) found.push({ name, kind: 'scans', path: folder, truth });
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await worldsBelow(path)));
    else if (entry.isFile()) found.push(...worldOfLines(path));
  }
  return found;
}

async function readWorld(files: WorldFiles): Promise<World> {
  const events = readWorldTruth(await readFile(files.truth, 'utf8'), files.truth);
  const scans = files.kind === 'lines' ? await readLines(files.path) : await readScans(files);
  return { name: files.name, part: 'given', scans, events };
}

async function readLines(path: string): Promise<WorldScan[]> {
  const scans: WorldScan[] = [];
  let number = 0;
  const take = (line: string): void => {
    number += 1;
    if (line.trim() === '') return;
    const scan = readWorldLine(line, path, number);
    if (scan.census.id !== String(scans.length)) {
      throw new Fault(
        'evaluate/world',
        `scan ${scan.census.id} stands where scan ${scans.length} belongs`,
        'Number scans from 0, in order of time.',
        { file: path, line: number },
      );
    }
    scans.push(scan);
  };
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of readInput(path, {})) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  take(rest + decoder.decode());
  return scans;
}

/** Scans of a folder through the product's own readers. A truth that numbers its hosts needs the JSON lines beside it. */
async function readScans(files: WorldFiles): Promise<WorldScan[]> {
  const names = (await readdir(files.path)).filter((name) => SCANS.test(name));
  const runs = [];
  for (const name of names) {
    const path = join(files.path, name);
    runs.push((await readWhole({ name: path, again: true, chunks: () => readInput(path, {}) })).run);
  }
  runs.sort((a, b) => (a.info.start ?? 0) - (b.info.start ?? 0));
  const numbered = await numbersBeside(files.truth);
  return runs.map(({ info, hosts }, scan) => {
    const census = censusOf({ ...info, id: String(scan) as typeof info.id }, hosts);
    const numberOf = numbered?.[scan];
    return {
      census,
      numbers: census.hosts.map(({ address }) => numberOf?.get(address) ?? numberOfAddress(address) ?? -1),
    };
  });
}

/** The number of each address, scan by scan, out of the JSON lines of the same world, where they are. */
async function numbersBeside(truth: string): Promise<ReadonlyMap<IpAddress, number>[] | undefined> {
  const stem = truth.replace(/\.truth\.json$/, '.scans.jsonl');
  const path = ['', '.gz', '.zst'].map((ending) => `${stem}${ending}`).find((name) => existsSync(name));
  if (path === undefined) return undefined;
  return (await readLines(path)).map(
    ({ census, numbers }) => new Map(census.hosts.map((host, index) => [host.address, numbers[index] ?? -1])),
  );
}
