import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../cli/tidemark.ts';

/** A line of the log. */
export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly message: string;
  readonly [field: string]: string | number | boolean;
}

/** What a daemon is started with besides its arguments. */
export interface Surroundings {
  /** Added to PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whom it runs as, where that is somebody else. */
  readonly uid?: number;
}

/** `tidemark serve` as a process of its own, as users start it. */
export class DaemonProcess {
  readonly child: ChildProcess;
  readonly log: Logged[] = [];
  /** Lines of standard error that are no log. */
  readonly noise: string[] = [];
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  #isEnded = false;

  private constructor(folder: string, args: readonly string[], { env, uid }: Surroundings) {
    this.child = spawn(process.execPath, [MAIN, 'serve', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    let rest = '';
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (status, signal) => {
        this.#isEnded = true;
        resolve({ status, signal });
      });
    });
  }

  /** Starts one in a folder with a tidemark.yaml, without HTTP unless asked; resolves when it serves. */
  static async start(
    folder: string,
    args: readonly string[] = ['--no-http'],
    surroundings: Surroundings = {},
  ): Promise<DaemonProcess> {
    const daemon = new DaemonProcess(folder, args, surroundings);
    await daemon.until('daemon.started');
    return daemon;
  }

  /** Starts one and does not wait. */
  static spawn(
    folder: string,
    args: readonly string[] = ['--no-http'],
    surroundings: Surroundings = {},
  ): DaemonProcess {
    return new DaemonProcess(folder, args, surroundings);
  }

  /** Waits for so many lines of an event; throws what was logged when the process ends before. */
  async until(event: string, count = 1): Promise<void> {
    await this.waitFor(() => this.log.filter((line) => line.event === event).length >= count, event);
  }

  /** Waits for a condition; throws what was logged when the process ends before. */
  async waitFor(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
    while (!(await check())) {
      if (this.#isEnded)
        throw new Error(
          `it ended before ${what}:\n${[...this.noise, ...this.log.map((line) => JSON.stringify(line))].join('\n')}`,
        );
      await sleep(25);
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): typeof this.ended {
    this.child.kill(signal);
    return this.ended;
  }

  /** Stops it however it is. */
  async end(): Promise<void> {
    if (!this.#isEnded) await this.kill();
  }

  #take(line: string): void {
    try {
      this.log.push(JSON.parse(line) as Logged);
    } catch {
      this.noise.push(line);
    }
  }
}
