import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REFUSALS } from '../../src/scope/grant.ts';

const page = join(import.meta.dirname, '..', '..', 'docs', 'scanning.md');

test('docs/scanning.md lists every rule of refusal (UPDATE_CASES=1 writes the table)', () => {
  const rows = Object.entries(REFUSALS).map(([rule, means]) => `| \`${rule}\` | ${means} |`);
  const table = ['', '| rule | meaning |', '| --- | --- |', ...rows, ''].join('\n');
  const wanted = readFileSync(page, 'utf8').replace(
    /(<!-- refusals -->\n)[\s\S]*(<!-- \/refusals -->)/,
    (_, before: string, after: string) => `${before}${table}\n${after}`,
  );
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(page, wanted);
  expect(readFileSync(page, 'utf8')).toBe(wanted);
});
