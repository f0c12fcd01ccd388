import { Fault } from '../fault/fault.ts';
import { all } from '../sql/ports.ts';
import type { SchemaNode, SchemaTarget } from '../sql/schema.ts';
import { appliedMigrations, schemaMigration } from './ledger.ts';
import type { Migration } from './migration.ts';

/** A migration that was run, and where. */
export interface AppliedMigration {
  readonly node: string;
  readonly id: number;
  readonly name: string;
}

/** What brings a store forward. */
export interface MigrateOptions {
  /** Version of this program, for the ledger: `0.1.0`. */
  readonly program: string;
}

/**
 * Brings every node of the store to the schema that the migrations describe, and says what it did;
 * an empty answer means that nothing had to be done.
 *
 * There is no lock: ClickHouse has none to offer without a Keeper. Two programs that migrate at the
 * same time are safe because every step can be run twice, and the ledger keeps what both wrote.
 * Throws a Fault `schema/newer-store` before anything is changed when a node is ahead of the
 * program, `schema/diverged` when it has another history, or a Fault `store/…`.
 */
export async function migrate(
  target: SchemaTarget,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<AppliedMigration[]> {
  checkNumbers(migrations);
  const pending: { node: SchemaNode; migrations: readonly Migration[] }[] = [];
  for (const node of target.nodes) {
    await node.ensureNodeTable(schemaMigration);
    pending.push({ node, migrations: await pendingOn(node, migrations) });
  }
  const applied: AppliedMigration[] = [];
  for (const { node, migrations: missing } of pending) {
    for (const migration of missing) {
      await apply(node, migration);
      // Only now: a node that dies before this line runs the migration again.
      await node.insert(schemaMigration, [
        { id: migration.id, name: migration.name, program: options.program },
      ]);
      applied.push({ node: node.name, id: migration.id, name: migration.name });
    }
  }
  return applied;
}

/** A gap or a reused number is a mistake of ours, not of the operator. */
function checkNumbers(migrations: readonly Migration[]): void {
  migrations.forEach((migration, index) => {
    if (migration.id !== index + 1)
      throw new RangeError(`migration ${migration.id} (${migration.name}) stands where ${index + 1} is due`);
  });
}

async function pendingOn(node: SchemaNode, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const behind = await all(node, appliedMigrations, {});
  for (const row of behind) {
    const known = migrations[row.id - 1];
    if (known === undefined)
      throw new Fault(
        'schema/newer-store',
        `the store ${node.name} was written by Tidemark ${row.program} (schema ${row.id}, ${row.name}); this program knows schema ${migrations.length}`,
        `Upgrade Tidemark to ${row.program} or newer, or use another store.`,
      );
    if (known.name !== row.name)
      throw new Fault(
        'schema/diverged',
        `schema ${row.id} of the store ${node.name} is "${row.name}", written by Tidemark ${row.program}; this program has "${known.name}" there`,
        `Use the build of Tidemark that made this store, or another store.`,
      );
  }
  const done = new Set(behind.map((row) => row.id));
  return migrations.filter((migration) => !done.has(migration.id));
}

async function apply(node: SchemaNode, migration: Migration): Promise<void> {
  for (const table of migration.tables ?? []) await node.ensureTable(table);
  for (const view of migration.materializedViews ?? []) await node.ensureMaterializedView(view);
  for (const { table, column } of migration.columns ?? []) await node.ensureColumn(table, column);
  for (const statement of migration.statements ?? []) await node.applyDdl(statement);
  for (const view of migration.views ?? []) await node.ensureView(view);
}
