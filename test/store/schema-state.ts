import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { appliedMigrations, schemaMigration } from '../../src/schema/ledger.ts';
import { all } from '../../src/sql/ports.ts';
import { query } from '../../src/sql/query.ts';
import type { SchemaNode } from '../../src/sql/schema.ts';

/** Where the states of past releases lie: a folder per release, a file per way of running. */
const STATES = new URL('../../src/schema/states/', import.meta.url);

/** The ways of running whose schema differs: a server has what the embedded engine has. */
export type StateKind = 'embedded' | 'cluster';

const created = query(
  'schema.state',
  `
SELECT name, engine, formatQuery(create_table_query) AS statement
FROM system.tables
WHERE database = currentDatabase()
ORDER BY engine IN ('View', 'MaterializedView'), engine = 'Distributed', name`,
  z.object({ name: z.string(), engine: z.string(), statement: z.string() }),
);

/** The schema of a node as statements that make it again, ledger and all. */
export async function dumpState(node: SchemaNode): Promise<string> {
  const rows = await all(node, created, {});
  const ledger = await all(node, appliedMigrations, {});
  const statements = rows.map((row) => row.statement);
  for (const row of ledger) {
    const values = [row.id, `'${row.name.replaceAll(/['\\]/g, '\\$&')}'`, `'${row.program}'`].join(', ');
    statements.push(`INSERT INTO ${schemaMigration.name} (id, name, program) VALUES (${values})`);
  }
  return `${statements.join(';\n\n')};\n`;
}

/** Makes a node what a dump says. */
export async function restoreState(node: SchemaNode, dump: string): Promise<void> {
  for (const statement of dump.split(/;\n\n|;\n$/))
    if (statement.trim() !== '') await node.applyDdl(statement);
}

/** Releases whose state is kept, oldest first. */
export async function releases(): Promise<string[]> {
  const names = await readdir(STATES);
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The kept state of a release. */
export function readState(release: string, kind: StateKind): Promise<string> {
  return readFile(new URL(`${release}/${kind}.sql`, STATES), 'utf8');
}

/** Keeps the state of a release; returns the file. */
export async function writeState(release: string, kind: StateKind, dump: string): Promise<string> {
  await mkdir(new URL(`${release}/`, STATES), { recursive: true });
  const file = new URL(`${release}/${kind}.sql`, STATES);
  await writeFile(file, dump);
  return fileURLToPath(file);
}
