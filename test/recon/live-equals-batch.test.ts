import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
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
/** Records in the logs, of every kind. */
let recordsWritten: number;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'live-'));
  writeFileSync(join(folder, 'tidemark.yaml'), CONFIG);
  mkdirSync(join(folder, 'whole'));
  for (const { name, header, lines } of LOGS)
    writeFileSync(join(folder, 'whole', name), header + lines.join(''));
  ({ episodes: batch, records: recordsWritten } = await inStore('batch', NOW, async (workspace) => {
    const { signal } = new AbortController();
    let sum = 0;
    const reading = workspace.recon.importTelemetry([join(folder, 'whole')], {
      stdin: Readable.from([]),
      signal,
    });
    for await (const each of reading)
      if (each.outcome === 'imported') for (const count of Object.values(each.file.records)) sum += count;
    await workspace.recon.detect({}, { signal });
    return { episodes: await found(workspace), records: sum };
  }));
}, 120_000);
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

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
    .filter((line) => line !== '' && !line.startsWith('{') && !line.includes(': stopping; '));
}

/** A clock that goes on by so many ms whenever somebody looks: everything falls due all the time. */
function jumping(milliseconds: number, from = Date.now()): Clock {
  let now = from;
  return () => fromMillis((now += milliseconds));
}

/** Watches in this process. Stops when `stop` says so after an event. Gives the identifiers of the episodes that it told. */
async function watched(
  workspace: Workspace,
  paths: readonly string[],
  options: {
    readonly once?: boolean;
    readonly stdin?: Readable;
    readonly stop?: (recordsRead: number) => boolean;
  } = {},
): Promise<ReadonlySet<string>> {
  const controller = new AbortController();
  const told = new Set<string>();
  const events = workspace.recon.watchTelemetry(paths, {
    stdin: options.stdin ?? Readable.from([]),
    signal: controller.signal,
    once: options.once === true,
  });
  for await (const event of events) {
    if (event.kind === 'episode') told.add(event.episode.id);
    if (event.kind === 'problem') throw new Error(event.problem.message);
    if (event.kind === 'metrics' && options.stop?.(event.metrics.records) === true) controller.abort();
  }
  return told;
}

/** Text in pieces that end anywhere. */
function* pieces(text: string, dice: Dice, longest: number): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length;) {
    const to = from + dice.int(1, longest);
    yield bytes.subarray(from, to);
    from = to;
  }
}

/** Writes the logs in so many steps while they are watched, and waits until everything has been read. */
async function written(
  workspace: Workspace,
  logs: string,
  plan: { readonly steps: number; readonly rest: () => number; readonly rotate: number },
): Promise<ReadonlySet<string>> {
  mkdirSync(logs);
  const dice = new Dice(SEED, plan.steps);
  const writer = new LogWriter(logs, LOGS, dice);
  writer.writeTo(0.01);
  const writing = (async () => {
    for (let step = 1; step <= plan.steps; step += 1) {
      await pause(plan.rest());
      writer.writeTo(step / plan.steps);
      if (dice.chance(plan.rotate)) writer.rotate();
    }
  })();
  const told = await watched(workspace, [logs], { stop: (read) => read >= recordsWritten });
  await writing;
  return told;
}

