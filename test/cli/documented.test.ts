import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..', '..');

test('docs/commands.md names every JSON schema that the command line prints', () => {
  const page = readFileSync(join(repository, 'docs', 'commands.md'), 'utf8');
  const folder = join(repository, 'src', 'cli');
  const printed = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/'(tidemark\/[a-z-]+\/\d+)'/g)])
    .map(([, schema]) => schema ?? '');
  expect(new Set(printed).size).toBeGreaterThan(15);
  expect([...new Set(printed)].filter((schema) => !page.includes(`\`${schema}\``))).toEqual([]);
});
