import { z } from 'zod';
import { all, type QueryRunner } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import { schemaMigration } from './ledger.ts';

const tables = query(
  'schema.description.tables',
  `
SELECT name, engine, engine_full, as_select, comment
FROM system.tables
WHERE database = currentDatabase()
ORDER BY name`,
  z.object({
    name: z.string(),
    engine: z.string(),
    engine_full: z.string(),
    as_select: z.string(),
    comment: z.string(),
  }),
);

const columns = query(
  'schema.description.columns',
  `
SELECT table, name, type, default_kind, default_expression, comment, compression_codec
FROM system.columns
WHERE database = currentDatabase()
ORDER BY table, position`,
  z.object({
    table: z.string(),
    name: z.string(),
    type: z.string(),
    default_kind: z.string(),
    default_expression: z.string(),
    comment: z.string(),
    compression_codec: z.string(),
  }),
);

/** A column as the engine understood it. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  /** `DEFAULT now64(6)`, or an empty text. */
  readonly expression: string;
  readonly codec: string;
  readonly comment: string;
}

/** A table or view as the engine understood it, in the engine's own spelling: layout does not matter. */
export interface DescribedTable {
  readonly name: string;
  readonly engine: string;
  /** Engine with its arguments, keys and settings. */
  readonly storage: string;
  /** The SELECT behind a view, or an empty text. */
  readonly select: string;
  readonly comment: string;
  /** By name: a column that a migration added stands elsewhere than in a fresh table, and means the same. */
  readonly columns: readonly DescribedColumn[];
}

/** Everything in the database of one node, by name, but for the ledger. Throws a Fault `store/…`. */
export async function describeSchema(node: QueryRunner): Promise<readonly DescribedTable[]> {
  const byTable = new Map<string, DescribedColumn[]>();
  for await (const row of node.run(columns, {})) {
    const list = byTable.get(row.table) ?? [];
    byTable.set(row.table, list);
    list.push({
      name: row.name,
      type: row.type,
      expression: `${row.default_kind} ${row.default_expression}`.trim(),
      codec: row.compression_codec,
      comment: row.comment,
    });
  }
  const described = await all(node, tables, {});
  return described
    .filter((row) => row.name !== schemaMigration.name)
    .map((row) => ({
      name: row.name,
      engine: row.engine,
      storage: row.engine_full,
      select: row.as_select,
      comment: row.comment,
      columns: (byTable.get(row.name) ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    }));
}
