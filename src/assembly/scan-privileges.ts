import { execFile } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** Bit of CAP_NET_RAW in a capability mask (linux/capability.h). */
const CAP_NET_RAW = 13n;
/** Milliseconds for `getcap`. */
const TIMEOUT = 10_000;

/** Why a program that this process starts may send raw packets; undefined when it may not. */
export type RawRight = 'root' | 'ambient capability' | 'file capability';

/**
 * Whether Nmap, started by this process, may send raw packets (Linux: capabilities(7)). As root unless the bounding set
 * was narrowed, as in a container; by an ambient capability; or by one of the file itself (`setcap`).
 */
export async function rawRight(executable: string, path: string): Promise<RawRight | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const has = (set: string): boolean | undefined => {
    const mask = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> CAP_NET_RAW) & 1n) === 1n;
  };
  // No /proc: not Linux, and there root may.
  if (process.geteuid?.() === 0) return has('CapBnd') === false ? undefined : 'root';
  if (has('CapAmb') === true) return 'ambient capability';
  const file = await whereIs(executable, path);
  if (file === undefined || has('CapBnd') !== true) return undefined;
  try {
    const { stdout } = await promisify(execFile)('getcap', [file], { timeout: TIMEOUT });
    return stdout.includes('cap_net_raw') ? 'file capability' : undefined;
  } catch {
    return undefined;
  }
}

/** The file that a name in PATH, or a path, leads to in the end; undefined when there is none that may be run. */
export async function whereIs(executable: string, path: string): Promise<string | undefined> {
  const candidates = executable.includes('/')
    ? [executable]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, executable));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return await realpath(candidate);
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/**
 * The folder of Nmap's data files and scripts that belongs to an executable, to be named with `--datadir`: unless it is
 * named, Nmap reads ~/.nmap before it (reference guide of 7.9x, "--datadir"), and what is run would be up to a file there.
 */
export async function nmapDataDir(executable: string, path: string): Promise<string | undefined> {
  const file = await whereIs(executable, path);
  if (file === undefined) return undefined;
  const folder = join(dirname(file), '..', 'share', 'nmap');
  return access(join(folder, 'nmap-services'), constants.R_OK).then(
    () => folder,
    () => undefined,
  );
}
