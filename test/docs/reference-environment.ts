import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OVERRIDES } from '../../src/config/environment.ts';
import { schemaTree, type SchemaNode } from '../../src/config/schema-tree.ts';
import { ROOT } from './pages.ts';

/** Variables that are read besides those that set a key, and what each does. Held to the code by the test. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  TIDEMARK_CONFIG: 'Path of the configuration file; `--config` goes before it.',
  XDG_CONFIG_HOME:
    'Where `tidemark/tidemark.yaml` is looked for when there is no other; `~/.config` when unset.',
  XDG_DATA_HOME: 'Where the history lies when no file names a folder; `~/.local/share` when unset.',
  HOME: 'The home folder that these two begin at.',
  NO_COLOR: 'Any value but the empty one: no colour.',
  FORCE_COLOR: 'Colour also in a pipe; `0` means none.',
  TERM: '`dumb`: no colour.',
  PATH: 'Where Nmap is looked for, and nothing else.',
  SUDO_USER: 'Who is written down as having acted, where `sudo` was used.',
  LANG: 'Looked at by `tidemark doctor`: whether the terminal shows UTF-8. So are `LC_ALL` and `LC_CTYPE`.',
  LC_ALL: 'See `LANG`.',
  LC_CTYPE: 'See `LANG`.',
};

/** Names of variables that the code reads: `env['NAME']`, and what `xdg(env, 'NAME', …)` looks up. */
export function variablesRead(): readonly string[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [
      ...readFileSync(join(ROOT, 'src', name), 'utf8').matchAll(
        /(?:\benv\[|\bxdg\(env, )'([A-Z][A-Z0-9_]+)'/g,
      ),
    ])
    .map(([, name]) => name ?? '');
  return [...new Set(names)].toSorted();
}

/** docs/reference/environment.md: every environment variable that is read. */
export function renderEnvironment(): string {
  return `${[
    '# Environment variables',
    '',
    'Made from the code (`UPDATE_DOCS=1 npx vitest run test/docs/reference.test.ts`); do not edit. An empty variable counts as unset.',
    'Variables that begin with `TIDEMARK_` and are not read are named by `tidemark config check` and `tidemark doctor`. Any variable',
    'can be put into a value of the configuration by `${NAME}`: [configuration.md](../configuration.md#values-from-outside).',
    '',
    '## Those that stand above the file',
    '',
    '| variable | key | meaning |',
    '| --- | --- | --- |',
    ...OVERRIDES.map(({ name, path }) => `| \`${name}\` | \`${path.join('.')}\` | ${meaningOf(path)} |`),
    '',
    '## Others',
    '',
    '| variable | meaning |',
    '| --- | --- |',
    ...Object.entries(OTHER_VARIABLES).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  ].join('\n')}\n`;
}

function meaningOf(path: readonly (string | number)[]): string {
  let node: SchemaNode | undefined = schemaTree();
  for (const key of path) node = node?.properties?.[String(key)];
  return node?.description ?? '';
}
