import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { schemaTree } from '../../src/config/schema-tree.ts';
import { readPolicy } from '../../src/exposure/assess/policy-file.ts';
import { docPages, pageOf } from './pages.ts';

/** Every YAML block of the pages, with where it stands. */
const blocks = docPages()
  .map((name) => join('docs', name))
  .flatMap((file) =>
    pageOf(file)
      .blocks.filter(({ language }) => language === 'yaml')
      .map((block) => ({ place: `${file}:${block.line}`, ...block })),
  );

const sections = new Set(Object.keys(schemaTree().properties ?? {}));
const firstKey = (text: string): string => /^([A-Za-z]+):/m.exec(text)?.[1] ?? '';

const isSink = (text: string): boolean => /^- (?:\{ )?name:/.test(text);
/** First keys of files that are no configuration of ours, and whose tests are elsewhere: policies, ledgers, Prometheus. */
const OTHER_FILES = new Set(['version', 'packs', 'groups']);

/** What stands in for secrets from outside: something that each key would take. */
function filledIn(text: string): string {
  return text
    .replaceAll(/(url: *'?)\$\{(?:file:)?[^}]*\}/g, (whole, key: string) =>
      whole.includes(':-') ? whole : `${key}https://example.org/x`,
    )
    .replaceAll(/\$\{file:[^}]*\}/g, 'c2VjcmV0IHRoYXQgbm9ib2R5IGtub3dzIGF0IGFsbA==')
    .replaceAll(/\$\{([A-Z_]+)\}/g, 'c2VjcmV0IHRoYXQgbm9ib2R5IGtub3dzIGF0IGFsbA==');
}

/** What the program says against a configuration; empty when it takes it. */
function complaint(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-docs-yaml-'));
  try {
    writeFileSync(join(folder, 'tidemark.yaml'), filledIn(text));
    loadConfig({ cwd: folder, env: { HOME: folder } });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const configurations = blocks
  // One sink of a list stands for the list.
  .map((block) => ({
    ...block,
    text: isSink(block.text) ? `sinks:\n${block.text.replaceAll(/^/gm, '  ')}` : block.text,
  }))
  .filter((block) => sections.has(firstKey(block.text)));

test.each(configurations)('$place: the configuration shown is one that is accepted', ({ text }) => {
  expect(complaint(text)).toBe('');
});

test.each(blocks.filter(({ text }) => /^rules:$/m.test(text)))(
  '$place: the policy shown is one that is accepted',
  ({ text, place }) => {
    expect(readPolicy(text, place)).toMatchObject({ ok: true });
  },
);

test('YAML that is neither says what it is part of', () => {
  const others = blocks.filter(
    ({ text, attributes }) =>
      !sections.has(firstKey(text)) &&
      !isSink(text) &&
      !OTHER_FILES.has(firstKey(text)) &&
      attributes.get('of') === undefined,
  );
  expect(others.map(({ place }) => place)).toEqual([]);
  expect(configurations.length).toBeGreaterThan(15);
});
