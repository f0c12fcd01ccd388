import type { Problem } from '../../fault/fault.ts';
import { Fault } from '../../fault/fault.ts';
import type { NdjsonLine, Row, RunOptions } from '../../sql/ports.ts';
import type { Command, Query } from '../../sql/query.ts';
import type { SchemaNode } from '../../sql/schema.ts';
import type { Table, View } from '../../sql/table.ts';
import type { Instant } from '../../time/instant.ts';
import { binaryTarget, targetOf } from '../bound-engine.ts';
import { removeRowsStatement, tableStatements, viewStatement } from '../ddl.ts';
import { Jobs } from '../jobs.ts';
import { checkNdjson } from '../ndjson.ts';
import { bindParameters, inlineParameters } from '../parameters.ts';
import { askLocked, type Answer, type AskOptions, type LockedReader } from '../read-only.ts';
import { decodeRow, rowsIn, serializeRows } from '../rows.ts';
import type { Store, StoreHealth } from '../store.ts';
import { DaemonClient } from './daemon-client.ts';
import { healthJson, helloJson, type Given, type Operation } from './frames.ts';

/** Opens the store that a daemon offers at a socket. Throws a Fault `store/daemon-…`. */
export async function openDaemon(path: string): Promise<Store> {
  const client = new DaemonClient(path);
  try {
    const hello = helloJson.parse(await client.call('hello', {}));
    return new DaemonStore(client, {
      name: hello.dataDir,
      pid: hello.pid,
      program: hello.program,
      ownedSince: hello.ownedSince as Instant,
      problems: hello.problems,
    });
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The daemon, as it says of itself. */
interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly program: string;
  readonly ownedSince: Instant;
  readonly problems: readonly Problem[];
}

/** The embedded store of another process. */
class DaemonStore implements Store, LockedReader {
  readonly mode = 'daemon';
  readonly problems: readonly Problem[];
  readonly ownedSince: Instant;
  readonly nodes: readonly SchemaNode[];
  readonly #client: DaemonClient;
  /** The daemon stops what it does for a client that hangs up. */
  readonly #hangUps = new Map<string, AbortController>();
  readonly #jobs = new Jobs((id) => this.#hangUps.get(id)?.abort());
  #writes: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(client: DaemonClient, daemon: Daemon) {
    this.#client = client;
    this.problems = daemon.problems;
    this.ownedSince = daemon.ownedSince;
    this.nodes = [new DaemonSchema(this, daemon)];
  }

  /** The daemon writes there, and others through it. */
  written(): undefined {
    return undefined;
  }

  async *run<P, R>(query: Query<P, R>, params: P, options: RunOptions = {}): AsyncIterable<R> {
    const { name } = query;
    const settings = options.settings ?? {};
    const answer =
      options.whole === true
        ? this.#read(
            name,
            'read-whole',
            { doing: name, text: inlineParameters(query.text, params), settings },
            options,
          )
        : this.#read(name, 'read', { doing: name, ...bindParameters(query.text, params), settings }, options);
    const batches = rowsIn(name, answer);
    for await (const batch of batches) for (const row of batch) yield decodeRow(query, row);
  }

  runLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<unknown[]> {
    return rowsIn('question', this.#read('question', 'question', { text, settings }, options));
  }

  async *#read<O extends Operation>(
    doing: string,
    operation: O,
    given: Given<O>,
    { signal }: RunOptions,
  ): AsyncGenerator<Uint8Array> {
    this.#mustBeOpen(doing);
    const job = this.#jobs.begin(doing, signal);
    const hangUp = new AbortController();
    this.#hangUps.set(job.id, hangUp);
    try {
      for await (const chunk of this.#client.rows(operation, given, hangUp.signal)) {
        job.check();
        yield chunk;
      }
      job.check();
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
      this.#hangUps.delete(job.id);
    }
  }

  ask(sql: string, options: AskOptions): Promise<Answer> {
    return askLocked(this, sql, options);
  }

  async execute<P>(command: Command<P>, params: P, options: RunOptions = {}): Promise<void> {
    const text = inlineParameters(command.text, params);
    const given = { doing: command.name, text, settings: options.settings ?? {} };
    await this.#write(command.name, 'execute', given, options);
  }

  async insert(table: Table, rows: readonly Row[], options: RunOptions = {}): Promise<void> {
    if (rows.length > 0) await this.#insert(table, serializeRows(table, rows), options);
  }

  async insertLines(table: Table, lines: readonly NdjsonLine[], options: RunOptions = {}): Promise<void> {
    if (lines.length > 0) await this.#insert(table, Buffer.from(`${lines.join('\n')}\n`), options);
  }

  async insertNdjson(table: Table, body: Uint8Array, options: RunOptions = {}): Promise<void> {
    // Here too, so that the fault has the line of the caller's own rows.
    if (checkNdjson(body).rows > 0) await this.#insert(table, body, options);
  }

  async #insert(table: Table, body: Uint8Array, options: RunOptions): Promise<void> {
    const target = targetOf(table);
    const given = { table: target.table, columns: [...target.columns], settings: options.settings ?? {} };
    await this.#write(`insert into ${table.name}`, 'insert', given, options, body);
  }

  async insertBinary(
    table: Table,
    columns: readonly string[],
    body: Uint8Array,
    options: RunOptions = {},
  ): Promise<void> {
    if (body.length === 0) return;
    const target = binaryTarget(table, columns);
    const given = { table: target.table, columns: [...target.columns], settings: options.settings ?? {} };
    await this.#write(`insert into ${table.name}`, 'insert-binary', given, options, body);
  }

  async #write<O extends Operation>(
    doing: string,
    operation: O,
    given: Given<O>,
    { signal }: RunOptions,
    body?: Uint8Array,
  ): Promise<void> {
    this.#mustBeOpen(doing);
    const job = this.#jobs.begin(doing, signal);
    const hangUp = new AbortController();
    this.#hangUps.set(job.id, hangUp);
    try {
      const write = this.#client.call(operation, given, hangUp.signal, body);
      this.#writes = Promise.allSettled([this.#writes, write]);
      await write;
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
      this.#hangUps.delete(job.id);
    }
  }

  async ensureTable(table: Table): Promise<void> {
    for (const statement of tableStatements(table, { kind: 'single' })) await this.applyDdl(statement);
  }

  async ensureView(view: View): Promise<void> {
    await this.applyDdl(viewStatement(view));
  }

  async removeRows(table: Table, column: string, values: readonly string[]): Promise<void> {
    await this.applyDdl(removeRowsStatement(table, column, values, { kind: 'single' }));
  }

  async applyDdl(statement: string): Promise<void> {
    await this.#write(statement.trim().split('\n')[0] ?? '', 'ddl', { statement }, {});
  }

  async cancel(): Promise<void> {
    this.#jobs.stopAll();
  }

  async health(): Promise<StoreHealth> {
    this.#mustBeOpen('health');
    const health = healthJson.parse(await this.#client.call('health', {})) as StoreHealth;
    return { ...health, mode: this.mode };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writes;
    await this.cancel();
    this.#client.close();
  }

  #mustBeOpen(doing: string): void {
    if (this.#closed)
      throw new Fault(
        'store/closed',
        `${doing}: the store is closed`,
        'Report this with the command that you ran.',
      );
  }
}

