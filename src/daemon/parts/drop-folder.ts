import { counted } from '../../text/phrase.ts';
import { lstat, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Fault } from '../../fault/fault.ts';
import { pause } from '../bell.ts';
import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/** Milliseconds between two looks at the folder. */
const LOOK = 2_000;
/** Files of one import. */
const AT_ONCE = 500;
/**
 * Milliseconds for which an Nmap file without its end must have been quiet: Nmap writes a host when it is done with it,
 * which may take many minutes. What was cut off for good is imported after that, and says so.
 */
const UNFINISHED = 30 * 60_000;
/** Names that copying programs give to what is not there yet (rsync, scp and browsers), and editors to copies. */
const PASSING_NAME = /^[.~]|[.](?:tmp|temp|part|partial|filepart|crdownload|swp)$|~$/i;
/** What else `nmap -oA` writes: the same scan with less in it. */
const BESIDE_XML = /[.](?:gnmap|nmap)$/i;

/** What a folder's scans are imported with. */
export interface DropOptions {
  readonly folder: string;
  readonly settleSeconds: number;
  readonly afterwards: 'move' | 'keep';
}

/** Imports the scans that appear in a folder. */
export function dropFolderPart(context: Context, options: DropOptions): Part {
  return { name: 'drop folder', after: ['assessment'], run: (room) => run(context, options, room) };
}

async function run(context: Context, options: DropOptions, room: PartRoom): Promise<void> {
  const look = new DropFolder(options);
  let read = 0;
  while (!room.signal.aborted) {
    room.running();
    const ready = await look.ready(context.clock() / 1e3);
    if (ready.length > 0) read += await importFiles(context, look, ready, room.signal);
    room.waiting(read === 0 ? '' : `${read} files read`);
    // A rest is imported at once.
    if (ready.length < AT_ONCE) await pause(LOOK, room.signal);
  }
}

async function importFiles(
  context: Context,
  look: DropFolder,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { workspace, metrics, log, bells } = context;
  let read = 0;
  await inSpan('tidemark.import', { 'tidemark.files': paths.length }, async () => {
    try {
      for await (const source of workspace.importScans(paths, { stdin: Readable.from([]), signal })) {
        read += 1;
        if ('fault' in source) {
          metrics.scan('drop', 'refused');
          log('warning', 'scan.refused', `${source.name} is refused: ${source.fault.message}`, {
            file: source.name,
            code: source.fault.code,
          });
          await look.settled(source.name, source.fault);
        } else if ('skipped' in source) {
          await look.settled(source.name, undefined);
        } else {
          const { kind, runs } = source.outcome;
          metrics.scan('drop', kind);
          log('info', `scan.${kind}`, `${source.name}: ${kind}, ${counted(runs.length, 'scan')}`, {
            file: source.name,
          });
          await look.settled(source.name, undefined);
          if (kind === 'imported') {
            publish(
              context,
              'scan',
              runs.map(({ info }) => info.id),
            );
            bells.assess.ring();
          }
        }
      }
    } catch (error) {
      // Asked to stop: what was not finished left nothing, and is read by the next start.
      if (!signal.aborted) throw error;
    }
  });
  return read;
}

/** Which files of a folder are complete and were not read yet, and where they go when they were. */
export class DropFolder {
  readonly #options: DropOptions;
  /** Files as they were at the last look, and since when they have been so. */
  #seen = new Map<string, { readonly mark: string; readonly since: number }>();
  /** Files that were read and stayed, as they were then. */
  readonly #read = new Map<string, string>();

  constructor(options: DropOptions) {
    this.#options = options;
  }

