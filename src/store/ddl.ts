import type { Column, MaterializedView, Table, TableIndex, View } from '../sql/table.ts';
import { quoteName, quoteString, settingsList } from './quote.ts';

/** Where a table's rows lie: in one engine, or spread over the shards of a named cluster. */
export type Placement =
  | { readonly kind: 'single' }
  | { readonly kind: 'sharded'; readonly cluster: string; readonly database: string };

/** The name of the shard's own part of a table on a cluster. */
export function localName(name: string): string {
  return `${name}_local`;
}

function columnText(column: Column): string {
  return [
    quoteName(column.name),
    column.type,
    column.expression,
    `COMMENT ${quoteString(column.comment)}`,
    column.codec === undefined ? undefined : `CODEC(${column.codec})`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function indexText(index: TableIndex): string {
  const granularity = index.granularity === undefined ? '' : ` GRANULARITY ${index.granularity}`;
  return `INDEX ${quoteName(index.name)} ${index.expression} TYPE ${index.type}${granularity}`;
}

function columnBlock(lines: readonly string[]): string {
  return `(\n${lines.map((line) => `    ${line}`).join(',\n')}\n)`;
}

/**
 * Durable tables sync each new part and its directory before the insert is acknowledged. Merges are
 * not synced: their sources stay on disk for `old_parts_lifetime` (8 minutes), which is longer than
 * the kernel keeps written pages back.
 */
const DURABLE = { fsync_after_insert: 1, fsync_part_directory: 1 };

function mergeTree(table: Table, name: string): string {
  const settings = { ...(table.durable ? DURABLE : {}), ...table.settings };
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(name)}`,
    columnBlock([...table.columns.map(columnText), ...(table.indices ?? []).map(indexText)]),
    `ENGINE = ${table.engine}`,
    table.partitionBy === undefined ? undefined : `PARTITION BY ${table.partitionBy}`,
    `ORDER BY (${table.orderBy.join(', ')})`,
    Object.keys(settings).length === 0 ? undefined : `SETTINGS ${settingsList(settings)}`,
    `COMMENT ${quoteString(table.comment)}`,
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

function distributed(table: Table, cluster: string, database: string): string {
  const where = [cluster, database, localName(table.name)].map(quoteString).join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)}`,
    columnBlock(table.columns.map(columnText)),
    `ENGINE = Distributed(${where}, ${table.shardBy})`,
    `COMMENT ${quoteString(table.comment)}`,
  ].join('\n');
}

/** The statements that make the table exist, in their order. */
export function tableStatements(table: Table, placement: Placement): string[] {
  if (placement.kind === 'single') return [mergeTree(table, table.name)];
  return [mergeTree(table, localName(table.name)), distributed(table, placement.cluster, placement.database)];
}

/** The statements that add the column where it is missing, in their order. */
export function columnStatements(table: Table, column: Column, placement: Placement): string[] {
  const names = placement.kind === 'single' ? [table.name] : [localName(table.name), table.name];
  return names.map((name) => `ALTER TABLE ${quoteName(name)} ADD COLUMN IF NOT EXISTS ${columnText(column)}`);
}

/** The name under which this node's own rows of the table lie. */
export function ownName(table: Table, placement: Placement): string {
  return placement.kind === 'single' ? table.name : localName(table.name);
}

/** The statement that makes the materialized view where it is missing. */
export function materializedViewStatement(view: MaterializedView, placement: Placement): string {
  const selected = Object.entries(view.select).map(
    ([column, expression]) => `    ${expression} AS ${quoteName(column)}`,
  );
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${quoteName(view.name)}`,
    `TO ${quoteName(ownName(view.to, placement))}`,
    `AS SELECT\n${selected.join(',\n')}`,
    `FROM ${quoteName(ownName(view.from, placement))}`,
    `COMMENT ${quoteString(view.comment)}`,
  ].join('\n');
}

/** How long rows are kept, as the engine writes it in a table's definition. */
export function retentionClause(column: string, days: number): string {
  return `TTL ${column} + toIntervalDay(${days})`;
}

/** The statement that changes how long rows are kept; what is there already is dropped by merges, not rewritten at once. */
export function retentionStatement(table: Table, column: string, days: number, placement: Placement): string {
  const clause = retentionClause(column, days);
  return `ALTER TABLE ${quoteName(ownName(table, placement))} MODIFY ${clause} SETTINGS materialize_ttl_after_modify = 0`;
}

/** The statement that removes the rows whose column has one of the values, from this node's own part of the table. */
export function removeRowsStatement(
  table: Table,
  column: string,
  values: readonly string[],
  placement: Placement,
): string {
  return `DELETE FROM ${quoteName(ownName(table, placement))} WHERE ${quoteName(column)} IN (${values.map(quoteString).join(', ')})`;
}

/** The statement that makes the view what it should be. */
export function viewStatement(view: View): string {
  const columns = view.columns.map(
    (column) => `${quoteName(column.name)} ${column.type} COMMENT ${quoteString(column.comment)}`,
  );
  return [
    `CREATE OR REPLACE VIEW ${quoteName(view.name)}`,
    columnBlock(columns),
    `AS ${view.select.trim()}`,
    `COMMENT ${quoteString(view.comment)}`,
  ].join('\n');
}
