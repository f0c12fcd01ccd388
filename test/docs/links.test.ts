import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPage } from './markdown.ts';
import { docPages, pageOf, ROOT } from './pages.ts';

/** Pages whose links must lead somewhere: all of docs/, and those of the repository that lead there. */
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'examples/lab/README.md',
  'examples/telemetry/README.md',
  ...docPages().map((name) => join('docs', name)),
];
const read = new Map(PAGES.map((file) => [file, pageOf(file)]));

interface Target {
  /** Named from the repository. */
  readonly file: string;
  readonly anchor: string | undefined;
}

/** Where a relative link of a page leads; undefined for one out into the web. */
function targetOf(page: string, link: string): Target | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
}

test.each(PAGES)('%s: every link leads to a file, and every anchor to a heading', (page) => {
  const dead = (read.get(page)?.links ?? []).flatMap(({ line, target }) => {
    const to = targetOf(page, target);
    if (to === undefined) return [];
    if (!existsSync(join(ROOT, to.file))) return [`line ${line}: ${target}: no such file`];
    if (to.anchor === undefined) return [];
    const there = read.get(to.file);
    return there === undefined || !there.anchors.has(to.anchor)
      ? [`line ${line}: ${target}: no such heading`]
      : [];
  });
  expect(dead).toEqual([]);
});

test('docs/index.md links every page of docs/: what it lists is all there is', () => {
  const linked = new Set(
    (read.get('docs/index.md')?.links ?? []).map(({ target }) => targetOf('docs/index.md', target)?.file),
  );
  const pages = docPages()
    .map((name) => join('docs', name))
    .filter((file) => file !== 'docs/index.md');
  expect(pages.length).toBeGreaterThan(40);
  expect(pages.filter((file) => !linked.has(file))).toEqual([]);
});

test('what is in docs/ besides pages (schemas, the DTD, OpenAPI) is linked by one of them', () => {
  const linked = new Set(
    [...read].flatMap(([page, { links }]) => links.map(({ target }) => targetOf(page, target)?.file)),
  );
  const others = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  expect(others.length).toBeGreaterThan(4);
  expect(others.filter((file) => !linked.has(file))).toEqual([]);
});

test('links lead to pages, not to folders, which only a forge can show', () => {
  const folders = [...read].flatMap(([page, { links }]) =>
    links.flatMap(({ line, target }) => {
      const file = targetOf(page, target)?.file;
      const path = file === undefined ? undefined : join(ROOT, file);
      return path !== undefined &&
        existsSync(path) &&
        statSync(path).isDirectory() &&
        page.startsWith('docs/')
        ? [`${page}:${line}: ${relative(ROOT, path)}`]
        : [];
    }),
  );
  expect(folders).toEqual([]);
});

describe('the reader of pages', () => {
  const page = readPage(
    [
      '# A `code` & b',
      'See [x](y.md#z "title"), `[not](a-link.md)` and <https://example.org>.',
      '```sh exit=1 norun reason="needs root"',
      '# no heading, [no](link.md)',
      '```',
      '## A `code` & b',
      '[ref]: other.md',
    ].join('\n'),
  );
  test('finds links outside of code', () => {
    expect(page.links).toEqual([
      { line: 2, target: 'y.md#z' },
      { line: 7, target: 'other.md' },
    ]);
  });
  test('makes the anchors that a forge makes, numbered where a heading comes again', () => {
    expect([...page.anchors]).toEqual(['a-code--b', 'a-code--b-1']);
  });
  test('reads what a block says of itself', () => {
    expect(page.blocks).toMatchObject([{ language: 'sh', line: 3, text: '# no heading, [no](link.md)\n' }]);
    expect([...(page.blocks[0]?.attributes ?? [])]).toEqual([
      ['exit', '1'],
      ['norun', ''],
      ['reason', 'needs root'],
    ]);
  });
});
