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
const HOSTS = 1000;

interface Expected {
  readonly id: string;
  readonly sha256: string;
  readonly hosts: number;
  readonly openPorts: number;
}

let directory: string;
/** The scan, and what is in it. */
let xml: string;
let content: Omit<Expected, 'id' | 'sha256'>;
/** What every file of the test holds, by its identifier. */
const expected = new Map<string, Expected>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kill-'));
  const scan = generateEstate({ hosts: HOSTS, weeks: 1, seed: 11 }).scans[0]!;
  xml = [...scan.xml].join('');
  const hosts = [...scan.hosts()];
  content = {
    hosts: new Set(hosts.map((host) => host.address)).size,
    openPorts: hosts.flatMap((host) => host.ports.filter((port) => port.state === 'open')).length,
  };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A file that nobody has imported yet: the scan, with a comment behind it that makes its digest another. */
async function fresh(name: string): Promise<string> {
  const path = join(directory, `${name}.xml`);
  await writeFile(path, `${xml}\n<!-- ${name} -->\n`);
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  const id = sha256.slice(0, 16);
  expected.set(id, { id, sha256, ...content });
  return path;
}

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
    const file = expected.get(one.id);
    expect(one).toEqual({
      id: file?.id,
      hosts: file?.hosts,
      openPorts: file?.openPorts,
      rawSha256: file?.sha256,
    });
  }
}

test(
  `killed ${KILLS} times in mid-import, the history opens, shows no half scan, and the import completes`,
  async () => {
    const { importMs } = await run([await fresh('first')]);
    const killed: string[] = [];
    let cutShort = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const path = await fresh(`kill-${kill}`);
      killed.push(path);
      // What this kill left is seen, and checked, by the next process.
      const { imported } = await run([path], Math.random() * importMs * 1.1);
      if (imported === 0) cutShort += 1;
    }
    const before = (await run([])).visible.length;
    expect((await run(killed)).imported).toBe(KILLS);
    const { visible } = await run([]);
    expect(visible.map((one) => one.id).toSorted()).toEqual([...expected.keys()].toSorted());
    console.log(
      `${KILLS} kills: ${cutShort} before the import said it was done, ${before - 1} files whole all the same; then all ${visible.length} whole`,
    );
  },
  KILLS * 20_000 + 60_000,
);
