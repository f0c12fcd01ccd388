import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderKeys, renderVariables } from './reference.ts';

const page = join(import.meta.dirname, '..', '..', 'docs', 'configuration.md');

test('docs/configuration.md lists every key and variable (UPDATE_CASES=1 writes the tables)', () => {
  const put = (text: string, mark: string, table: string): string =>
    text.replace(
      new RegExp(`(<!-- ${mark} -->\n)[\\s\\S]*(<!-- /${mark} -->)`),
      (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
    );
  const written = readFileSync(page, 'utf8');
  const wanted = put(put(written, 'keys', renderKeys()), 'variables', renderVariables());
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(page, wanted);
  expect(readFileSync(page, 'utf8')).toBe(wanted);
});
