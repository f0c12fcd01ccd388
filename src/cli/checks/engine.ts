import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/config.ts';
import { counted } from '../../text/phrase.ts';
import { fail, ok, warn, type Check } from './check.ts';
import type { ProbeAnswer } from './engine-probe.ts';
import { runTool } from './run-tool.ts';

/** Milliseconds for the store to open and answer; the embedded engine takes half a second when the machine is idle. */
const TIMEOUT = 60_000;

/**
 * Whether the store opens and answers, tried in a process of its own. A history that is not there yet
 * is not made: the engine is then tried in a temporary folder.
 */
export async function checkEngine(config: Config, program: string): Promise<readonly Check[]> {
  const isServer = config.store.url !== undefined || config.store.cluster !== undefined;
  const fresh = !isServer && !existsSync(config.store.dataDir);
  const folder = fresh ? await mkdtemp(join(tmpdir(), 'tidemark-doctor-')) : undefined;
  try {
    const store = folder === undefined ? config.store : { ...config.store, dataDir: folder };
    return await probe({ ...config, store }, program, isServer, fresh);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function probe(
  config: Config,
  program: string,
  isServer: boolean,
  fresh: boolean,
): Promise<readonly Check[]> {
  const name = isServer ? 'ClickHouse' : 'engine';
  const script = fileURLToPath(new URL(`./engine-probe${extname(import.meta.url)}`, import.meta.url));
  const result = await runTool(process.execPath, [...process.execArgv, script, program], {
    timeout: TIMEOUT,
    // Not as an argument: it may hold a password, and arguments are for everybody to see.
    input: JSON.stringify(config),
  });
  const report =
    'Report it with the output of `tidemark doctor --json`, or use a ClickHouse server (store.url).';
  if (result.kind === 'missing') return [fail(name, 'a second Node process cannot be started', report)];
  if (result.kind === 'timeout')
    return [fail(name, `does not answer within ${TIMEOUT / 1000} seconds`, report)];
  if (result.signal !== undefined) {
    return [
      fail(name, `the native library crashed (${result.signal}) when it was loaded and opened`, report),
    ];
  }
  const answer = readAnswer(result.stdout);
  if (answer === undefined) {
    const said = result.stderr.trim().split('\n').at(-1) ?? '';
    return [
      fail(
        name,
        `could not be tried: exit status ${result.status ?? '?'}${said === '' ? '' : `, ${said}`}`,
        report,
      ),
    ];
  }
  if (!answer.opened) {
    // Another tidemark at work is no fault of the installation.
    return [(answer.code === 'store/locked' ? warn : fail)(name, answer.message, answer.fix)];
  }
  const nodes = answer.nodes.map(({ name: node, version, problem }) =>
    problem === undefined
      ? ok(name, `${answer.mode}, version ${version ?? 'unknown'}${isServer ? ` at ${node}` : ''}`)
      : fail(name, `${node}: ${problem.message}`, 'Start the server, or correct store.url.'),
  );
  const parts = answer.problems.map(({ message }) =>
    warn('history', message, 'Import the scans again that the damaged part held; their files are needed.'),
  );
  const history = fresh ? [] : [ok('history', `${counted(answer.scans, 'scan')}, schema current`)];
  const elsewhere = answer.elsewhere.map(({ duty, who }) =>
    warn(
      'duties',
      `${duty} is left to ${who}, which shares this history`,
      'Run one daemon on a history; give every other one --no-deliver or --no-schedules.',
    ),
  );
  return [...nodes, ...history, ...parts, ...elsewhere];
}

/** The engine may write lines of its own; the answer is the last one. */
function readAnswer(stdout: string): ProbeAnswer | undefined {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ProbeAnswer;
  } catch {
    return undefined;
  }
}
