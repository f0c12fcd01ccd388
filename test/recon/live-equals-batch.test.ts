import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Dice } from '../../src/estate/dice.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import { fromMillis, type Clock } from '../../src/time/instant.ts';
import { MAIN } from '../cli/tidemark.ts';
import { CONFIG, LogWriter, watchedLogs } from './watched-logs.ts';

/** Kills in this run. A hundred take some minutes: TIDEMARK_KILLS=100 npx vitest run test/recon/live-equals-batch.test.ts */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 4);
const SEED = Number(process.env['TIDEMARK_SEED'] ?? 1);

const LOGS = watchedLogs();
const FLOWS = LOGS.reduce((sum, { flows }) => sum + flows, 0);

let folder: string;
/** What a batch run over the whole logs finds. */
let batch: readonly string[];
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  writeFileSync(join(folder, 'tidemark.yaml'), CONFIG);
  mkdirSync(join(folder, 'whole'));
  for (const { name, header, lines } of LOGS)
    writeFileSync(join(folder, 'whole', name), header + lines.join(''));
  batch = await inStore('batch', NOW, async (workspace) => {
    const { signal } = new AbortController();
    const reading = workspace.recon.importTelemetry([join(folder, 'whole')], {
      stdin: Readable.from([]),
      signal,
    });
    for await (const each of reading) expect(each.outcome).toBe('imported');
    await workspace.recon.detect({}, { signal });
    return found(workspace);
  });
  expect(batch.length).toBeGreaterThan(7);
}, 120_000);
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const NOW: Clock = () => fromMillis(Date.now());

async function inStore<T>(
  name: string,
  clock: Clock,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const env = { TIDEMARK_DATA_DIR: join(folder, name) };
  const { config } = loadConfig({ cwd: folder, env });
  const workspace = await Workspace.open(config, { clock, program: 'test' });
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

/** Every episode that stands, as text. In which file a record lies, and where, rotation decides. */
async function found(workspace: Workspace): Promise<readonly string[]> {
  const documents: string[] = [];
  for await (const row of (await workspace.query('SELECT document FROM episodes ORDER BY id')).rows) {
    const { records, ...episode } = JSON.parse(String(row[0])) as Episode;
    documents.push(
      JSON.stringify({ ...episode, records: records.map(({ file: _f, line: _l, ...record }) => record) }),
    );
  }
  return documents;
}

async function countFlows(workspace: Workspace): Promise<number> {
  for await (const row of (await workspace.query('SELECT count() AS n FROM flows')).rows)
    return Number(row[0]);
  return 0;
}

/** Starts `tidemark watch`, as users do. */
function start(dataDir: string, paths: readonly string[], output: string[]): ChildProcess {
  const started = spawn(process.execPath, [MAIN, '--json', 'watch', ...paths], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TIDEMARK_DATA_DIR: join(folder, dataDir) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  return started;
}

function ended(one: ChildProcess): Promise<unknown> {
  return one.exitCode !== null || one.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => one.once('close', resolve));
}

/** What a run said that is not a line of figures. */
function complaints(output: readonly string[]): readonly string[] {
  return output
    .join('')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{') && !line.startsWith('stopping;'));
}

test(
  `${KILLS} kills of a watch at any moment: its episodes are those of an undisturbed run, and no flow is lost or double`,
  async () => {
    const began = performance.now();
    const dice = new Dice(SEED, KILLS);
    const logs = join(folder, 'killed-logs');
    mkdirSync(logs);
    const writer = new LogWriter(logs, LOGS, dice);
    const output: string[] = [];
    let atWork = 0;
    let stopped = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const said = output.length;
      child = start('killed', [logs], output);
      const life = 200 + dice.int(0, 2500);
      const until = performance.now() + life;
      for (let step = 0; performance.now() < until; step += 1) {
        writer.writeTo((kill + Math.min(1, (50 * step) / life)) / KILLS);
        if (dice.chance(0.04)) writer.rotate();
        await pause(dice.int(1, 100));
      }
      // Some are asked to stop, and killed while they put things in order.
      if (dice.chance(0.2)) {
        stopped += 1;
        child.kill('SIGTERM');
        await pause(dice.int(0, 400));
      }
      child.kill('SIGKILL');
      await ended(child);
      if (output.length > said) atWork += 1;
      if (dice.chance(0.3)) writer.rotate();
    }
    writer.writeTo(1);
    child = start('killed', ['--once', logs], output);
    await ended(child);
    const killed = await inStore('killed', NOW, async (workspace) => ({
      flows: await countFlows(workspace),
      episodes: await found(workspace),
    }));
    expect(complaints(output)).toEqual([]);
    expect(killed.flows).toBe(FLOWS);
    expect(killed.episodes).toEqual(batch);
    console.log(
      `${KILLS} kills, ${atWork} of them after it had stored something, ${stopped} during a stop, in ${Math.round((performance.now() - began) / 1000)} s: ${FLOWS} flows, ${batch.length} episodes as of an undisturbed run`,
    );
  },
  60_000 + KILLS * 10_000,
);
