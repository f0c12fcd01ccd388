import type { Column, Table, View } from '../sql/table.ts';
import { quoteName, quoteString } from './quote.ts';

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

function columnBlock(lines: readonly string[]): string {
  return `(\n${lines.map((line) => `    ${line}`).join(',\n')}\n)`;
}

/**
 * Durable tables sync each new part and its directory before the insert is acknowledged. Merges are
 * not synced: their sources stay on disk for `old_parts_lifetime` (8 minutes), which is longer than
 * the kernel keeps written pages back.
 */
const DURABLE = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1';

function mergeTree(table: Table, name: string): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(name)}`,
    columnBlock(table.columns.map(columnText)),
    `ENGINE = ${table.engine}`,
    table.partitionBy === undefined ? undefined : `PARTITION BY ${table.partitionBy}`,
    `ORDER BY (${table.orderBy.join(', ')})`,
    table.durable ? DURABLE : undefined,
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

/** The statement that removes the rows whose column has one of the values, from this node's own part of the table. */
export function removeRowsStatement(
  table: Table,
  column: string,
  values: readonly string[],
  placement: Placement,
): string {
  const name = placement.kind === 'single' ? table.name : localName(table.name);
  return `DELETE FROM ${quoteName(name)} WHERE ${quoteName(column)} IN (${values.map(quoteString).join(', ')})`;
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
