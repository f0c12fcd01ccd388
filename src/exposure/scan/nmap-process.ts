import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../fault/fault.ts';
import type { Source, SourceSummary } from '../model/source.ts';
import type { NmapCommand } from './argv.ts';
import { Masker } from './mask.ts';
import { ProgressReader, type ScanProgress } from './scan-progress.ts';
import { offerSecret } from './secret-pipe.ts';

/** Why a scan was ended before it was through. */
export type ScanStop = 'interrupted' | 'window-closed' | 'stalled';

/** How a run of Nmap ended. */
export interface NmapEnd {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly stopped: ScanStop | undefined;
  /** What Nmap wrote to standard error, the first lines of it. Escape before printing. */
  readonly warnings: readonly string[];
}

/** What a run of Nmap needs besides its arguments. */
export interface NmapSetting {
  readonly executable: string;
  /** Where to find the executable when it is a bare name. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Milliseconds from now after which the scan must be over. */
  readonly milliseconds: number;
  /** Milliseconds without a word from Nmap after which it is taken for dead; it speaks every second. */
  readonly stallAfter: number;
  /** Script arguments that are secret: they go through a pipe, and are replaced wherever Nmap repeats them. */
  readonly secrets?: readonly ScriptSecret[];
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** A script argument that nobody may read. */
export interface ScriptSecret {
  readonly name: string;
  readonly value: string;
}

/** Milliseconds that Nmap gets to end by itself after SIGINT. */
const GRACE = 5_000;
const WARNINGS_KEPT = 100;
const WARNING_LENGTH = 500;
/** setTimeout takes 32 bits of milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Nmap as a source of scan output, importable while it is being written. No shell; an environment of our own, so that
 * neither NMAPDIR nor a file in somebody's home changes what is run; a process group of its own, so that a Ctrl-C reaches
 * Nmap through us alone and what was done is kept. Nmap writes every second and ends by itself when we are gone.
 */
export class NmapProcess implements Source {
  readonly name: string;
  readonly bytesOnDisk = undefined;
  readonly rereadable = false;
  bytesRead = 0;
  readonly #command: NmapCommand;
  readonly #setting: NmapSetting;
  readonly #hash = createHash('sha256');
  readonly #progress: ProgressReader;
  #stopped: ScanStop | undefined;
  #end: NmapEnd | undefined;

  constructor(name: string, command: NmapCommand, setting: NmapSetting) {
    this.name = name;
    this.#command = command;
    this.#setting = setting;
    this.#progress = new ProgressReader(setting.onProgress ?? (() => undefined));
  }

  /** How it ended; undefined before `chunks()` has. */
  get end(): NmapEnd | undefined {
    return this.#end;
  }

  summary(): SourceSummary {
    if (this.#end === undefined) throw new Error('the scan has not ended');
    return {
      sha256: this.#hash.copy().digest('hex'),
      bytes: this.bytesRead,
      compression: 'none',
      problems: [],
    };
  }

  /** Starts Nmap and gives what it writes. Throws a Fault `scan/no-nmap` when it cannot be started. May be called once. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { secrets = [] } = this.#setting;
    const pipe = secrets.length === 0 ? undefined : await offerSecret(argumentsFile(secrets));
    try {
      yield* this.#run(
        pipe?.path,
        secrets.map(({ value }) => value),
      );
    } finally {
      await pipe?.close();
    }
  }

  async *#run(argumentsPath: string | undefined, secrets: readonly string[]): AsyncGenerator<Uint8Array> {
    const masker = new Masker(secrets);
    const child = this.#start(argumentsPath);
    const ended = endOf(child);
    const warnings = gatherWarnings(child.stderr!, masker);
    const watch = this.#watch(child);
    try {
      for await (const chunk of child.stdout!) {
        watch.heard();
        yield* this.#given(masker.push(chunk as Buffer));
      }
      yield* this.#given(masker.end());
      const { status, error } = await ended;
      if (error !== undefined) throw notStarted(this.#setting.executable, error);
      this.#end = { status, stopped: this.#stopped, warnings: await warnings };
    } finally {
      watch.stop();
      kill(child, 'SIGKILL');
    }
  }

  /** Counts what is given on. */
  *#given(bytes: Buffer): Generator<Uint8Array> {
    if (bytes.length === 0) return;
    this.bytesRead += bytes.length;
    this.#hash.update(bytes);
    this.#progress.push(bytes);
    yield bytes;
  }

