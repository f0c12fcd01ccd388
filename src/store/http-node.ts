import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Problem } from '../fault/fault.ts';
import { Fault } from '../fault/fault.ts';
import type { Row, RunOptions, NdjsonLine } from '../sql/ports.ts';
import { all, first } from '../sql/ports.ts';
import type { Command, Query } from '../sql/query.ts';
import { query as declare } from '../sql/query.ts';
import type { SchemaNode } from '../sql/schema.ts';
import type { Column, MaterializedView, Table, View } from '../sql/table.ts';
import { brokenBecause, parsed } from './broken-answer.ts';
import type { Placement } from './ddl.ts';
import {
  columnStatements,
  materializedViewStatement,
  removeRowsStatement,
  tableStatements,
  viewStatement,
} from './ddl.ts';
import { detachedParts, detachedProblem } from './detached-parts.ts';
import { toFault } from './faults.ts';
import type { Job } from './jobs.ts';
import { Jobs } from './jobs.ts';
import { withoutTail } from './lexer.ts';
import { checkNdjson } from './ndjson.ts';
import type { BoundText } from './parameters.ts';
import { bindParameters, inlineParameters } from './parameters.ts';
import { quoteName, quoteString } from './quote.ts';
import type { LockedReader } from './read-only.ts';
import { ensureRetention } from './retention.ts';
import { decodeRow, RowSplitter, serializeRows, writableColumns } from './rows.ts';
import { INSERT_SETTINGS } from './settings.ts';
import type { NodeHealth } from './store.ts';

/**
 * Parameters travel in the address of the request, which the server cuts off at 1 MiB and many
 * proxies far earlier; larger ones are written into the text.
 */
const MOST_PARAMETER_BYTES = 4096;

/** After a stop the answer gets this long to end by itself before the connection is cut. */
const GRACE_MS = 2000;

const facts = declare(
  'store.node.facts',
  `
SELECT
    version() AS version,
    (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking') AS memory,
    (SELECT min(unreserved_space) FROM system.disks) AS free,
    (SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase()) AS used`,
  z.object({
    version: z.string(),
    memory: z.coerce.number(),
    free: z.coerce.number(),
    used: z.coerce.number(),
  }),
);

/** One ClickHouse server over HTTP(S). */
export class HttpNode implements SchemaNode, LockedReader {
  readonly name: string;
  readonly #client: ClickHouseClient;
  readonly #placement: Placement;
  readonly #jobs = new Jobs((id) => this.#kill(id));
  readonly #writes = new Set<Promise<unknown>>();
  #closed = false;

  constructor(name: string, client: ClickHouseClient, placement: Placement) {
    this.name = name;
    this.#client = client;
    this.#placement = placement;
  }

