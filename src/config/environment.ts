import type { KeyPath } from './read-yaml.ts';
import { suggest } from './suggest.ts';

/** An environment variable that stands above the file. */
export interface Override {
  readonly name: string;
  readonly path: KeyPath;
}

/** Variables that set a key of the configuration, whatever the file says. */
export const OVERRIDES: readonly Override[] = [
  { name: 'TIDEMARK_DATA_DIR', path: ['dataDir'] },
  { name: 'TIDEMARK_VANTAGE', path: ['exposure', 'vantage'] },
  { name: 'TIDEMARK_PROFILE', path: ['exposure', 'profile'] },
];

/** Variables that are read, but set no key. */
const OTHERS: readonly string[] = ['TIDEMARK_CONFIG', 'TIDEMARK_SHARED'];

/** Variables that look like ours but are not read, each with the one that was probably meant. */
export function unreadVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = [...OVERRIDES.map(({ name }) => name), ...OTHERS];
  return Object.keys(env)
    .filter((name) => name.startsWith('TIDEMARK_') && !known.includes(name))
    .map((name) => ({ name, meant: suggest(name, known) }));
}