  /** Paths of what is to be read now, the oldest first. `now` in milliseconds. Throws a Fault `daemon/drop-folder`. */
  async ready(now: number): Promise<readonly string[]> {
    const { folder, settleSeconds } = this.#options;
    const names = await this.#names();
    const seen = new Map<string, { readonly mark: string; readonly since: number }>();
    const ready: { readonly path: string; readonly changed: number }[] = [];
    for (const name of names) {
      if (PASSING_NAME.test(name)) continue;
      const path = join(folder, name);
      const entry = await lstat(path).catch(() => undefined);
      // A link could lead anywhere, and a pipe would be waited for.
      if (entry?.isFile() !== true) continue;
      const mark = `${entry.ino} ${entry.size} ${entry.mtimeMs}`;
      if (this.#read.get(name) === mark) continue;
      const before = this.#seen.get(name);
      const since = before?.mark === mark ? before.since : now;
      seen.set(name, { mark, since });
      if (before?.mark !== mark) continue;
      // By its own time or by ours: the clock that wrote it may be ahead.
      const quiet = Math.max(now - entry.mtimeMs, now - since);
      if (quiet < settleSeconds * 1_000) continue;
      if (quiet < UNFINISHED && (await isUnfinished(path, entry.size))) continue;
      if (BESIDE_XML.test(name) && (await this.#hasXml(name))) {
        await this.settled(path, undefined);
        continue;
      }
      ready.push({ path, changed: entry.mtimeMs });
    }
    this.#seen = seen;
    return ready
      .toSorted((a, b) => a.changed - b.changed)
      .slice(0, AT_ONCE)
      .map(({ path }) => path);
  }

  /** A file was read, or refused for a reason. */
  async settled(path: string, refused: Fault | undefined): Promise<void> {
    const { folder, afterwards } = this.#options;
    const name = path.slice(folder.length + 1);
    if (afterwards === 'move') {
      const into = join(folder, refused === undefined ? 'done' : 'refused');
      await mkdir(into, { recursive: true, mode: 0o700 });
      const target = await freeName(into, name);
      try {
        await rename(path, target);
        if (refused !== undefined)
          await writeFile(`${target}.why`, `${refused.code}: ${refused.message}\n${refused.fix}\n`, {
            mode: 0o600,
          });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        throw new Fault(
          'daemon/drop-folder',
          `${name} was read, but cannot be moved: ${(error as Error).message}`,
          'Give the daemon the right to write to the folder, or set serve.drop.afterwards to keep.',
          { file: path },
          { cause: error },
        );
      }
    }
    const seen = this.#seen.get(name);
    if (seen !== undefined) this.#read.set(name, seen.mark);
  }

  async #names(): Promise<readonly string[]> {
    const { folder } = this.#options;
    try {
      const names = await readdir(folder);
      const there = new Set(names);
      for (const name of this.#read.keys()) if (!there.has(name)) this.#read.delete(name);
      return names;
    } catch (cause) {
      throw new Fault(
        'daemon/drop-folder',
        `the drop folder cannot be read: ${(cause as Error).message}`,
        'Make the folder, or correct serve.drop.folder.',
        { file: folder },
        { cause },
      );
    }
  }

  /** Whether the XML of the same scan is there or was. */
  async #hasXml(name: string): Promise<boolean> {
    const { folder } = this.#options;
    const xml = `${name.replace(BESIDE_XML, '')}.xml`;
    for (const path of [join(folder, xml), join(folder, 'done', xml)])
      if ((await lstat(path).catch(() => undefined)) !== undefined) return true;
    return false;
  }
}

/** Whether it begins as Nmap's XML and does not end so. */
async function isUnfinished(path: string, size: number): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return true;
  try {
    const head = Buffer.alloc(Math.min(size, 4_096));
    await file.read(head, 0, head.length, 0);
    if (!head.includes('<nmaprun')) return false;
    const tail = Buffer.alloc(Math.min(size, 256));
    await file.read(tail, 0, tail.length, size - tail.length);
    return !tail.includes('</nmaprun>');
  } finally {
    await file.close();
  }
}

/** The name, or the name with a number behind it. */
async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const path = join(folder, number === 0 ? name : `${name}.${number}`);
    if ((await lstat(path).catch(() => undefined)) === undefined) return path;
  }
}
