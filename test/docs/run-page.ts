import { spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MAIN } from '../cli/tidemark.ts';
import { readPage, type FencedBlock } from './markdown.ts';
import { ROOT } from './pages.ts';

/** A block that a page shows and a test does not run. */
export interface NotRun {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** Whether a block is one of commands. */
export function isOfCommands(block: FencedBlock): boolean {
  return block.language === 'sh' || block.language === 'console';
}

/** Blocks of commands that say of themselves that they are not run, and why. */
export function notRunOf(text: string): readonly NotRun[] {
  return readPage(text)
    .blocks.filter((block) => isOfCommands(block) && block.attributes.has('norun'))
    .map((block) => ({
      line: block.line,
      reason: block.attributes.get('reason') ?? '',
      text: block.text,
    }));
}

/** A command of a block, and the output that the page shows for it; undefined where it shows none. */
interface Step {
  readonly command: string;
  readonly status: number;
  readonly shown: readonly string[] | undefined;
}

/**
 * The steps of a block. `sh` is one step. In `console` a line `$ …` begins a step, `> …` goes on with it, and what follows
 * is what it prints. `exit=1` is the status of the last command; every other ends with 0.
 */
function stepsOf(block: FencedBlock): readonly Step[] {
  const status = Number(block.attributes.get('exit') ?? '0');
  if (block.language === 'sh') return [{ command: block.text, status, shown: undefined }];
  const steps: { command: string; shown: string[] }[] = [];
  for (const line of block.text.replace(/\n$/, '').split('\n')) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: `${line.slice(2)}\n`, shown: [] });
    else if (last === undefined) throw new Error(`line ${block.line}: a console block begins with "$ "`);
    else if (line.startsWith('> ') && last.shown.length === 0) last.command += `${line.slice(2)}\n`;
    else last.shown.push(line);
  }
  return steps.map(({ command, shown }, index) => ({
    command,
    status: index === steps.length - 1 ? status : 0,
    shown,
  }));
}

/**
 * What differs from run to run without meaning anything, put into one form: the fresh folder, dates with times of day, the
 * time that something took, identifiers and digests (which other commands of the page use as shown),
 * processes, sizes, our own version.
 */
export function normalise(text: string, folder: string): readonly string[] {
  return text
    .replaceAll(folder, '/srv/tidemark')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, '<time>')
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, '<duration>')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
    .replaceAll(/\b(?:[0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{16}|[0-9a-f]{64})\b/g, '<id>')
    .replaceAll(/\bprocess \d+/g, 'process <pid>')
    .replaceAll(/\b(tidemark[ |])\d+\.\d+\.\d+\b/gi, '$1<version>')
    .replaceAll(/\b\d+(?:\.\d+)? (?:[kMGT]?B)\b/g, '<size>')
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Whether lines are those shown, where a line of `…` alone stands for any number of lines. */
export function isAsShown(printed: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first.trim() !== '…') return printed[0] === first && isAsShown(printed.slice(1), rest);
  return Array.from({ length: printed.length + 1 }, (_, skip) => skip).some((skip) =>
    isAsShown(printed.slice(skip), rest),
  );
}

/** What went wrong with a block: nothing, or a text for whoever reads the failed test. */
export interface BlockResult {
  readonly line: number;
  readonly wrong: string;
}

/** How a page is run. */
export interface PageRun {
  /** The page, from the repository. */
  readonly text: string;
  /** A folder that is copied as the beginning, where a page takes something for granted. */
  readonly from?: string | undefined;
  /** Environment variables besides those of every page: addresses of servers that the test has started. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Takes what console blocks print, by the line of the block, where that is not what is shown; then it is no error. */
  readonly printedInstead?: Map<number, string> | undefined;
}

/**
 * Runs the blocks of a page in order, in a fresh folder, with `tidemark` in the PATH and examples/ beside it. Stops at the first
 * block that fails: what follows builds on it. Variables and the working directory carry over from block to block,
 * as in a terminal. A `yaml file=NAME` block (or any with `file=`) is written to that file instead.
 */
