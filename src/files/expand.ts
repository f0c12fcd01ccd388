import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../fault/fault.ts';
import { isPattern, matchesSegment } from './glob.ts';

/** What an argument stands for. */
export type Expanded =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'skipped'; readonly path: string; readonly why: string }
  | { readonly kind: 'fault'; readonly path: string; readonly fault: Fault };

/** What is made of the entries of a directory that an argument names or reaches. */
export interface DirectoryReading {
  /** Why an entry is not to be read, or undefined; `siblings` are the names beside it. Not asked of directories. */
  readonly leftOut?: (name: string, siblings: ReadonlySet<string>) => string | undefined;
  /** The order of entries and of what a pattern matches; byte order of names when left out. */
  readonly order?: (a: string, b: string) => number;
}

/** Deepest directory below an argument that is entered. */
const MAX_DEPTH = 64;

/** The message and advice for a failed call on a path. */
export function pathFault(path: string, cause: unknown): Fault {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  const where = { file: path };
  if (code === 'ENOENT') {
    const fix = 'Check the path; quote a pattern only if it is meant for tidemark itself.';
    return new Fault('source/not-found', `${path}: no such file or directory`, fix, where, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const fix =
      'Give the file read permission, or run as a user that has it (what was made with sudo belongs to root).';
    return new Fault('source/not-permitted', `${path}: permission denied`, fix, where, { cause });
  }
  const fix = 'Copy the file to a local disk and try again.';
  return new Fault('source/unreadable', `${path}: cannot be read (${code})`, fix, where, { cause });
}

/**
 * Arguments as files, in order: a file stands for itself, a directory for all regular files below it
 * (sorted, names with a leading dot left out), a pattern for what it matches, `-` for standard input.
 * A path that exists is taken as it is written, even if it looks like a pattern. Symbolic links are
 * followed, but each directory is entered once, so loops end.
 */
export async function* expand(
  args: readonly string[],
  reading: DirectoryReading = {},
): AsyncGenerator<Expanded> {
  for (const arg of args) {
    if (arg === '-') yield { kind: 'stdin' };
    else if (await exists(arg)) yield* expandPath(arg, reading, new Set(), 0);
    else if (arg.split('/').some(isPattern)) yield* expandPattern(arg, reading);
    else yield { kind: 'fault', path: arg, fault: pathFault(arg, { code: 'ENOENT' }) };
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    // Anything but "not there" is reported by whoever opens it.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG';
  }
}

async function* expandPath(
  path: string,
  reading: DirectoryReading,
  entered: Set<string>,
  depth: number,
): AsyncGenerator<Expanded> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (error) {
    yield { kind: 'fault', path, fault: pathFault(path, error) };
    return;
  }
  if (isDirectory) yield* expandDirectory(path, reading, entered, depth);
  else yield { kind: 'file', path };
}

async function* expandDirectory(
  path: string,
  reading: DirectoryReading,
  entered: Set<string>,
  depth: number,
): AsyncGenerator<Expanded> {
  let entries: Dirent[];
  try {
    const real = await realpath(path);
    if (entered.has(real)) return;
    entered.add(real);
    if (depth > MAX_DEPTH) {
      yield { kind: 'skipped', path, why: `more than ${MAX_DEPTH} directories deep` };
      return;
    }
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'fault', path, fault: pathFault(path, error) };
    return;
  }
  const visible = entries.filter((entry) => !entry.name.startsWith('.'));
  const names = new Set(visible.map((entry) => entry.name));
  const order = reading.order ?? byName;
  for (const entry of visible.toSorted((a, b) => order(a.name, b.name))) {
    const child = join(path, entry.name);
    const why = entry.isDirectory() ? undefined : reading.leftOut?.(entry.name, names);
    if (why !== undefined) yield { kind: 'skipped', path: child, why };
    else if (entry.isDirectory()) yield* expandDirectory(child, reading, entered, depth + 1);
    else if (entry.isFile()) yield { kind: 'file', path: child };
    else if (entry.isSymbolicLink()) yield* expandLink(child, reading, entered, depth);
    // Sockets, pipes and devices are read only when named themselves: opening one can block for ever.
  }
}

async function* expandLink(
  path: string,
  reading: DirectoryReading,
  entered: Set<string>,
  depth: number,
): AsyncGenerator<Expanded> {
  try {
    const target = await stat(path);
    if (target.isDirectory()) yield* expandDirectory(path, reading, entered, depth + 1);
    else if (target.isFile()) yield { kind: 'file', path };
  } catch (error) {
    yield { kind: 'fault', path, fault: pathFault(path, error) };
  }
}

async function* expandPattern(pattern: string, reading: DirectoryReading): AsyncGenerator<Expanded> {
  const absolute = pattern.startsWith('/');
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const paths = await matching(absolute ? '/' : '', segments, 0);
  if (paths.length === 0) {
    const fix = 'Check the pattern; "*" does not reach into directories, "**" does.';
    const fault = new Fault('source/not-found', `${pattern}: nothing matches`, fix, { file: pattern });
    yield { kind: 'fault', path: pattern, fault };
    return;
  }
  const entered = new Set<string>();
  const order = reading.order ?? byName;
  const inOrder = [...new Set(paths)].toSorted((a, b) => order(basename(a), basename(b)) || byName(a, b));
  for (const path of reading.order === undefined ? inOrder.toSorted(byName) : inOrder) {
    yield* expandPath(path, reading, entered, 0);
  }
}

async function matching(base: string, segments: readonly string[], depth: number): Promise<string[]> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return base === '' ? [] : [base];
  if (!isPattern(segment)) {
    const path = join(base, segment);
    return (await exists(path)) ? matching(path, rest, depth) : [];
  }
  const entries = await listed(base === '' ? '.' : base);
  if (segment === '**') {
    // Links are not followed here, so that a loop ends; MAX_DEPTH bounds what is left.
    const here = await matching(base, rest.length === 0 ? ['*'] : rest, depth);
    if (depth >= MAX_DEPTH) return here;
    const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    for (const entry of below) here.push(...(await matching(join(base, entry.name), segments, depth + 1)));
    return here;
  }
  const found: string[] = [];
  for (const entry of entries) {
    if (matchesSegment(segment, entry.name))
      found.push(...(await matching(join(base, entry.name), rest, depth)));
  }
  return found;
}

/** A directory's entries; none when it is no directory or may not be read, as in a shell. */
async function listed(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Byte order of names, the same on every machine and in every locale. */
export function byName(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
