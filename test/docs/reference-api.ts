import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { API_BASE, routes, type Route } from '../../src/api/routes.ts';
import { DOCS } from './pages.ts';

interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly $ref?: string;
}

/** docs/reference/api.md: every route with what it takes and gives, from the contract that validates both. */
export function renderApi(): string {
  const all: readonly (readonly [string, Route])[] = Object.entries(routes);
  const resources = [...new Set(all.map(([name]) => name.split('.')[0] ?? ''))];
  return `${[
    '# Routes of the API',
    '',
    'Made from the contract that validates requests and answers (`UPDATE_DOCS=1 npx vitest run test/docs/reference.test.ts`); do not',
    `edit. Everything is below \`${API_BASE}\`. The role is the least that may: viewer, analyst, admin; each may what the ones before`,
    'may. Lists come in pages: `limit` items, and `next` to be given as `cursor`. What went wrong is a document after RFC 9457, with',
    '`code`, `detail` and `fix`.',
    ...(existsSync(join(DOCS, 'openapi.json'))
      ? ['', 'The same as OpenAPI 3.1, for generators of code: [openapi.json](../openapi.json).']
      : []),
    ...resources.flatMap((resource) => [
      '',
      `## ${resource}`,
      ...all.filter(([name]) => name.startsWith(`${resource}.`)).flatMap(([, route]) => renderRoute(route)),
    ]),
  ].join('\n')}\n`;
}

function renderRoute(route: Route): string[] {
  return [
    '',
    `### ${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`,
    '',
    `${route.summary} Role: ${route.role}. Answers ${route.status}${answer(route.response)}.`,
    ...fields('In the path', route.parameters),
    ...fields('In the query', route.query),
    ...fields('In the body', route.body),
  ];
}

function answer(response: Route['response']): string {
  if (typeof response === 'string') return response === 'nothing' ? '' : ` with ${response}`;
  const schema = schemaOf(response, 'output');
  const names = Object.keys(schema.properties ?? {});
  return names.length === 0 ? '' : ` with ${names.map((name) => `\`${name}\``).join(', ')}`;
}

function fields(title: string, type: z.ZodType | undefined): string[] {
  if (type === undefined) return [];
  const schema = schemaOf(type, 'input');
  const rows = Object.entries(schema.properties ?? {});
  if (rows.length === 0) return [];
  return [
    '',
    `| ${title.toLowerCase()} | type | meaning |`,
    '| --- | --- | --- |',
    ...rows.map(([name, node]) => {
      const needed = schema.required?.includes(name) === true ? '' : ', optional';
      const preset = node.default === undefined ? '' : ` Default: \`${JSON.stringify(node.default)}\`.`;
      return `| \`${name}\` | ${typeOf(node)}${needed} | ${(node.description ?? '').replaceAll('|', '\\|')}${preset} |`;
    }),
  ];
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): SchemaNode {
  return z.toJSONSchema(type, { io, unrepresentable: 'any', reused: 'inline' }) as SchemaNode;
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.anyOf !== undefined) {
    const kinds = [...new Set(node.anyOf.map((one) => typeOf(one)))];
    return kinds.join(' or ');
  }
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`;
  if (node.format !== undefined) return node.format;
  return typeof node.type === 'string' ? node.type : 'value';
}
