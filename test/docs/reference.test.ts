import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { OVERRIDES } from '../../src/config/environment.ts';
import { DOCS } from './pages.ts';
import { renderApi } from './reference-api.ts';
import { renderCli } from './reference-cli.ts';
import { OTHER_VARIABLES, renderEnvironment, variablesRead } from './reference-environment.ts';
import { renderSchemas } from './reference-schemas.ts';
import { renderViews } from './reference-views.ts';

const program = buildProgram('0.0.0', async () => undefined);

test.each([
  { name: 'cli.md', render: () => renderCli(program) },
  { name: 'api.md', render: renderApi },
  { name: 'views.md', render: renderViews },
  { name: 'schemas.md', render: renderSchemas },
  { name: 'environment.md', render: renderEnvironment },
])('docs/reference/$name is what the code says (UPDATE_DOCS=1 writes it)', ({ name, render }) => {
  const file = join(DOCS, 'reference', name);
  if (process.env['UPDATE_DOCS'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, render());
  }
  expect(readFileSync(file, 'utf8')).toBe(render());
});

test('every environment variable that the code reads is in the reference, and no other', () => {
  const documented = new Set([...OVERRIDES.map(({ name }) => name), ...Object.keys(OTHER_VARIABLES)]);
  const read = variablesRead();
  expect(read.length).toBeGreaterThan(8);
  expect(read.filter((name) => !documented.has(name))).toEqual([]);
  expect(Object.keys(OTHER_VARIABLES).filter((name) => !read.includes(name))).toEqual([]);
});
