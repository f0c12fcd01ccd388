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
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watch } from '../../src/recon/flow/watch.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { numberedLine, NumberStore, numberPorts } from './number-store.ts';

/** Random histories of each target in this run. TIDEMARK_ROTATIONS=2000 npx vitest run test/recon/watch-rotation.test.ts */
const HISTORIES = Number(process.env['TIDEMARK_ROTATIONS'] ?? 20);

/** Called before every look at the disk that the follower takes: what the world does between two of them. */
const disk = vi.hoisted(() => ({ look: (): void => {} }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const seen = <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      disk.look();
      return call(...args);
    };
  };
  const open = async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
    const handle = await real.open(...args);
    return new Proxy(handle, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        return name === 'read' || name === 'stat' ? seen(bound) : bound;
      },
    });
  };
  return { ...real, open: seen(open), stat: seen(real.stat), readdir: seen(real.readdir) };
});

/** What a program and logrotate do, in steps that something may come between. */
type Step =
  | { readonly kind: 'append'; readonly lines: number }
  /** The beginning of a line, whose end comes with the next lines. */
  | { readonly kind: 'half'; readonly bytes: number }
  | { readonly kind: 'rotate'; readonly how: 'copy' | 'rename' }
  /** The newest rotated one that is not compressed yet. */
  | { readonly kind: 'compress' }
  /** The oldest one that rotation kept is deleted. */
  | { readonly kind: 'drop' };

/** One life of a watch: what happened before it, what happens under its hands, how it ends. */
interface Life {
  readonly before: readonly Step[];
  /** Before which look at the disk, counted from its start or from the one before, a part of a step happens. */
  readonly during: readonly { readonly after: number; readonly step: Step }[];
  /** It ends when it has read everything, by itself; or goes on until something ends it. */
  readonly once: boolean;
  /** What ends it, and after how many looks at the disk. */
  readonly end: { readonly how: 'kill' | 'stop'; readonly after: number };
  readonly flushMilliseconds: number;
  /** What is still is closed, so that readers give what they hold. */
  readonly rest: boolean;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-rotation-'));
});
afterEach(() => {
  disk.look = () => {};
  rmSync(folder, { recursive: true, force: true });
});

/** A log of numbered lines, its rotated files, and what is in which of them. */
class World {
  readonly #path: string;
  /** Rotated files, the newest (number 1) first. */
  #rotated: { compressed: boolean; numbers: number[] }[] = [];
  #numbers: number[] = [];
  #rest = '';
  written = 0;
  /** Numbers in files that were deleted, with what was stored of them by then. */
  readonly dropped: number[] = [];
  readonly #stored: () => readonly number[];

  constructor(path: string, stored: () => readonly number[]) {
    this.#path = path;
    this.#stored = stored;
  }

