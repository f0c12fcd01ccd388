import type { LoadedConfig } from '../config/load.ts';
import type { Clock } from '../time/instant.ts';
import type { Readable } from 'node:stream';
import type { Outlet, Print } from './print.ts';
import type { Progress } from './progress.ts';
import type { Interruption } from './signals.ts';

/** 0 nothing of note, 1 findings or differences, 2 the command failed. Part of the interface: scripts rely on it. */
export type ExitStatus = 0 | 1 | 2;

/** What a process is given from outside; tests give something else. */
export interface Process {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** See Interruption; absent where there are no signals. */
  readonly takeOver?: Interruption['takeOver'];
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Seconds to wait for a data folder that another process has open. */
  readonly wait?: number;
  /** False for --no-color. */
  readonly color: boolean;
}

/** One run of one command: where it prints, what it may use, when to stop. */
export interface Call {
  /** Version of this program. */
  readonly version: string;
  readonly process: Process;
  readonly options: GlobalOptions;
  readonly print: Print;
  readonly progress: Progress;
  /** Finds and checks the configuration; loaded only by commands that ask. */
  readonly loadConfig: () => Promise<LoadedConfig>;
}

/** How a command's action runs its work: sets up the Call, keeps the exit status. */
export type Run = (work: (call: Call) => Promise<ExitStatus>) => Promise<void>;
