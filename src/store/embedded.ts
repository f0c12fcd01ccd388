import { randomUUID } from 'node:crypto';
import { mkdir, rename, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Problem } from '../fault/fault.ts';
import { Fault } from '../fault/fault.ts';
import type { Row, RunOptions } from '../sql/ports.ts';
import type { Command, Query } from '../sql/query.ts';
import type { SchemaNode } from '../sql/schema.ts';
import type { Column, Table, View } from '../sql/table.ts';
import type { Chdb, ChdbSession } from './chdb.ts';
import { loadChdb } from './chdb.ts';
import { columnStatements, removeRowsStatement, tableStatements, viewStatement } from './ddl.ts';
import { DETACHED_PARTS, detachedProblem } from './detached-parts.ts';
import { isHeldByOther, lockedFault, readOwner } from './directory-lock.ts';
import { EngineSessions } from './engine-sessions.ts';
import { cancelled, toFault } from './faults.ts';
import { withoutTail } from './lexer.ts';
import { NativeGate } from './native-gate.ts';
import { checkNdjson } from './ndjson.ts';
import { inlineParameters, transportParameters } from './parameters.ts';
import { quoteString, settingsList } from './quote.ts';
import { RowSplitter, serializeRows, writableColumns } from './rows.ts';
import { INSERT_SETTINGS, SESSION_SETTINGS } from './settings.ts';
import type { Store, StoreHealth } from './store.ts';

/** What the embedded store needs to know. */
export interface EmbeddedOptions {
  /** Tidemark's directory; the engine's own lies in `clickhouse/` below it. Created when missing. */
  readonly dataDir: string;
  /** Cap on the engine's memory in bytes. */
  readonly memoryBytes: number;
}

/**
 * Server configuration of the embedded engine. The shares of the memory cap are those that were seen
 * to hold under load at 900 MB: a third of it for merges, two cores' worth of background work, and
 * no cache but for marks, which take a fraction of a percent of the data.
 */
function engineConfiguration(memoryBytes: number): string {
  const values = {
    max_server_memory_usage: memoryBytes,
    mark_cache_size: 67_108_864,
    uncompressed_cache_size: 0,
    background_pool_size: 2,
    merges_mutations_memory_usage_soft_limit: Math.round(memoryBytes / 3),
  };
  const elements = Object.entries(values).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return `<clickhouse>\n${elements.join('\n')}\n  <logger><level>none</level></logger>\n</clickhouse>\n`;
}

/** Per query: seven ninths of the cap in memory, spilling to disk from a third on. */
function memorySettings(memoryBytes: number): Record<string, number> {
  const spill = Math.round(memoryBytes / 3);
  return {
    max_memory_usage: Math.round((memoryBytes * 7) / 9),
    max_bytes_before_external_group_by: spill,
    max_bytes_before_external_sort: spill,
    max_threads: 2,
  };
}

/**
 * Opens the data directory with the engine in this process; there can be one at a time.
 * Throws a Fault: `store/locked` when another process has it, `store/engine-missing`, `store/…`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  const dataDir = resolve(options.dataDir);
  const engineDir = join(dataDir, 'clickhouse');
  const configFile = join(dataDir, 'engine.xml');
  try {
    // Scans tell an attacker where to go next: nobody else reads them.
    await mkdir(engineDir, { recursive: true, mode: 0o700 });
    if ((await isHeldByOther(engineDir)) === true) throw lockedFault(dataDir, await readOwner(engineDir));
    const draft = `${configFile}.${process.pid}`;
    await writeFile(draft, engineConfiguration(options.memoryBytes), { mode: 0o600 });
    await rename(draft, configFile);
  } catch (error) {
    throw directoryFault(error, dataDir);
  }
  const chdb = await loadChdb();
  const settings = { ...SESSION_SETTINGS, ...memorySettings(options.memoryBytes) };
  const connectionArgs = [
    `--config-file=${configFile}`,
    '--async_load_databases=0',
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ];
  const open = (): ChdbSession => new chdb.Session(engineDir, { connectionArgs });
  let control: ChdbSession;
  try {
    control = open();
  } catch (cause) {
    throw await openFault(cause, dataDir, engineDir);
  }
  try {
    control.query('SELECT 1 FORMAT Null');
    return new EmbeddedStore(chdb, control, open, dataDir, detachedParts(control));
  } catch (cause) {
    control.close();
    throw toFault(cause, `opening ${dataDir}`);
  }
}

function directoryFault(error: unknown, dataDir: string): Fault {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || error instanceof Fault)
    return toFault(error, `opening ${dataDir}`);
  return new Fault(
    'store/directory',
    `cannot use the data directory ${dataDir}: ${(error as Error).message}`,
    'Give yourself the right to write there, or name another directory in store.dataDir.',
    { file: dataDir },
    { cause: error },
  );
}

/** The engine refuses with one bare sentence for every reason; the directory tells which it was. */
async function openFault(cause: unknown, dataDir: string, engineDir: string): Promise<Fault> {
  const message = (cause as Error).message;
  if (/only one active data directory|Cannot open a session/.test(message))
    return new Fault(
      'store/one-directory',
      `this process already has another data directory open than ${dataDir}`,
      'Close the first store before opening the second.',
      { file: dataDir },
      { cause },
    );
  const owner = await readOwner(engineDir);
  const held = await isHeldByOther(engineDir);
  if (held === true || (held === undefined && owner?.alive === true && owner.pid !== process.pid))
    return lockedFault(dataDir, owner);
  return new Fault(
    'store/open-failed',
    `the engine cannot open the data directory ${dataDir}: ${message}`,
    'Read what the engine wrote to standard error; restore the directory from a copy, or set it aside and import the scans again.',
    { file: dataDir },
    { cause },
  );
}

