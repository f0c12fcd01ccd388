import { isCollection, isMap, isScalar, type Document, type LineCounter, type Node } from 'yaml';
import type { Where } from '../../fault/fault.ts';

/** A path of keys and indexes into the document. */
export type Path = readonly (string | number)[];

/** From key paths and offsets of a YAML document to lines and columns. */
export class Places {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #text: string;

  constructor(document: Document.Parsed, lines: LineCounter, file: string, text: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
    this.#text = text;
  }

  at(offset: number, field?: string): Where {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col, ...(field === undefined ? {} : { field }) };
  }

  /** Where a value stands; its nearest ancestor where it is missing. */
  of(path: Path): Where {
    const field = path.length === 0 ? undefined : path.join('.');
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      const offset = (node as Node | null | undefined)?.range?.[0];
      if (offset !== undefined) return this.at(offset, field);
    }
    return { file: this.#file, ...(field === undefined ? {} : { field }) };
  }

  /** Where a key stands. */
  key(path: Path, key: string): Where {
    const field = [...path, key].join('.');
    const parent = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (isCollection(parent) && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
      if (offset !== undefined) return this.at(offset, field);
    }
    return this.of(path);
  }

  /** Where the n-th character of a text value stands; its beginning where quoting or folding moved it. */
  within(path: Path, offset: number): Where {
    const node = this.#document.getIn(path, true);
    const start = isScalar(node) ? node.range?.[0] : undefined;
    if (!isScalar(node) || start === undefined) return this.of(path);
    const field = path.join('.');
    const value = String(node.value);
    if (node.type === 'BLOCK_LITERAL') {
      const content = this.#text.indexOf('\n', start) + 1;
      const indent = /^[ ]*/.exec(this.#text.slice(content))?.[0].length ?? 0;
      const before = value.slice(0, offset).split('\n');
      const { line } = this.#lines.linePos(content);
      return {
        file: this.#file,
        line: line + before.length - 1,
        column: indent + (before.at(-1)?.length ?? 0) + 1,
        field,
      };
    }
    const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
    const isVerbatim = this.#text.startsWith(value, start + quote);
    return this.at(isVerbatim ? start + quote + offset : start, field);
  }
}
