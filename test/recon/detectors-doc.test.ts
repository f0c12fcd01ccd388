import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { OPENING_SIGNATURES } from '../../src/fingerprint/tool-signatures.ts';
import { TOUCH_SIGNATURES } from '../../src/fingerprint/touch-signatures.ts';
import { TERMS } from '../../src/recon/detect/observation.ts';
import { SENDING } from '../../src/recon/model/sending.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/detectors.md'), 'utf8');

test.each(Object.entries(TERMS))('docs/detectors.md has a sentence on `%s`', (term, sentence) => {
  const row = page.split('\n').find((line) => line.startsWith(`| ${term} `));
  expect(row?.replaceAll(/\s+/g, ' ')).toBe(`| ${term} | ${sentence} |`);
});

test.each([...OPENING_SIGNATURES, ...TOUCH_SIGNATURES].map((one) => ({ ...one })))(
  'docs/detectors.md has the signature $id',
  ({ id, tool, rule, confidence, evasions }) => {
    expect(page).toContain(`| ${id} | ${tool} | ${rule} | ${confidence} | ${evasions} |`);
  },
);

test.each(Object.entries(SENDING))('docs/detectors.md has what is said of `%s`', (aspect, values) => {
  expect(page).toContain(`| ${aspect} | ${values.join(', ')} |`);
});