  /** The parts of a step, each of which is one change of the disk. */
  *parts(step: Step): Generator<undefined, void> {
    switch (step.kind) {
      case 'append':
        this.#append(step.lines);
        yield;
        break;
      case 'half': {
        if (this.#rest !== '') break;
        const text = numberedLine(this.written);
        this.#numbers.push(this.written);
        this.written += 1;
        appendFileSync(this.#path, text.slice(0, step.bytes));
        this.#rest = text.slice(step.bytes);
        yield;
        break;
      }
      case 'rotate':
        yield* this.#rotate(step.how);
        break;
      case 'compress':
        yield* this.#compress();
        break;
      case 'drop': {
        const oldest = this.#rotated.pop();
        if (oldest === undefined) break;
        const stored = new Set(this.#stored());
        rmSync(this.#name(this.#rotated.length + 1, oldest.compressed));
        this.dropped.push(...oldest.numbers.filter((number) => !stored.has(number)));
        yield;
        break;
      }
      default:
        step satisfies never;
    }
  }

  /** A step as a whole, while nobody looks. */
  do(step: Step): void {
    finish(this.parts(step));
  }

  #append(lines: number): void {
    let text = this.#rest;
    this.#rest = '';
    for (let count = 0; count < lines; count += 1) {
      text += numberedLine(this.written);
      this.#numbers.push(this.written);
      this.written += 1;
    }
    appendFileSync(this.#path, text);
  }

  #name(number: number, compressed: boolean): string {
    return `${this.#path}.${number}${compressed ? '.gz' : ''}`;
  }

  *#rotate(how: 'copy' | 'rename'): Generator<undefined, void> {
    if (this.#numbers.length === 0) return;
    if (this.#rest !== '') this.#append(0);
    for (let number = this.#rotated.length; number > 0; number -= 1) {
      const compressed = this.#rotated[number - 1]?.compressed === true;
      renameSync(this.#name(number, compressed), this.#name(number + 1, compressed));
      yield;
    }
    const newest = this.#name(1, false);
    if (how === 'rename') renameSync(this.#path, newest);
    else {
      const content = readFileSync(this.#path);
      writeFileSync(newest, '');
      yield;
      writeFileSync(newest, content.subarray(0, content.length / 2));
      yield;
      copyFileSync(this.#path, newest);
      yield;
      truncateSync(this.#path);
    }
    this.#rotated.unshift({ compressed: false, numbers: this.#numbers });
    this.#numbers = [];
    yield;
  }

  *#compress(): Generator<undefined, void> {
    const index = this.#rotated.findIndex(({ compressed }) => !compressed);
    const file = this.#rotated[index];
    if (file === undefined) return;
    const plain = this.#name(index + 1, false);
    const compressed = gzipSync(readFileSync(plain));
    writeFileSync(`${plain}.gz`, compressed.subarray(0, compressed.length / 2));
    yield;
    writeFileSync(`${plain}.gz`, compressed);
    yield;
    rmSync(plain);
    file.compressed = true;
    yield;
  }
}

function finish(parts: Generator<undefined, void>): void {
  while (parts.next().done !== true);
}

class Killed extends Error {}

/** A watch from its start to its end; problems that it told. */
async function live(target: string, store: NumberStore, world: World, life: Life): Promise<string[]> {
  for (const step of life.before) world.do(step);
  const stop = new AbortController();
  let looks = 0;
  let killed = false;
  const waiting = [...life.during];
  let wait = waiting[0]?.after ?? 0;
  let parts: Generator<undefined, void> | undefined;
  const next = (): void => {
    if (parts === undefined) {
      const first = waiting.shift();
      if (first === undefined) return;
      parts = world.parts(first.step);
    }
    if (parts.next().done === true) parts = undefined;
    wait = parts === undefined ? (waiting[0]?.after ?? 0) : 1;
  };
  disk.look = () => {
    looks += 1;
    wait -= 1;
    if (wait < 0) next();
    if (looks < life.end.after) return;
    if (life.end.how === 'kill') killed = true;
    stop.abort();
  };
  const alive = (): void => {
    if (killed) throw new Killed();
  };
  const ports = numberPorts(store);
  const mortal = {
    ...ports,
    clock: () => fromMillis(looks),
    open: (file: Parameters<typeof ports.open>[0]) => {
      const input = ports.open(file);
      const flush = input.flush.bind(input);
      const end = input.end.bind(input);
      input.flush = () => (alive(), flush());
      input.end = () => (alive(), end());
      return input;
    },
    saveCheckpoints: async (checkpoints: Parameters<typeof ports.saveCheckpoints>[0]) => {
      alive();
      await ports.saveCheckpoints(checkpoints);
    },
  };
  const problems: string[] = [];
  const options = {
    signal: stop.signal,
    checkpoints: store.checkpoints,
    latenessSeconds: 0,
    flushMilliseconds: life.flushMilliseconds,
    once: life.once,
    pollMilliseconds: 1,
    // Of files that are being made the end must not be believed at once.
    quietMilliseconds: life.during.some(({ step }) => step.kind === 'rotate' || step.kind === 'compress')
      ? 10_000
      : 0,
    settleMilliseconds: 0,
    restMilliseconds: life.rest ? 0 : 600_000,
  };
  try {
    for await (const event of watch([target], mortal, options)) {
      if (killed) break;
      if (event.kind === 'problem') problems.push(event.problem.code);
    }
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  disk.look = () => {};
  // What was begun is ended, and what had no time comes while nobody looks.
  if (parts !== undefined) finish(parts);
  for (const { step } of waiting) world.do(step);
  return problems;
}

const UNTOUCHED: Life = {
  before: [],
  during: [],
  once: true,
  end: { how: 'stop', after: Number.POSITIVE_INFINITY },
  flushMilliseconds: 0,
  rest: false,
};

/** The lives of a watch one after the other; what is missing in the end, and what was said. */
async function told(
  target: string,
  lives: readonly Life[],
): Promise<{ lost: number[]; excused: number[]; problems: string[] }> {
  const at = mkdtempSync(join(folder, 'history-'));
  mkdirSync(join(at, 'logs'));
  const store = new NumberStore(at);
  const world = new World(join(at, 'logs/eve.json'), () => store.numbers);
  const problems: string[] = [];
  // The first one sees the log: what was rotated away before is not its business.
  const first: Life = { ...UNTOUCHED, before: [{ kind: 'append', lines: 10 }] };
  for (const life of [first, ...lives]) problems.push(...(await live(join(at, target), store, world, life)));
  const last: Life = { ...UNTOUCHED, before: [{ kind: 'append', lines: 1 }], rest: true };
  problems.push(...(await live(join(at, target), store, world, last)));
  const stored = new Set(store.numbers);
  expect(store.numbers.some((number) => Number.isNaN(number))).toBe(false);
  const missing = Array.from({ length: world.written }, (_, number) => number).filter((n) => !stored.has(n));
  const dropped = new Set(world.dropped);
  expect(existsSync(join(at, 'checkpoints'))).toBe(true);
  return {
    lost: missing.filter((number) => !dropped.has(number)),
    excused: missing.filter((number) => dropped.has(number)),
    problems,
  };
}

const append = fc.record({ kind: fc.constant('append' as const), lines: fc.integer({ min: 1, max: 30 }) });
const half = fc.record({ kind: fc.constant('half' as const), bytes: fc.integer({ min: 1, max: 100 }) });
const rotate = fc.record({
  kind: fc.constant('rotate' as const),
  how: fc.constantFrom('copy' as const, 'rename' as const),
});
const compress = fc.constant({ kind: 'compress' as const });
const drop = fc.constant({ kind: 'drop' as const });
const keeping = fc.oneof(
  { weight: 4, arbitrary: append },
  { weight: 2, arbitrary: half },
  { weight: 4, arbitrary: rotate },
  { weight: 1, arbitrary: compress },
);
const dropping = fc.oneof({ weight: 6, arbitrary: keeping }, { weight: 1, arbitrary: drop });

function livesOf(step: fc.Arbitrary<Step>): fc.Arbitrary<Life[]> {
  const life = fc.record({
    before: fc.array(step, { maxLength: 6 }),
    during: fc.array(fc.record({ after: fc.nat({ max: 30 }), step }), { maxLength: 4 }),
    once: fc.boolean(),
    end: fc.record({ how: fc.constantFrom('kill' as const, 'stop' as const), after: fc.nat({ max: 100 }) }),
    flushMilliseconds: fc.constantFrom(0, 5, 1_000_000),
    rest: fc.boolean(),
  });
  return fc.array(life, { minLength: 1, maxLength: 4 });
}

describe.each([
  { what: 'the file', target: 'logs/eve.json' },
  { what: 'its directory', target: 'logs' },
])('a watch of $what', ({ target }) => {
  test(
    'loses nothing, and tells of no loss, however the log is rotated and the watch is killed',
    { timeout: 60_000 + HISTORIES * 1000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(livesOf(keeping), async (all) => {
          expect(await told(target, all)).toEqual({ lost: [], excused: [], problems: [] });
        }),
        { numRuns: HISTORIES, endOnFailure: true },
      );
    },
  );

  test(
    'loses only what was deleted before it was stored, and tells of it',
    { timeout: 60_000 + HISTORIES * 1000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(livesOf(dropping), async (all) => {
          const { lost, excused, problems } = await told(target, all);
          expect(lost).toEqual([]);
          if (excused.length > 0) expect(problems).not.toEqual([]);
        }),
        { numRuns: HISTORIES, endOnFailure: true },
      );
    },
  );
});