export async function runPage(run: PageRun): Promise<readonly BlockResult[]> {
  const folder = freshFolder(run.from);
  const groups: number[] = [];
  const results: BlockResult[] = [];
  try {
    for (const block of readPage(run.text).blocks) {
      const file = block.attributes.get('file');
      if (file !== undefined) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), block.text);
        continue;
      }
      if (!isOfCommands(block) || block.attributes.has('norun')) continue;
      const steps = stepsOf(block);
      const printed: string[] = [];
      for (const step of steps) {
        const ended = await runStep(step, folder, groups, run.env);
        printed.push(`$ ${step.command.trimEnd().replaceAll('\n', '\n> ')}`, ...ended.printed);
        if (ended.differs && run.printedInstead !== undefined) continue;
        results.push({ line: block.line, wrong: ended.wrong });
        if (ended.wrong !== '') return results;
      }
      if (printed.join('\n') !== block.text.trimEnd() && block.language === 'console')
        run.printedInstead?.set(block.line, printed.join('\n'));
    }
    return results;
  } finally {
    for (const group of groups) endGroup(group);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A folder with `tidemark` in bin/ and the examples; a copy of `from` where one is given. */
export function freshFolder(from?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-docs-'));
  if (from !== undefined) cpSync(from, folder, { recursive: true, verbatimSymlinks: true });
  else {
    mkdirSync(join(folder, '.bin'));
    writeFileSync(join(folder, '.bin', 'tidemark'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, {
      mode: 0o755,
    });
    symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'));
  }
  return folder;
}

/** How a step ended. */
interface StepResult {
  /** What is wrong with how it ended or what it printed; empty when nothing is. */
  readonly wrong: string;
  /** Whether only the output is another than is shown. */
  readonly differs: boolean;
  /** What stands for it on the page: as shown where that holds, else as printed. */
  readonly printed: readonly string[];
}

async function runStep(
  step: Step,
  folder: string,
  groups: number[],
  env: PageRun['env'],
): Promise<StepResult> {
  const { status, output } = await runShell(step.command, folder, groups, env);
  if (status !== step.status) {
    const wrong = `${step.command}ended with ${status}, not with ${step.status}:\n${output}`;
    return { wrong, differs: false, printed: [] };
  }
  const { shown } = step;
  const isTrue =
    shown === undefined || isAsShown(normalise(output, folder), normalise(shown.join('\n'), folder));
  if (isTrue) return { wrong: '', differs: false, printed: shown ?? [] };
  return {
    wrong: `${step.command}printed something else than is shown:\n${output}`,
    differs: true,
    printed: output === '' ? [] : output.replaceAll(folder, '/srv/tidemark').trimEnd().split('\n'),
  };
}

/** Runs commands as a terminal in the folder would, and answers when the last has ended; what was left running goes on. */
export async function runShell(
  commands: string,
  folder: string,
  groups: number[],
  more: PageRun['env'] = {},
): Promise<{ readonly status: number | null; readonly output: string }> {
  const state = join(folder, '.shell-state');
  const file = join(folder, '.shell-output');
  const script = [
    'set -aeo pipefail',
    `if [ -f '${state}' ]; then . '${state}'; fi`,
    `trap '{ export -p; printf "cd %q\\n" "$PWD"; } > "${state}"' EXIT`,
    commands,
  ].join('\n');
  const out = openSync(file, 'w');
  // A group of its own, so that what a page leaves running is ended with it. Files, not pipes: nothing holds the end up.
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    detached: true,
    env: {
      PATH: `${join(folder, '.bin')}:${process.env['PATH']}`,
      HOME: folder,
      LANG: 'C.UTF-8',
      // Whoever runs the tests, the pages name the same person.
      SUDO_USER: 'alice',
      TMPDIR: tmpdir(),
      ...more,
    },
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  if (child.pid !== undefined) groups.push(child.pid);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  return { status, output: readFileSync(file, 'utf8') };
}

/** Ends what a block left running. */
export function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
