import type { Column, MaterializedView, Table, View } from '../sql/table.ts';

/**
 * One numbered step of the schema. Everything in it can be run twice: a node that was away, a
 * migration that was killed half-way and two programs that start at the same moment all run it again.
 * The parts are applied in the order of the fields.
 */
export interface Migration {
  /** 1, 2, 3, …: without gaps, never reused. */
  readonly id: number;
  /** A few words, lower case: `first tables`. */
  readonly name: string;
  /** Tables that begin with this migration, as they are declared today. */
  readonly tables?: readonly Table[];
  /** Materialized views that begin with this migration; after its tables. */
  readonly materializedViews?: readonly MaterializedView[];
  /** Columns that were added to a table that an earlier migration began. */
  readonly columns?: readonly { readonly table: Table; readonly column: Column }[];
  /** Anything else, in ClickHouse SQL, run on every node; must be fit to be run twice (`IF EXISTS`, `IF NOT EXISTS`). */
  readonly statements?: readonly string[];
  /** Views that begin or change with this migration, as they are declared today. */
  readonly views?: readonly View[];
}
