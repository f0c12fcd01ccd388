import type { Problem } from '../fault/fault.ts';
import type { CommandRunner, QueryRunner, RowWriter } from '../sql/ports.ts';
import type { SchemaTarget } from '../sql/schema.ts';
import type { Table, View } from '../sql/table.ts';
import type { Instant } from '../time/instant.ts';
import type { Asker } from './read-only.ts';

/** Where the engine is: in this process, in that of the daemon (over its socket), one server, or a cluster of several. */
export type StoreMode = 'embedded' | 'daemon' | 'server' | 'cluster';

/** One engine as it was found. */
export interface NodeHealth {
  /** The directory or URL. */
  readonly name: string;
  /** Undefined when it did not answer; `problem` then says why. */
  readonly version?: string;
  readonly problem?: Problem;
  /** Memory that the engine counts as its own, in bytes. */
  readonly memoryBytes?: number;
  /** Free space where the data lies, in bytes. */
  readonly freeBytes?: number;
  /** What the tables take on the disk, in bytes. */
  readonly usedBytes?: number;
}

/** What `tidemark doctor` shows of the store. */
export interface StoreHealth {
  readonly mode: StoreMode;
  readonly nodes: readonly NodeHealth[];
  /** Parts that the engine set aside because they were damaged: rows are missing from every answer. */
  readonly problems: readonly Problem[];
}

/**
 * The one store. Rows leave it as JSON values: UInt64 and Int64 as decimal strings, DateTime64 as
 * ISO 8601 in UTC (`2026-11-22T04:02:00.123456Z`), IPv6 as text (`::ffff:10.0.0.1` for IPv4),
 * Float NaN and infinities as null. Everything throws a Fault `store/…`.
 */
export interface Store extends QueryRunner, CommandRunner, RowWriter, SchemaTarget, Asker {
  readonly mode: StoreMode;
  /** What was found wrong when the store was opened, and did not stop it from opening. */
  readonly problems: readonly Problem[];
  /**
   * Since when one process has had the data directory to itself, others working through it: what began before and is not
   * finished never will be. Undefined for a server, where anybody may be at work.
   */
  readonly ownedSince: Instant | undefined;
  /**
   * How many statements that may have changed one of these tables have ended since the store was opened: while it is the
   * same, so is what is stored in them. A table that a materialized view fills changes with the one that it is filled
   * from: name both. Undefined where others may write past this process.
   */
  written(tables: readonly Pick<Table, 'name'>[]): number | undefined;
  /** Creates the table on every node unless it is there. */
  ensureTable(table: Table): Promise<void>;
  /** Creates or replaces the view on every node. */
  ensureView(view: View): Promise<void>;
  /** Runs a statement on every node, in turn. It has to be one that can be run twice. */
  applyDdl(statement: string): Promise<void>;
  /** Removes, on every node, the rows whose column has one of the values: for rows that no read could see. */
  removeRows(table: Table, column: string, values: readonly string[]): Promise<void>;
  /** Stops, in the engine too, everything that this store has running; each ends with `store/cancelled`. */
  cancel(): Promise<void>;
  health(): Promise<StoreHealth>;
  /** Waits for running writes, stops running reads, and lets the data directory or the connections go. */
  close(): Promise<void>;
}
