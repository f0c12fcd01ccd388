import { spawn } from 'node:child_process';
import { constants, closeSync, openSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** One run of a command. */
export interface Measurement {
  /** Seconds. */
  readonly wall: number;
  /** User and system CPU seconds of the command and the children it waited for. */
  readonly cpu: number;
  /** Peak resident set of the largest process, in bytes. */
  readonly peak: number;
  /** Exit status; -1 when a signal ended it. */
  readonly status: number;
}

/** What GNU-less systems have: a Python one-liner that runs the command and reports its rusage. */
const WRAPPER = `
import json, os, resource, subprocess, sys, time
started = time.monotonic()
status = subprocess.call(sys.argv[2:])
wall = time.monotonic() - started
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], 'w') as out:
    json.dump({'wall': wall, 'cpu': usage.ru_utime + usage.ru_stime, 'peak': usage.ru_maxrss * 1024, 'status': status}, out)
`;

/**
 * Runs a command to its end with its output thrown away (or sent to a file) and says what it cost.
 * Needs python3, which ndiff needs too: Node tells no rusage of a child, and the peak of a
 * process can only be asked of the system that ran it.
 */
export async function measureOnce(
  command: readonly string[],
  options: { readonly stdout?: string; readonly reportTo: string },
): Promise<Measurement> {
  const out = openSync(
    options.stdout ?? '/dev/null',
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  );
  try {
    const started = performance.now();
    const child = spawn('python3', ['-c', WRAPPER, options.reportTo, ...command], {
      stdio: ['ignore', out, 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        resolve();
      });
    });
    const parsed = JSON.parse(readFileSync(options.reportTo, 'utf8')) as Measurement;
    return { ...parsed, wall: Math.min(parsed.wall, (performance.now() - started) / 1e3) };
  } finally {
    closeSync(out);
  }
}

/** The median run (by wall time) of several. */
export async function measure(
  command: readonly string[],
  options: { readonly runs: number; readonly stdout?: string; readonly reportTo: string },
): Promise<Measurement> {
  const runs: Measurement[] = [];
  for (let index = 0; index < options.runs; index += 1) runs.push(await measureOnce(command, options));
  const sorted = runs.toSorted((a, b) => a.wall - b.wall);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new RangeError('at least one run is needed');
  return median;
}

/** `12.34 s`, `0.047 s`. */
export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < 1 ? 3 : 2)} s`;
}

/** `182 MB`, in units of 1,000,000 bytes. */
export function formatBytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Columns under a heading, padded to the widest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
