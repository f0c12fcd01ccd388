import type { QueryRunner, RowWriter } from './ports.ts';
import type { Column, MaterializedView, Table, View } from './table.ts';

/**
 * One engine whose schema is brought forward: the embedded engine, a server, or one node of a
 * cluster. Everything said to it concerns this node alone, and may be said twice.
 * Throws a Fault `store/…`.
 */
export interface SchemaNode extends QueryRunner, RowWriter {
  /** For messages: a directory or a URL. */
  readonly name: string;
  /** Creates the table unless it is there; on a cluster the shard's part and the Distributed table over all. */
  ensureTable(table: Table): Promise<void>;
  /** Creates a table of this node's own, which no other node sees. */
  ensureNodeTable(table: Table): Promise<void>;
  /** Adds a column unless it is there; on a cluster to the shard's part and to the Distributed table. */
  ensureColumn(table: Table, column: Column): Promise<void>;
  /** Creates the view, or replaces it. */
  ensureView(view: View): Promise<void>;
  /** Creates the materialized view unless it is there. */
  ensureMaterializedView(view: MaterializedView): Promise<void>;
  /**
   * Sees to it that rows are dropped so many days after the moment in their column (a DateTime). Changes the table
   * only when it says something else; rows that are due go with the next merges.
   */
  ensureRetention(table: Table, column: string, days: number): Promise<void>;
  /** Runs any other statement as it is. It has to be one that can be run twice. */
  applyDdl(statement: string): Promise<void>;
}

/** Every node that must hold the schema. */
export interface SchemaTarget {
  readonly nodes: readonly SchemaNode[];
}
