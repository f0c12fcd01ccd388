import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NumberStore, numberedLine } from './number-store.ts';

/** Kills of each case in this run. TIDEMARK_KILLS=50 npx vitest run test/recon/watch-kill.test.ts */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 4);

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-kill-'));
  mkdirSync(join(folder, 'logs'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a watch and resolves when it is at work. */
async function start(target: string, output: string[]): Promise<ChildProcess> {
  const script = resolve(import.meta.dirname, 'watch-child.ts');
  const started = spawn(process.execPath, ['--import', 'tsx', script, folder, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: resolve(import.meta.dirname, '../..'),
  });
  started.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  await once(started.stdout, 'data');
  return started;
}

/** A program that writes numbered lines to `logs/eve.json`, and rotates it. */
class Writer {
  readonly #path = join(folder, 'logs/eve.json');
  readonly #rotate: ((path: string, turn: number) => void) | undefined;
  written = 0;
  #turn = 0;
  #stopped = false;
  #done: Promise<void> | undefined;

  constructor(rotate?: (path: string, turn: number) => void) {
    this.#rotate = rotate;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      for (let burst = 0; burst < 25; burst += 1) {
        const text = numberedLine(this.written);
        // In two pieces, so that half lines are there to be seen.
        const cut = (this.written * 37) % text.length;
        appendFileSync(this.#path, text.slice(0, cut));
        if (this.written % 5 === 0) await pause(1);
        appendFileSync(this.#path, text.slice(cut));
        this.written += 1;
      }
      await pause(4);
      if (this.#rotate !== undefined && this.written % 300 === 0) {
        this.#turn += 1;
        this.#rotate(this.#path, this.#turn);
      }
    }
  }
}

/** `3-7, 9`. */
function ranges(numbers: readonly number[]): string {
  const all: [from: number, to: number][] = [];
  for (const number of numbers) {
    const last = all.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else all.push([number, number]);
  }
  return all.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

/** eve.json.1 becomes eve.json.2 and so on, as logrotate does it. */
function shift(path: string, from: number, suffix = ''): void {
  for (let number = from; number > 0; number -= 1) {
    if (existsSync(`${path}.${number}${suffix}`))
      renameSync(`${path}.${number}${suffix}`, `${path}.${number + 1}${suffix}`);
  }
}

const ROTATIONS: readonly {
  why: string;
  rotate: ((path: string, turn: number) => void) | undefined;
}[] = [
  { why: 'without rotation', rotate: undefined },
  {
    why: 'renamed, numbers shifted',
    rotate: (path, turn) => {
      shift(path, turn);
      renameSync(path, `${path}.1`);
    },
  },
  {
    why: 'renamed and compressed',
    rotate: (path, turn) => {
      shift(path, turn, '.gz');
      const content = readFileSync(path);
      renameSync(path, `${path}.1`);
      writeFileSync(`${path}.1.gz.part`, gzipSync(content));
      renameSync(`${path}.1.gz.part`, `${path}.1.gz`);
      rmSync(`${path}.1`);
    },
  },
  {
    why: 'copied and truncated',
    rotate: (path, turn) => {
      shift(path, turn);
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
    },
  },
];

describe.each([
  { what: 'the file', target: 'logs/eve.json' },
  { what: 'its directory', target: 'logs' },
])('a watch of $what, killed again and again', ({ target }) => {
  test.each(ROTATIONS)('$why: stores every line', { timeout: 60_000 + KILLS * 5_000 }, async ({ rotate }) => {
    const store = new NumberStore(folder);
    const output: string[] = [];
    const writer = new Writer(rotate);
    child = await start(join(folder, target), output);
    writer.start();
    while (store.numbers.length === 0) await pause(5);
    child.kill('SIGKILL');
    for (let kill = 0; kill < KILLS; kill += 1) {
      child = await start(join(folder, target), output);
      await pause(60 + ((kill * 97) % 300));
      child.kill('SIGKILL');
      await once(child, 'exit');
      await pause((kill * 53) % 120);
    }
    await writer.stop();
    child = await start(join(folder, target), output);
    const missing = (): number[] => {
      const stored = new Set(store.numbers);
      return Array.from({ length: writer.written }, (_, number) => number).filter(
        (number) => !stored.has(number),
      );
    };
    // The last line may be held by the reader until the end of the file; a stop gives up what it holds to the next start.
    for (let wait = 0; wait < 100 && missing().some((number) => number < writer.written - 12); wait += 1)
      await pause(50);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(ranges(missing().filter((number) => number < writer.written - 12))).toBe('');
    expect(store.numbers.filter((number) => Number.isNaN(number))).toEqual([]);
    expect(output.filter((text) => text !== 'watching\n')).toEqual([]);
    expect(writer.written).toBeGreaterThan(KILLS * 100);
  });
});
