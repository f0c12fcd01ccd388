import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { TERMS } from '../../src/recon/detect/observation.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/detectors.md'), 'utf8');

test.each(Object.entries(TERMS))('docs/detectors.md has a sentence on `%s`', (term, sentence) => {
  const row = page.split('\n').find((line) => line.startsWith(`| ${term} `));
  expect(row?.replaceAll(/\s+/g, ' ')).toBe(`| ${term} | ${sentence} |`);
});
