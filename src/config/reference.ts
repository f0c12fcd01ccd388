import { OVERRIDES } from './environment.ts';
import { formatKeyPath, schemaTree, type SchemaNode } from './schema-tree.ts';

/** The table of keys in docs/configuration.md: every key with its default and its sentence, from the sections. */
export function renderKeys(): string {
  const rows = keyRows(schemaTree(), []).map(
    ({ key, preset, description }) =>
      `| \`${key}\` | ${preset === undefined ? '' : `\`${preset}\``} | ${description.replaceAll('|', '\\|')} |`,
  );
  return ['| key | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The table of environment variables in docs/configuration.md. */
export function renderVariables(): string {
  const rows = OVERRIDES.map(({ name, path }) => `| \`${name}\` | sets \`${formatKeyPath(path)}\` |`);
  return [
    '| variable | meaning |',
    '| --- | --- |',
    '| `TIDEMARK_CONFIG` | path of the configuration file |',
    ...rows,
  ].join('\n');
}

interface KeyRow {
  readonly key: string;
  readonly preset: string | undefined;
  readonly description: string;
}

function keyRows(node: SchemaNode, path: readonly string[]): readonly KeyRow[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = [...path, name];
    const inner =
      child.items === undefined ? keyRows(child, key) : keyRows(child.items, [...path, `${name}[]`]);
    const isSection = child.type === 'object';
    const row = {
      key: key.join('.'),
      preset: child.default === undefined || isSection ? undefined : JSON.stringify(child.default),
      description: child.description ?? '',
    };
    return [row, ...inner];
  });
}