/**
 * The schema of a store that a daemon has open. It is the daemon's: a program that knows another one can see so, and
 * changes nothing. How long rows are kept is as the daemon's own configuration says.
 */
class DaemonSchema implements SchemaNode {
  readonly name: string;
  readonly #store: DaemonStore;
  readonly #daemon: Daemon;

  constructor(store: DaemonStore, daemon: Daemon) {
    this.#store = store;
    this.#daemon = daemon;
    this.name = daemon.name;
  }

  run<P, R>(query: Query<P, R>, params: P, options?: RunOptions): AsyncIterable<R> {
    return this.#store.run(query, params, options);
  }

  /** The ledger of migrations: it is there, since the daemon has opened the store. */
  async ensureNodeTable(): Promise<void> {}

  async ensureRetention(): Promise<void> {}

  insert(): Promise<void> {
    return this.#refuse();
  }

  insertLines(): Promise<void> {
    return this.#refuse();
  }

  insertNdjson(): Promise<void> {
    return this.#refuse();
  }

  insertBinary(): Promise<void> {
    return this.#refuse();
  }

  ensureTable(): Promise<void> {
    return this.#refuse();
  }

  ensureColumn(): Promise<void> {
    return this.#refuse();
  }

  ensureView(): Promise<void> {
    return this.#refuse();
  }

  ensureMaterializedView(): Promise<void> {
    return this.#refuse();
  }

  applyDdl(): Promise<void> {
    return this.#refuse();
  }

  async #refuse(): Promise<never> {
    const { pid, program } = this.#daemon;
    throw new Fault(
      'store/daemon-older',
      `the history is open in a daemon (process ${pid}, Tidemark ${program}) whose schema is older than that of this program`,
      'Restart the daemon, so that it runs this program.',
      { file: this.name },
    );
  }
}