  #start(argumentsPath: string | undefined): ChildProcess {
    const argv = [
      ...(argumentsPath === undefined ? [] : ['--script-args-file', argumentsPath]),
      ...this.#command.argv,
    ];
    const child = spawn(this.#setting.executable, argv, {
      stdio: [this.#command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { PATH: this.#setting.path, LC_ALL: 'C', HOME: '/nonexistent' },
      cwd: '/',
      detached: true,
    });
    write(child.stdin, this.#command.stdin);
    return child;
  }

  /** Ends the scan when it is told to, when its time is over, or when it has gone silent. */
  #watch(child: ChildProcess): { readonly heard: () => void; readonly stop: () => void } {
    const { signal, milliseconds, stallAfter } = this.#setting;
    const end = (why: ScanStop): void => {
      if (this.#stopped !== undefined) return;
      this.#stopped = why;
      void endGently(child);
    };
    const interrupt = (): void => end('interrupted');
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    const deadline = setTimeout(
      () => end('window-closed'),
      Math.min(Math.max(0, milliseconds), LONGEST_TIMER),
    );
    const stalled = setTimeout(() => end('stalled'), stallAfter);
    return {
      heard: () => void stalled.refresh(),
      stop: () => {
        clearTimeout(deadline);
        clearTimeout(stalled);
        signal.removeEventListener('abort', interrupt);
      },
    };
  }
}

/** SIGINT, on which Nmap ends at once; SIGKILL for one that does not. */
async function endGently(child: ChildProcess): Promise<void> {
  kill(child, 'SIGINT');
  await sleep(GRACE, undefined, { ref: false });
  kill(child, 'SIGKILL');
}

/** Ends the child's whole group: what was named as Nmap may be a script that starts it. */
function kill(child: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): void {
  if (child.pid === undefined || (child.exitCode !== null && signal === 'SIGINT')) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended.
  }
}

/** A file of script arguments (reference guide of 7.9x, "--script-args-file"): Lua strings in double quotes. */
function argumentsFile(secrets: readonly ScriptSecret[]): string {
  return `${secrets.map(({ name, value }) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}\n`;
}

function endOf(
  child: ChildProcess,
): Promise<{ readonly status: number | undefined; readonly error: Error | undefined }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: undefined, error }));
    child.once('close', (status) => resolve({ status: status ?? undefined, error: undefined }));
  });
}

/** A pipe whose reader went away is no failure of ours: its end is told otherwise. */
function write(pipe: Writable | null, text: string | undefined): void {
  pipe?.on('error', () => undefined);
  if (text !== undefined) pipe?.end(text);
}

/** The first lines of what Nmap wrote to standard error; none when it was never started. */
async function gatherWarnings(stderr: Readable, masker: Masker): Promise<readonly string[]> {
  const lines: string[] = [];
  let rest = '';
  const keep = (line: string): void => {
    if (line.trim() === '' || lines.length >= WARNINGS_KEPT) return;
    lines.push(masker.text(line).slice(0, WARNING_LENGTH));
  };
  try {
    for await (const chunk of stderr) {
      const parts = (rest + String(chunk)).split('\n');
      // Far longer than any line of Nmap's, and than any secret in it.
      rest = (parts.pop() ?? '').slice(0, 65_536);
      for (const line of parts) keep(line);
    }
  } catch {
    // The stream of a child that was never started is closed before its end.
  }
  keep(rest);
  return lines;
}

function notStarted(executable: string, cause: Error): Fault {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  return new Fault(
    'scan/no-nmap',
    missing ? `${executable} is not installed` : `${executable} cannot be started: ${cause.message}`,
    'Install nmap (apt install nmap, dnf install nmap, brew install nmap), or name it in exposure.nmap.',
    {},
    { cause },
  );
}
