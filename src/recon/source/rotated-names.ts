import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { byAge } from './log-names.ts';

/** Days of Zeek's archive in which the rest of a rotated log is looked for. */
const DAYS = 3;

/** A name without what rotation and compression add to it: `eve.json-20261122.gz` and `eve-2026-11-22.json` are `evejson`. */
function withoutRotation(path: string): string {
  return basename(path)
    .replace(/\.(?:gz|zst|bz2|xz)$/, '')
    .replace(/\d(?:T)\d/, '')
    .replaceAll(/[^A-Za-z]+/g, '');
}

/** Whether two names can be of one log before and after a rotation. */
export function sameLog(a: string, b: string): boolean {
  return withoutRotation(a) === withoutRotation(b);
}

/**
 * Where a log can be after a rotation, the newest first: beside its old place (`eve.json.1`, `eve.json-20261122.gz`),
 * or, of a log in a folder called `current` (Zeek's), in the newest dated folders beside that.
 */
export async function rotatedNames(path: string): Promise<string[]> {
  const folder = dirname(path);
  const folders = [folder];
  if (basename(folder) === 'current') {
    const days = (await namesIn(dirname(folder))).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name));
    for (const day of days.toSorted(byAge).toReversed().slice(0, DAYS))
      folders.push(join(dirname(folder), day));
  }
  const found: string[] = [];
  for (const place of folders) {
    const names = (await namesIn(place)).filter((name) => sameLog(name, path)).toSorted(byAge);
    found.push(...names.toReversed().map((name) => join(place, name)));
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
