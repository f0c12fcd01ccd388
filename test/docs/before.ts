import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endGroup, freshFolder, runShell } from './run-page.ts';

/**
 * What a page takes for granted, as commands that are run before it. A page that is not here begins with nothing: what it
 * needs, it shows.
 */
const BEFOREHAND = {
  /** Ten weeks of the lab, of which six were learned; the newest scan was assessed. */
  lab: `tidemark -q init --vantage lab > /dev/null
tidemark -q import examples/lab > /dev/null
tidemark -q baseline learn --first 6 --note 'quiet weeks' > /dev/null
tidemark -q assess > /dev/null || [ $? = 1 ]`,
  /** The same, and two days of an office's telemetry. */
  both: `tidemark -q init --vantage lab > /dev/null
tidemark -q import examples/lab > /dev/null
tidemark -q baseline learn --first 6 --note 'quiet weeks' > /dev/null
tidemark -q assess > /dev/null || [ $? = 1 ]
tidemark -q detect examples/telemetry/zeek > /dev/null || [ $? = 1 ]`,
} as const;

/** What a page may take for granted. */
export type Beforehand = keyof typeof BEFOREHAND;

const made = new Map<Beforehand, Promise<string>>();

/** A folder in which that has been done; made once, copied by whoever uses it. */
export async function prepared(what: Beforehand): Promise<string> {
  const there = made.get(what);
  if (there !== undefined) return there;
  const making = make(what);
  made.set(what, making);
  return making;
}

async function make(what: Beforehand): Promise<string> {
  const folder = freshFolder();
  const groups: number[] = [];
  const { status, output } = await runShell(BEFOREHAND[what], folder, groups);
  for (const group of groups) endGroup(group);
  if (status !== 0) throw new Error(`what comes before the pages failed in ${folder}:\n${output}`);
  rmSync(join(folder, '.shell-state'), { force: true });
  return folder;
}

/** Removes the folders that were made. */
export async function removePrepared(): Promise<void> {
  for (const folder of made.values()) rmSync(await folder, { recursive: true, force: true, maxRetries: 3 });
}
