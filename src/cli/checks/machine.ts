import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../time/instant.ts';
import { formatMinute } from '../../time/instant.ts';
import { formatBytes } from '../progress.ts';
import { wantsColor, type Outlet } from '../print.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Oldest Node that loads all of our dependencies: 20.19 is where `require` of ES modules came. */
const OLDEST_NODE = [20, 19] as const;
/** Free bytes below which the next large import may not fit: warn. */
const LITTLE_SPACE = 2_000_000_000;
/** Free bytes below which the engine cannot merge its parts: fail. */
const NO_SPACE = 200_000_000;
/** 2026-11-01: no copy of this program was ever run earlier. Microseconds. */
const BEFORE_US = Date.UTC(2026, 10, 1) * 1000;
/** Milliseconds that files may lie in the future before the clock is blamed: coarse file systems and shares. */
const CLOCK_TOLERANCE = 120_000;

/** The Node that runs this. */
export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return old
    ? fail(
        'Node',
        `version ${version} is older than ${OLDEST_NODE.join('.')}`,
        'Install Node 20.19 or newer.',
      )
    : ok('Node', `version ${version} (${process.platform} ${process.arch})`);
}

/** Whether the data folder is there, ours and writable; the nearest existing parent when it is not there yet. */
export async function checkDataDir(dataDir: string): Promise<Check> {
  const name = 'data folder';
  const nearest = nearestExisting(dataDir);
  try {
    await access(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      name,
      `${nearest} is not writable for this user`,
      `Make it writable, or choose another with --data-dir.`,
    );
  }
  if (nearest !== dataDir) return ok(name, `${dataDir} (will be made by the first import)`);
  const { uid, mode } = statSync(dataDir);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own) {
    return warn(
      name,
      `${dataDir} belongs to user ${uid}, this is user ${own}: files made now may lock the owner out`,
      'Run tidemark as the owner of the folder.',
    );
  }
  if ((mode & 0o002) !== 0) {
    return warn(name, `${dataDir} is writable for everybody`, `Close it: chmod o-w ${dataDir}.`);
  }
  return ok(name, dataDir);
}

/** Room left where the data lie. */
export function checkDiskSpace(dataDir: string): Check {
  const { bavail, bsize } = statfsSync(nearestExisting(dataDir));
  const free = bavail * bsize;
  const message = `${formatBytes(free)} free`;
  const fix = 'Free some space, or move the data folder to a larger disk (dataDir).';
  if (free < NO_SPACE) return fail('disk space', message, fix);
  return free < LITTLE_SPACE ? warn('disk space', message, fix) : ok('disk space', message);
}

/** A clock that runs in the past puts scans in the wrong order, and approvals never expire. */
export function checkClock(clock: Clock, dataDir: string): Check {
  const now = clock();
  const fix = 'Set the clock, and keep it set with NTP (timedatectl set-ntp true).';
  if (now < BEFORE_US) return fail('clock', `says ${formatMinute(now)}, which is long past`, fix);
  const future = newestFile(dataDir);
  if (future !== undefined && future > now / 1000 + CLOCK_TOLERANCE) {
    return warn('clock', `says ${formatMinute(now)}, but the history was written later than that`, fix);
  }
  return ok('clock', formatMinute(now));
}

/** What the terminal can show. */
export function checkTerminal(stdout: Outlet, env: Readonly<Record<string, string | undefined>>): Check {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const color = wantsColor(stdout, env) ? 'colour' : 'no colour';
  if (stdout.isTTY !== true) return ok('terminal', `none: output goes to a file or pipe, ${color}`);
  const size = `${stdout.columns ?? 80} columns, ${color}`;
  if (!/utf-?8/i.test(locale)) {
    return warn(
      'terminal',
      `${size}, locale ${locale || 'not set'} is not UTF-8`,
      'Set LANG to a UTF-8 locale, e.g. C.UTF-8.',
    );
  }
  return ok('terminal', `${size}, ${locale}`);
}

function nearestExisting(path: string): string {
  let current = path;
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current);
  return current;
}

/** Latest change among the files directly in the folder, milliseconds. */
function newestFile(folder: string): number | undefined {
  if (!existsSync(folder)) return undefined;
  const times = readdirSync(folder).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
