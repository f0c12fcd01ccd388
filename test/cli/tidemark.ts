import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How one run of the built command line ended. */
export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as users start it. */
export const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

// The tests run what users run, so it is built first, when a source changed.
const built = spawnSync(process.execPath, [join(import.meta.dirname, '..', '..', 'scripts', 'build.mjs')], {
  encoding: 'utf8',
});
if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);

/** Characters that act on a terminal: controls but the line feed, and bidirectional overrides. */
export const ACTING = /(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u;

/** A folder of its own for a test, under the system's temporary folder. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
}

/** Runs `tidemark …` in a folder with nothing of the caller's environment but PATH; HOME is the folder. */
export async function tidemark(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly stdin?: string | Uint8Array },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'], HOME: options.cwd, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    // The program may end before it has read everything; that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status, signal, stdout, stderr });
    });
  });
}
