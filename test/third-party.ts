import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/**
 * The folder with third-party data that lies beside the repository on some machines and is never part
 * of it; undefined where it is not there. Suites that use it skip by name then.
 */
export function thirdPartyData(): string | undefined {
  const candidates = [process.env['TIDEMARK_SHARED'], resolve(import.meta.dirname, '../../shared')].filter(
    (path) => path !== undefined,
  );
  return candidates.map((path) => join(path, 'data')).find((path) => existsSync(path));
}

/** Files below a folder, as paths relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(folder, path))
    .toSorted();
}
