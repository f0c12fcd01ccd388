import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Vitest global setup: the tests of the command line run what users run, so it is built first (when a source changed). */
export function setup(): void {
  const script = join(import.meta.dirname, '..', 'scripts', 'build.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}
