import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateEstate } from '../../src/estate/estate.ts';
import type { VisibleRun } from './history-process.ts';

/** Kills in this run. 100 of them take several minutes: TIDEMARK_KILLS=100 npx vitest run test/import/kill.test.ts */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 6);
const FILES = 4;
const HOSTS = 1500;

interface Expected {
  readonly id: string;
  readonly sha256: string;
  readonly hosts: number;
  readonly openPorts: number;
}

let directory: string;
const files = new Map<string, Expected>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kill-'));
  for (const scan of generateEstate({ hosts: HOSTS, weeks: FILES, seed: 11 }).scans) {
    const path = join(directory, scan.name);
    await writeFile(path, [...scan.xml].join(''));
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const hosts = [...scan.hosts()];
    const open = hosts.flatMap((host) => host.ports.filter((port) => port.state === 'open'));
    files.set(path, {
      id: sha256.slice(0, 16),
      sha256,
      hosts: new Set(hosts.map((host) => host.address)).size,
      openPorts: open.length,
    });
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What one process saw before it imported, and how long the import then took, in ms. */
interface Outcome {
  readonly visible: readonly VisibleRun[];
  readonly imported: number;
  readonly importMs: number;
}

/** Runs the process; kills it `after` ms into its import when that is given. */
async function run(paths: readonly string[], after?: number): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      resolve(import.meta.dirname, 'history-process.ts'),
      join(directory, 'history'),
      ...paths,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: resolve(import.meta.dirname, '../..') },
  );
  const lines: string[] = [];
  let errors = '';
  let began = 0;
  let ended = 0;
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let timer: NodeJS.Timeout | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    ended = performance.now();
    if (lines.length > 1) return;
    began = ended;
    if (after !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), after);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((done) => {
    child.on('close', (exit, by) => done([exit, by]));
  });
  clearTimeout(timer);
  if (signal === null && code !== 0) throw new Error(`exit ${code}: ${errors}`);
  const { visible, problems } = JSON.parse(lines[0] ?? '') as { visible: VisibleRun[]; problems: unknown[] };
  expect(problems).toEqual([]);
  expectWhole(visible);
  return { visible, imported: lines.length - 1, importMs: ended - began };
}

function expectWhole(visible: readonly VisibleRun[]): void {
  for (const one of visible) {
    const expected = [...files.values()].find((file) => file.id === one.id);
    expect(one).toEqual({
      id: expected?.id,
      hosts: expected?.hosts,
      openPorts: expected?.openPorts,
      rawSha256: expected?.sha256,
    });
  }
}

test(
  `killed ${KILLS} times in mid-import, the history opens, shows no half scan, and the import completes`,
  async () => {
    const paths = [...files.keys()];
    const { importMs } = await run(paths.slice(0, 1));
    let cutShort = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      // What this kill left is seen, and checked, by the next process.
      const { imported } = await run([paths[1 + (kill % (FILES - 1))]!], Math.random() * importMs * 1.3);
      if (imported === 0) cutShort += 1;
    }
    expect((await run(paths)).imported).toBe(FILES);
    const { visible } = await run([]);
    expect(visible.map((one) => one.id).toSorted()).toEqual(
      [...files.values()].map((file) => file.id).toSorted(),
    );
    console.log(`${KILLS} kills, ${cutShort} of them before the commit`);
  },
  KILLS * 20_000 + 60_000,
);
