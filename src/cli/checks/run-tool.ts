import { spawn } from 'node:child_process';

/** What became of a program that was run. */
export type ToolResult =
  | {
      readonly kind: 'ended';
      readonly status: number | undefined;
      /** The signal that ended it, when one did. */
      readonly signal: string | undefined;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' };

/** Characters kept of each stream: enough for any version line, and a bound on a program gone wild. */
const MAX_OUTPUT = 65_536;

/** Runs a program without a shell, with a deadline in milliseconds, and gathers what it says. */
export async function runTool(
  file: string,
  args: readonly string[],
  options: { readonly timeout: number; readonly input?: string },
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(file, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A program that ends without reading is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
    let stdout = '';
    let stderr = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.timeout);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout = (stdout + chunk).slice(0, MAX_OUTPUT);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(0, MAX_OUTPUT);
    });
    child.on('error', () => {
      clearTimeout(timer);
      resolve({ kind: 'missing' });
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (late) resolve({ kind: 'timeout' });
      else
        resolve({ kind: 'ended', status: status ?? undefined, signal: signal ?? undefined, stdout, stderr });
    });
  });
}
