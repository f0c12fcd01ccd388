import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyJsonSchema } from './policy-schema.ts';

const file = join(import.meta.dirname, '../../../docs/schemas/policy.json');

test('docs/schemas/policy.json is current (UPDATE_SCHEMAS=1 writes it)', () => {
  const text = `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`;
  if (process.env['UPDATE_SCHEMAS'] === '1') writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
