import { z } from 'zod';
import { first, type QueryRunner } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import type { SchemaNode } from '../sql/schema.ts';
import type { Table } from '../sql/table.ts';
import { ownName, retentionClause, retentionStatement, type Placement } from './ddl.ts';

const definition = query(
  'store.table.definition',
  `SELECT engine_full AS text FROM system.tables WHERE database = currentDatabase() AND name = {name:String}`,
  z.object({ text: z.string() }),
);

/** Changes how long rows of a table are kept, unless the table says so already: a change is written to disk and waits for merges. */
export async function ensureRetention(
  node: QueryRunner & Pick<SchemaNode, 'applyDdl'>,
  table: Table,
  column: string,
  days: number,
  placement: Placement,
): Promise<void> {
  const found = await first(node, definition, { name: ownName(table, placement) });
  const wanted = retentionClause(column, days);
  if (found?.text.includes(`${wanted} `) === true || found?.text.endsWith(wanted) === true) return;
  await node.applyDdl(retentionStatement(table, column, days, placement));
}
