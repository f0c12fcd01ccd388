import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../fault/fault.ts';

/** What the search depends on, passed in so that tests can be anywhere. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The configuration file in use and who chose it. */
export interface Located {
  /** Absolute path, or undefined when there is none and defaults hold. */
  readonly file: string | undefined;
  readonly because: '--config' | 'TIDEMARK_CONFIG' | 'working directory' | 'user configuration' | 'no file';
}

/** The name that is looked for. */
export const CONFIG_NAME = 'tidemark.yaml';

/**
 * Lookup order: --config, TIDEMARK_CONFIG, ./tidemark.yaml, then tidemark/tidemark.yaml in the user
 * configuration directory (XDG_CONFIG_HOME, else ~/.config). Throws `config/missing` when a file
 * that was asked for by name is not there; the other two may be absent.
 */
export function locateConfig(asked: string | undefined, { cwd, env }: Surroundings): Located {
  const named = asked ?? (env['TIDEMARK_CONFIG'] || undefined);
  if (named !== undefined) {
    const because = asked === undefined ? 'TIDEMARK_CONFIG' : '--config';
    const file = resolve(cwd, named);
    if (!existsSync(file)) {
      throw new Fault(
        'config/missing',
        `the configuration file named by ${because} does not exist`,
        'Correct the path, or write a new file with `tidemark init`.',
        { file: named },
      );
    }
    return { file, because };
  }
  const here = join(cwd, CONFIG_NAME);
  if (existsSync(here)) return { file: here, because: 'working directory' };
  const user = userConfigFile(env);
  if (existsSync(user)) return { file: user, because: 'user configuration' };
  return { file: undefined, because: 'no file' };
}

/** `~/.config/tidemark/tidemark.yaml`, or where XDG_CONFIG_HOME says. */
export function userConfigFile(env: Surroundings['env']): string {
  return join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'tidemark', CONFIG_NAME);
}

/**
 * Where the history lies when nobody says: `.tidemark` beside the configuration file, so that a
 * project's file and its history stay together; without a file, or with the user's own one, the
 * user data directory (XDG_DATA_HOME, else ~/.local/share).
 */
export function defaultDataDir(located: Located, env: Surroundings['env']): string {
  if (located.file !== undefined && located.because !== 'user configuration') {
    return join(dirname(located.file), '.tidemark');
  }
  return join(xdg(env, 'XDG_DATA_HOME', join('.local', 'share')), 'tidemark');
}

/** The XDG base directory specification: a relative value is to be ignored. */
function xdg(env: Surroundings['env'], name: string, fallback: string): string {
  const value = env[name];
  return value?.startsWith('/') === true ? value : join(env['HOME'] || homedir(), fallback);
}
