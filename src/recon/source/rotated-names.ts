import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { byAge } from './log-names.ts';

/** Days of Zeek's archive in which the rest of a rotated log is looked for. */
const DAYS = 3;

const COMPRESSION = /\.(?:gz|zst|bz2|xz)$/;

/**
 * What rotation puts into a name: a number behind a point, or a date or time of six figures and more behind any sign.
 * Sources: logrotate(8) (`rotate`, `dateext`, `dateformat`, `extension`), Zeek's archive (`conn.00:00:00-01:00:00.log`).
 */
const ROTATION = /^(?:\.\d{1,4}|[-._](?=(?:\D*\d){6})\d[\dTZ:._-]*)$/;

/** What a log is called, without what rotation and compression add to its name: `eve.json-20261122.gz` and `eve-2026-11-22.json` are `evejson`. */
export function logName(path: string): string {
  return basename(path)
    .replace(COMPRESSION, '')
    .replace(/\d(?:T)\d/, '')
    .replaceAll(/[^A-Za-z]+/g, '');
}

/** Whether two names can be of one log before and after a rotation. */
export function sameLog(a: string, b: string): boolean {
  return logName(a) === logName(b);
}

/** In one folder, or in two of one: Zeek's `current` and a day of its archive. */
export function nearby(a: string, b: string): boolean {
  const [folderA, folderB] = [dirname(a), dirname(b)];
  return folderA === folderB || dirname(folderA) === dirname(folderB);
}

/** Whether a name is what rotation, and nothing else, makes of a log's: of `eve-1.json` never `eve-2.json`. */
export function isRotationOf(name: string, log: string): boolean {
  const [rotated, written] = [basename(name).replace(COMPRESSION, ''), basename(log)];
  if (rotated === written) return basename(name) !== written;
  if (rotated.startsWith(written)) return ROTATION.test(rotated.slice(written.length));
  const extension = extname(written);
  const stem = written.slice(0, written.length - extension.length);
  if (!rotated.startsWith(stem) || !rotated.endsWith(extension)) return false;
  return ROTATION.test(rotated.slice(stem.length, rotated.length - extension.length));
}

/** Whether a log goes into an archive beside its folder when it is rotated, as Zeek's do. */
export function hasArchive(path: string): boolean {
  return basename(dirname(path)) === 'current';
}

/**
 * Where a log can be after a rotation, the newest first: beside its old place (`eve.json.1`, `eve.json-20261122.gz`),
 * or, of a log that has an archive, in its newest dated folders, unless only `beside` is asked for.
 */
export async function rotatedNames(path: string, beside = false): Promise<string[]> {
  const folder = dirname(path);
  const folders = [folder];
  if (hasArchive(path) && !beside) {
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
