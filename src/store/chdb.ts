import { readdir } from 'node:fs/promises';
import { Fault } from '../fault/fault.ts';

/** The part of the embedded engine's package that we use; its package is optional, so its types are ours. */
export interface ChdbSession {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options?: { format?: string }): Promise<{ bytes(): Uint8Array }>;
  queryStreamBind(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    options?: { format?: string },
  ): ChdbStream;
  insert(options: {
    table: string;
    columns?: readonly string[];
    values: Uint8Array;
    format: 'JSONEachRow';
    settings?: Record<string, string | number | boolean>;
  }): Promise<unknown>;
  close(): void;
}

/** A streamed answer. */
export interface ChdbStream extends AsyncIterable<ChdbChunk> {
  cancel(): void;
}

/** A piece of a streamed answer. */
export interface ChdbChunk {
  raw(): Uint8Array;
}

/** The package. */
export interface Chdb {
  readonly Session: new (path: string, options?: { connectionArgs?: readonly string[] }) => ChdbSession;
  drainPending(): Promise<void>;
}

/**
 * Loads the embedded engine, half a gigabyte of native code: only when a command needs the store.
 * Throws a Fault `store/engine-missing` when there is none for this platform or it was not installed.
 */
export async function loadChdb(): Promise<Chdb> {
  try {
    return await import('chdb');
  } catch (cause) {
    throw await engineMissing(cause);
  }
}

async function engineMissing(cause: unknown): Promise<Fault> {
  const useServer = 'set store.url to a ClickHouse server';
  const why = platformReason(process.platform, process.arch, await isMusl());
  if (why !== undefined)
    return new Fault(
      'store/engine-missing',
      `there is no embedded engine for ${why}`,
      `Use a server on this machine: ${useServer}.`,
      {},
      { cause },
    );
  return new Fault(
    'store/engine-missing',
    `the embedded engine cannot be loaded: ${(cause as Error).message.split('\n')[0]}`,
    `Install it with \`npm install --include=optional\` (about 550 MB), or ${useServer}.`,
    {},
    { cause },
  );
}

/** Why there is no embedded engine for a platform, or undefined when there is one. */
export function platformReason(platform: string, arch: string, musl: boolean): string | undefined {
  if (musl) return 'Alpine and other systems with musl';
  if (platform === 'win32') return 'Windows (WSL 2 works)';
  if (platform !== 'linux' && platform !== 'darwin') return platform;
  if (arch !== 'x64' && arch !== 'arm64') return `${platform} on ${arch}`;
  return undefined;
}

/** Node says which glibc it was linked against; on musl it says nothing and the loader is named so. */
async function isMusl(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const names = await readdir('/lib').catch((): string[] => []);
  const glibc = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  return glibc?.glibcVersionRuntime === undefined && names.some((name) => name.startsWith('ld-musl-'));
}
