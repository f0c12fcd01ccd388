import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPage, type Page } from './markdown.ts';

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The folder of the documentation. */
export const DOCS = join(ROOT, 'docs');

/** Pages below docs/, by their path there, in alphabetical order. */
export function docPages(): readonly string[] {
  return readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .toSorted();
}

/** Text of a page, named from the repository: `docs/index.md`, `README.md`. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A page read, named from the repository. */
export function pageOf(file: string): Page {
  return readPage(textOf(file));
}