  async *run<P, R>(query: Query<P, R>, params: P, options: RunOptions = {}): AsyncIterable<R> {
    const bound = bind(query.text, params);
    const text = `${withoutTail(bound.text)}\nFORMAT JSONEachRow`;
    for await (const rows of this.#read(query.name, text, bound.values, options.settings, options.signal))
      for (const row of rows) yield decodeRow(query, row);
  }

  runLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<unknown[]> {
    // Not as a clause: EXPLAIN would take it for a part of what it explains.
    const format = { default_format: 'JSONCompactEachRow' };
    return this.#read('question', text, {}, { ...settings, ...format, readonly: '1' }, options.signal);
  }

  async *#read(
    doing: string,
    text: string,
    values: BoundText['values'],
    settings: RunOptions['settings'],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<unknown[]> {
    const job = this.#begin(doing, signal);
    const splitter = new RowSplitter();
    let body: Readable | undefined;
    let complete = false;
    try {
      const answer = await this.#client.exec({
        query: text,
        query_params: values,
        query_id: job.id,
        clickhouse_settings: { ...settings, log_comment: doing },
      });
      body = answer.stream;
      const chunks: AsyncIterable<Uint8Array> = body.iterator({ destroyOnReturn: false });
      for await (const chunk of chunks) {
        job.check();
        yield parsed(splitter, chunk);
      }
      const last = splitter.end();
      if (last.length > 0) yield last;
      job.check();
      complete = true;
    } catch (error) {
      if (body === undefined || error instanceof Fault) throw job.fault(error);
      throw job.fault(await brokenBecause(error, body, splitter));
    } finally {
      if (!complete && body !== undefined) await this.#abandon(job, body);
      job.end();
    }
  }

  async execute<P>(command: Command<P>, params: P, options: RunOptions = {}): Promise<void> {
    const bound = bind(command.text, params);
    await this.#write(command.name, options.signal, (id) =>
      this.#client.command({
        query: bound.text,
        query_params: bound.values,
        query_id: id,
        clickhouse_settings: { ...options.settings, log_comment: command.name },
      }),
    );
  }

  async insert(table: Table, rows: readonly Row[], options?: RunOptions): Promise<void> {
    if (rows.length > 0) await this.#insertJson(table, serializeRows(table, rows), options);
  }

  async insertLines(table: Table, lines: readonly NdjsonLine[], options?: RunOptions): Promise<void> {
    if (lines.length > 0) await this.#insertJson(table, Buffer.from(`${lines.join('\n')}\n`), options);
  }

  async insertNdjson(table: Table, body: Uint8Array, options?: RunOptions): Promise<void> {
    const checked = checkNdjson(body);
    if (checked.rows > 0) await this.#insertJson(table, checked.body, options);
  }

  #insertJson(table: Table, body: Uint8Array, options: RunOptions | undefined): Promise<void> {
    return this.#insertBody(table, writableColumns(table), 'JSONEachRow', body, options);
  }

  async insertBinary(
    table: Table,
    columns: readonly string[],
    body: Uint8Array,
    options?: RunOptions,
  ): Promise<void> {
    if (body.length > 0) await this.#insertBody(table, columns, 'RowBinary', body, options);
  }

  async #insertBody(
    table: Table,
    columns: readonly string[],
    format: 'JSONEachRow' | 'RowBinary',
    body: Uint8Array,
    options: RunOptions = {},
  ): Promise<void> {
    const doing = `insert into ${table.name}`;
    await this.#write(doing, options.signal, async (id) => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${quoteName(table.name)} (${columns.map(quoteName).join(', ')}) FORMAT ${format}`,
        values: Readable.from([body], { objectMode: false }),
        query_id: id,
        clickhouse_settings: { ...INSERT_SETTINGS, ...options.settings, log_comment: doing },
      });
      // An insert answers nothing; reading it to its end gives the connection back.
      for await (const _ of stream) continue;
    });
  }

  async #write(
    doing: string,
    signal: AbortSignal | undefined,
    run: (id: string) => Promise<unknown>,
  ): Promise<void> {
    const job = this.#begin(doing, signal);
    const write = run(job.id);
    this.#writes.add(write);
    try {
      await write;
    } catch (error) {
      throw job.fault(error);
    } finally {
      this.#writes.delete(write);
      job.end();
    }
  }

  async ensureTable(table: Table): Promise<void> {
    for (const statement of tableStatements(table, this.#placement)) await this.applyDdl(statement);
  }

  async ensureNodeTable(table: Table): Promise<void> {
    for (const statement of tableStatements(table, { kind: 'single' })) await this.applyDdl(statement);
  }

  async ensureColumn(table: Table, column: Column): Promise<void> {
    for (const statement of columnStatements(table, column, this.#placement)) await this.applyDdl(statement);
  }

  async ensureView(view: View): Promise<void> {
    await this.applyDdl(viewStatement(view));
  }

  async ensureMaterializedView(view: MaterializedView): Promise<void> {
    await this.applyDdl(materializedViewStatement(view, this.#placement));
  }

  async ensureRetention(table: Table, column: string, days: number): Promise<void> {
    await ensureRetention(this, table, column, days, this.#placement);
  }

  /** Removes the rows whose column has one of the values from this node's own part of the table. */
  async removeRows(table: Table, column: string, values: readonly string[]): Promise<void> {
    await this.applyDdl(removeRowsStatement(table, column, values, this.#placement));
  }

  async applyDdl(statement: string): Promise<void> {
    const doing = `${statement.trim().split('\n')[0]} on ${this.name}`;
    await this.#write(doing, undefined, (id) => this.#client.command({ query: statement, query_id: id }));
  }

  stopAll(): void {
    this.#jobs.stopAll();
  }

  /** How the node is, whether or not it answers. */
  async health(): Promise<NodeHealth> {
    try {
      const row = await first(this, facts, {});
      if (row === undefined) return { name: this.name };
      const { version, memory, free, used } = row;
      return { name: this.name, version, memoryBytes: memory, freeBytes: free, usedBytes: used };
    } catch (error) {
      const fault = toFault(error, this.name);
      return {
        name: this.name,
        problem: { code: fault.code, message: fault.message, where: { file: this.name } },
      };
    }
  }

  /** What the server set aside as damaged. A server that does not let us look is a problem too. */
  async detached(): Promise<Problem[]> {
    try {
      return (await all(this, detachedParts, {})).map((part) => detachedProblem(part, this.name));
    } catch (error) {
      const fault = toFault(error, this.name);
      return [
        {
          code: 'store/detached-unknown',
          message: `cannot see whether the server set damaged parts aside: ${fault.message}`,
          where: { file: this.name },
        },
      ];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#writes);
    this.stopAll();
    await this.#client.close();
  }

  #begin(doing: string, signal: AbortSignal | undefined): Job {
    if (this.#closed)
      throw new Fault(
        'store/closed',
        `${doing}: the store is closed`,
        'Report this with the command that you ran.',
      );
    return this.#jobs.begin(doing, signal);
  }

  /** A stop that does not arrive is asked for again; what the server says to it is of no use to anyone. */
  #kill(id: string): void {
    this.#client
      .command({ query: `KILL QUERY WHERE query_id = ${quoteString(id)} ASYNC` })
      .catch(() => undefined);
  }

  /**
   * Ends an answer that nobody reads to its end: the query is stopped, what is left is read and
   * dropped, and only when that takes too long is the connection cut.
   */
  async #abandon(job: Job, body: Readable): Promise<void> {
    if (body.readableEnded || body.destroyed) return;
    this.#kill(job.id);
    const timer = setTimeout(() => body.destroy(), GRACE_MS);
    body.on('error', () => undefined);
    body.resume();
    await once(body, 'close').catch(() => undefined);
    clearTimeout(timer);
  }
}

/** The text and parameters as they go to the server. */
function bind(text: string, params: unknown): BoundText {
  const bound = bindParameters(text, params);
  const bytes = JSON.stringify(bound.values, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  ).length;
  return bytes > MOST_PARAMETER_BYTES ? { text: inlineParameters(text, params), values: {} } : bound;
}
