import { readFileSync, readdirSync, existsSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from './json-schema.ts';
import { schemaTree, type SchemaNode } from './schema-tree.ts';

const repository = join(import.meta.dirname, '..', '..');
const recorded = join(repository, 'docs', 'schemas', 'config.json');

test('docs/schemas/config.json is current (UPDATE_CASES=1 writes it)', () => {
  const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  if (process.env['UPDATE_CASES'] === '1') {
    mkdirSync(dirname(recorded), { recursive: true });
    writeFileSync(recorded, text);
  }
  expect(readFileSync(recorded, 'utf8')).toBe(text);
});

function undescribed(node: SchemaNode, path: string): string[] {
  const inner = [
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
      ...(child.description === undefined && child.const === undefined ? [`${path}.${key}`] : []),
      ...undescribed(child, `${path}.${key}`),
    ]),
    ...(node.oneOf ?? []).flatMap((child) => undescribed(child, path)),
    ...(node.anyOf ?? []).flatMap((child) => undescribed(child, path)),
  ];
  return node.items === undefined ? inner : [...inner, ...undescribed(node.items, `${path}[]`)];
}

test('every key has its sentence', () => {
  expect(undescribed(schemaTree(), '')).toEqual([]);
});

describe('an editor with the schema agrees with the program', () => {
  const validate = new Ajv({ allowUnionTypes: true, strict: false }).compile(configJsonSchema());
  const cases = join(repository, 'test', 'config');
  // What only the program can know: the environment, files, and rules that JSON Schema cannot say.
  const beyondSchema = new Set([
    'error-unset-variable',
    'error-unclosed-reference',
    'error-odd-reference',
    'error-unreadable-reference',
    'error-value-from-outside-is-not-shown',
    'error-bad-environment-value',
    'references',
  ]);
  const names = readdirSync(cases).filter((name) => {
    if (beyondSchema.has(name)) return false;
    const error = join(cases, name, 'expected-error.txt');
    return !existsSync(error) || !readFileSync(error, 'utf8').includes('config/yaml');
  });
  test.each(names)('%s', (name) => {
    const value: unknown = parse(readFileSync(join(cases, name, 'in.yaml'), 'utf8')) ?? {};
    const accepted = validate(value);
    expect({ accepted, errors: accepted ? [] : validate.errors }).toMatchObject({
      accepted: !existsSync(join(cases, name, 'expected-error.txt')),
    });
  });
});