const BATCHINGS: readonly {
  readonly why: string;
  readonly clock: Clock;
  readonly watch: (workspace: Workspace, logs: string) => Promise<ReadonlySet<string>>;
}[] = [
  {
    why: 'all at once',
    clock: NOW,
    watch: (workspace) => watched(workspace, [join(folder, 'whole')], { once: true }),
  },
  {
    why: 'out of a pipe, in pieces that end anywhere, one log after the other and the longest first',
    clock: jumping(100),
    watch: async (workspace) => {
      const told = new Set<string>();
      for (const { header, lines } of LOGS.toSorted((a, b) => b.lines.length - a.lines.length)) {
        const stdin = Readable.from(pieces(header + lines.join(''), new Dice(SEED), 600_000));
        for (const id of await watched(workspace, ['-'], { once: true, stdin })) told.add(id);
      }
      return told;
    },
  },
  {
    why: 'a compressed pipe beside files',
    clock: jumping(20),
    watch: (workspace) => {
      const [{ header, lines } = LOGS[0]!, ...files] = LOGS.toReversed();
      return watched(workspace, ['-', ...files.map(({ name }) => join(folder, 'whole', name))], {
        once: true,
        stdin: Readable.from([gzipSync(header + lines.join(''))]),
      });
    },
  },
  {
    why: 'while it is written, in many small pieces, and judged all the time',
    clock: jumping(3000),
    watch: (workspace, logs) => written(workspace, logs, { steps: 60, rest: () => 2, rotate: 0 }),
  },
  {
    why: 'while it is written, with pauses and rotations',
    clock: jumping(50),
    watch: (workspace, logs) => written(workspace, logs, { steps: 12, rest: () => 120, rotate: 0.7 }),
  },
];

test.each(BATCHINGS)(
  'read $why: the episodes of a batch run',
  { timeout: 120_000 },
  async ({ why, clock, watch }) => {
    const name = why.replaceAll(/[^a-z]+/g, '-');
    const live = await inStore(name, clock, async (workspace) => {
      const told = await watch(workspace, join(folder, `${name}-logs`));
      return { told, flows: await countFlows(workspace), episodes: await found(workspace) };
    });
    expect(live.flows).toBe(FLOWS);
    expect(live.episodes).toEqual(batch);
    expect(batch.length).toBeGreaterThan(7);
    for (const text of batch) expect(live.told).toContain((JSON.parse(text) as Episode).id);
  },
);

test('a clock that was set back since the last run changes nothing', { timeout: 120_000 }, async () => {
  const logs = join(folder, 'set-back-logs');
  mkdirSync(logs);
  const writer = new LogWriter(logs, LOGS, new Dice(SEED));
  writer.writeTo(0.6);
  await inStore('set-back', jumping(100, Date.now() + 3 * 3600e3), (workspace) =>
    watched(workspace, [logs], { once: true }),
  );
  writer.writeTo(1);
  const live = await inStore('set-back', jumping(100), async (workspace) => {
    await watched(workspace, [logs], { once: true });
    return found(workspace);
  });
  expect(live).toEqual(batch);
});

test(
  'what a killed watch has stored and not judged is judged by the next one, though nothing more comes',
  { timeout: 120_000 },
  async () => {
    const controller = new AbortController();
    await inStore('not-judged', NOW, async (workspace) => {
      const reading = workspace.recon.importTelemetry([join(folder, 'whole')], {
        stdin: Readable.from([]),
        signal: controller.signal,
      });
      for await (const _ of reading);
    });
    const logs = join(folder, 'silent-logs');
    mkdirSync(logs);
    const missing = new Set(batch.map((text) => (JSON.parse(text) as Episode).id));
    await inStore('not-judged', NOW, async (workspace) => {
      const events = workspace.recon.watchTelemetry([logs], {
        stdin: Readable.from([]),
        signal: controller.signal,
        once: false,
      });
      for await (const event of events) {
        if (event.kind === 'episode') missing.delete(event.episode.id);
        if (missing.size === 0) break;
      }
    });
    expect([...missing]).toEqual([]);
  },
);

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
      const step = async (): Promise<void> => {
        writer.writeTo((kill + dice.unit()) / KILLS);
        if (dice.chance(0.04)) writer.rotate();
        await pause(dice.int(1, 100));
      };
      // Half of them at any moment from the start on, half of them once it is at work.
      if (dice.chance(0.5)) while (output.length === said && child.exitCode === null) await step();
      const until = performance.now() + dice.int(0, 2000);
      while (performance.now() < until) await step();
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
