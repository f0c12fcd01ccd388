import { z } from 'zod';
import { query } from '../sql/query.ts';
import type { Table } from '../sql/table.ts';

/** Which migrations a node has behind it. Every node keeps its own: one that was away catches up by itself. */
export const schemaMigration: Table = {
  name: 'schema_migration',
  comment: 'Migrations that this node has behind it',
  columns: [
    { name: 'id', type: 'UInt32', comment: 'Number of the migration' },
    { name: 'name', type: 'String', comment: 'Its name' },
    { name: 'program', type: 'String', comment: 'Version of the program that ran it' },
    { name: 'at', type: 'DateTime64(6)', comment: 'When it was run', expression: 'DEFAULT now64(6)' },
  ],
  engine: 'MergeTree',
  orderBy: ['id', 'at'],
  shardBy: 'id',
  durable: true,
};

/** The migrations behind a node, oldest first; two programs at once may both have written one down. */
export const appliedMigrations = query(
  'schema.migrations.applied',
  `
SELECT id, argMin(name, at) AS name, argMin(program, at) AS program
FROM schema_migration
GROUP BY id
ORDER BY id`,
  z.object({ id: z.number().int(), name: z.string(), program: z.string() }),
);
