import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryTarget } from './bound-engine.ts';
import { quoteName, quoteString } from './quote.ts';

/**
 * Rows on their way into the embedded engine, one file for each insert, in a directory that only we can read. A kill
 * may leave some behind; they were not acknowledged, and whoever opens the directory next removes them.
 */
export class IncomingFiles {
  readonly #directory: string;

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'incoming');
  }

  /** Writes the bytes and gives the path. Throws what the file system throws, and leaves nothing behind then. */
  async put(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = join(this.#directory, `${randomUUID()}.rows`);
    try {
      await writeFile(file, body, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      await this.remove(file);
      throw error;
    }
    return file;
  }

  /** Removes a file; that it is not there is no error. */
  async remove(file: string): Promise<void> {
    await rm(file, { force: true });
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** The statement that reads the columns of a table from a file of RowBinary. */
export function insertFromFile({ table, columns }: BinaryTarget, file: string): string {
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const structure = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
  const source = [file, 'RowBinary', structure.join(', ')].map(quoteString).join(', ');
  return `INSERT INTO ${quoteName(table)} (${names}) SELECT * FROM file(${source})`;
}