function detachedParts(control: ChdbSession): Problem[] {
  const lines = control.query(DETACHED_PARTS, 'JSONEachRow').split('\n');
  return lines.filter((line) => line !== '').map((line) => detachedProblem(JSON.parse(line)));
}

class EmbeddedStore implements Store, SchemaNode {
  readonly mode = 'embedded';
  readonly name: string;
  readonly problems: readonly Problem[];
  readonly nodes: readonly SchemaNode[] = [this];
  readonly #chdb: Chdb;
  readonly #control: ChdbSession;
  readonly #sessions: EngineSessions;
  readonly #gate = new NativeGate(NativeGate.threads(process.env));
  /** Every running query by the tag in its log_comment. */
  readonly #running = new Map<string, () => void>();
  #writes: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    chdb: Chdb,
    control: ChdbSession,
    open: () => ChdbSession,
    dataDir: string,
    problems: readonly Problem[],
  ) {
    this.#chdb = chdb;
    this.#control = control;
    this.#sessions = new EngineSessions(open);
    this.name = dataDir;
    this.problems = problems;
  }

  async *run<P, R>(query: Query<P, R>, params: P, options: RunOptions = {}): AsyncIterable<R> {
    const bound = transportParameters(query.text, params);
    const job = this.#begin(query.name, options.signal);
    const sql = withSettings(query.text, { ...options.settings, log_comment: job.tag });
    let clean = false;
    let session: ChdbSession | undefined;
    try {
      session = await this.#sessions.acquire();
      job.check();
      const chunks = session.queryStreamBind(sql, bound, { format: 'JSONEachRow' });
      try {
        const splitter = new RowSplitter();
        const iterator = chunks[Symbol.asyncIterator]();
        for (;;) {
          const step = await this.#gate.pass(async () => {
            job.check();
            return iterator.next();
          });
          if (step.done === true) break;
          for (const row of splitter.push(step.value.raw())) yield query.decode(row);
        }
        for (const row of splitter.end()) yield query.decode(row);
        job.check();
        clean = true;
      } finally {
        chunks.cancel();
      }
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
      this.#sessions.release(session, clean);
    }
  }

  async execute<P>(command: Command<P>, params: P, options: RunOptions = {}): Promise<void> {
    const text = inlineParameters(command.text, params);
    await this.#write(command.name, options.signal, (session, tag) =>
      session.queryAsync(withSettings(text, { ...options.settings, log_comment: tag }), { format: 'Null' }),
    );
  }

  async insert(table: Table, rows: readonly Row[], options?: RunOptions): Promise<void> {
    if (rows.length > 0) await this.#insertBody(table, serializeRows(table, rows), options);
  }

  async insertNdjson(table: Table, body: Uint8Array, options?: RunOptions): Promise<void> {
    const checked = checkNdjson(body);
    if (checked.rows > 0) await this.#insertBody(table, checked.body, options);
  }

  async #insertBody(table: Table, body: Uint8Array, options: RunOptions = {}): Promise<void> {
    await this.#write(`insert into ${table.name}`, options.signal, (session, tag) =>
      session.insert({
        table: table.name,
        columns: writableColumns(table),
        values: body,
        format: 'JSONEachRow',
        settings: { ...INSERT_SETTINGS, ...options.settings, log_comment: tag },
      }),
    );
  }

  /** One statement that changes something. After an error the session is thrown away: it keeps leftovers of the failed one. */
  async #write(
    doing: string,
    signal: AbortSignal | undefined,
    run: (session: ChdbSession, tag: string) => Promise<unknown>,
  ): Promise<void> {
    const job = this.#begin(doing, signal);
    let clean = false;
    let session: ChdbSession | undefined;
    try {
      const own = await this.#sessions.acquire();
      session = own;
      const write = this.#gate.pass(async () => {
        job.check();
        return run(own, job.tag);
      });
      this.#writes = Promise.allSettled([this.#writes, write]);
      await write;
      clean = true;
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
      this.#sessions.release(session, clean);
    }
  }

  async ensureTable(table: Table): Promise<void> {
    for (const statement of tableStatements(table, { kind: 'single' })) await this.applyDdl(statement);
  }

  async ensureNodeTable(table: Table): Promise<void> {
    await this.ensureTable(table);
  }

  async ensureColumn(table: Table, column: Column): Promise<void> {
    for (const statement of columnStatements(table, column, { kind: 'single' }))
      await this.applyDdl(statement);
  }

  async ensureView(view: View): Promise<void> {
    await this.applyDdl(viewStatement(view));
  }

  async removeRows(table: Table, column: string, value: string): Promise<void> {
    await this.applyDdl(removeRowsStatement(table, column, value, { kind: 'single' }));
  }

  async applyDdl(statement: string): Promise<void> {
    await this.#write(firstLine(statement), undefined, (session) =>
      session.queryAsync(statement, { format: 'Null' }),
    );
  }

  async cancel(): Promise<void> {
    for (const stop of this.#running.values()) stop();
  }

  async health(): Promise<StoreHealth> {
    this.#mustBeOpen('health');
    const answer = JSON.parse(
      this.#control.query(
        "SELECT version() AS version, (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking') AS memory",
        'JSONEachRow',
      ),
    ) as { version: string; memory: string };
    const disk = await statfs(this.name);
    return {
      mode: this.mode,
      nodes: [
        {
          name: this.name,
          version: answer.version,
          memoryBytes: Number(answer.memory),
          freeBytes: disk.bavail * disk.bsize,
        },
      ],
      problems: detachedParts(this.#control),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writes;
    await this.cancel();
    this.#sessions.close();
    // The connection is let go only when nothing runs on it any more: closing earlier aborts the engine.
    await this.#chdb.drainPending();
    this.#control.close();
    await this.#chdb.drainPending();
  }

  #mustBeOpen(doing: string): void {
    if (this.#closed)
      throw new Fault(
        'store/closed',
        `${doing}: the store is closed`,
        'Report this with the command that you ran.',
      );
  }

  /**
   * Registers a query under a tag of its own. Its stop is asked for again and again until the query
   * has ended: a KILL that comes before the engine has entered the query in its list finds nothing.
   */
  #begin(doing: string, signal: AbortSignal | undefined): Job {
    this.#mustBeOpen(doing);
    const tag = `${doing} ${randomUUID()}`;
    let reason: unknown;
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      reason = signal?.reason;
      this.#kill(tag);
      timer = setInterval(() => this.#kill(tag), 50);
    };
    if (signal?.aborted === true) throw cancelled(doing, signal.reason);
    signal?.addEventListener('abort', stop, { once: true });
    this.#running.set(tag, stop);
    return {
      tag,
      check: () => {
        if (stopped) throw cancelled(doing, reason);
      },
      fault: (error) => (stopped ? cancelled(doing, reason) : toFault(error, doing)),
      end: () => {
        clearInterval(timer);
        signal?.removeEventListener('abort', stop);
        this.#running.delete(tag);
      },
    };
  }

  /** Synchronous on purpose: it takes a millisecond, and must not queue behind the threads that the query holds. */
  #kill(tag: string): void {
    this.#control.query(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(tag)} ASYNC FORMAT Null`);
  }
}

interface Job {
  readonly tag: string;
  check(): void;
  fault(error: unknown): Error;
  end(): void;
}

function withSettings(text: string, settings: Readonly<Record<string, string | number | boolean>>): string {
  return `${withoutTail(text)}\nSETTINGS ${settingsList(settings)}`;
}

function firstLine(statement: string): string {
  return statement.trim().split('\n')[0] ?? '';
}
