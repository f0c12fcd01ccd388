import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCS, textOf } from './pages.ts';

/** docs/reference/schemas.md: the JSON Schemas that are published, and every document that a command prints. */
export function renderSchemas(): string {
  return `${[
    '# JSON documents and their schemas',
    '',
    'Made from the files and from [commands.md](../commands.md) (`UPDATE_DOCS=1 npx vitest run test/docs/reference.test.ts`); do not edit.',
    'A document names its schema in the key `schema`. Within a version fields are only ever added.',
    '',
    '## Schemas that are published',
    '',
    'JSON Schema, for editors, validators and generators of code.',
    '',
    '| file | of | fields |',
    '| --- | --- | --- |',
    ...published().map(
      ({ file, id, title, fields }) =>
        `| [${file}](../schemas/${file}) | \`${id}\`${title === '' ? '' : `: ${title}`} | ${fields} |`,
    ),
    '',
    '## Every document by its name',
    '',
    '| schema | printed by |',
    '| --- | --- |',
    ...documents().map(({ schema, by }) => `| \`${schema}\` | ${by} |`),
  ].join('\n')}\n`;
}

function published() {
  return readdirSync(join(DOCS, 'schemas'))
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => {
      const schema = JSON.parse(readFileSync(join(DOCS, 'schemas', file), 'utf8')) as {
        readonly $id?: string;
        readonly title?: string;
        readonly properties?: Readonly<Record<string, unknown>>;
      };
      const fields = Object.keys(schema.properties ?? {}).map((name) => `\`${name}\``);
      return { file, id: schema.$id ?? file, title: schema.title ?? '', fields: fields.join(', ') };
    });
}

/** Rows of the table in commands.md, by schema: it is held to the code by test/cli/documented.test.ts. */
function documents() {
  const bySchema = new Map<string, string[]>();
  for (const line of textOf('docs/commands.md').split('\n')) {
    const [, by, schema] = /^\| ([^|]+) \| `(tidemark\/[a-z-]+\/\d+)`[^|]*\|/.exec(line) ?? [];
    if (by === undefined || schema === undefined) continue;
    bySchema.set(schema, [...(bySchema.get(schema) ?? []), by]);
  }
  return [...bySchema]
    .map(([schema, by]) => ({ schema, by: [...new Set(by)].join('; ') }))
    .toSorted((a, b) => (a.schema < b.schema ? -1 : 1));
}
