import type { KeyPath } from './read-yaml.ts';
import { suggest } from './suggest.ts';

/** An environment variable that stands above the file. */
export interface Override {
  readonly name: string;
  readonly path: KeyPath;
}

/** Variables that set a key of the configuration, whatever the file says. */
export const OVERRIDES: readonly Override[] = [
  { name: 'TIDEMARK_DATA_DIR', path: ['store', 'dataDir'] },
  { name: 'TIDEMARK_STORE_MEMORY', path: ['store', 'memory'] },
  { name: 'TIDEMARK_STORE_URL', path: ['store', 'url'] },
  { name: 'TIDEMARK_STORE_DATABASE', path: ['store', 'database'] },
  { name: 'TIDEMARK_STORE_USER', path: ['store', 'user'] },
  { name: 'TIDEMARK_STORE_PASSWORD', path: ['store', 'password'] },
  { name: 'TIDEMARK_VANTAGE', path: ['exposure', 'vantage'] },
  { name: 'TIDEMARK_PROFILE', path: ['exposure', 'profile'] },
];

/** Variables that are read, but set no key. */
const OTHERS: readonly string[] = ['TIDEMARK_CONFIG'];

/** Variables that look like ours but are not read, each with the one that was probably meant. */
export function unreadVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = [...OVERRIDES.map(({ name }) => name), ...OTHERS];
  return Object.keys(env)
    .filter((name) => name.startsWith('TIDEMARK_') && !known.includes(name))
    .map((name) => ({ name, meant: suggest(name, known) }));
}
