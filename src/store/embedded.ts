import { mkdir, rename, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Problem } from '../fault/fault.ts';
import { Fault } from '../fault/fault.ts';
import type { Row, RunOptions, NdjsonLine } from '../sql/ports.ts';
import type { Command, Query } from '../sql/query.ts';
import type { SchemaNode } from '../sql/schema.ts';
import type { Column, MaterializedView, Table, View } from '../sql/table.ts';
import type { BinaryTarget, BoundEngine, InsertTarget } from './bound-engine.ts';
import { binaryTarget, targetOf } from './bound-engine.ts';
import type { Chdb, ChdbSession, ChdbStream } from './chdb.ts';
import { loadChdb } from './chdb.ts';
import {
  columnStatements,
  materializedViewStatement,
  removeRowsStatement,
  tableStatements,
  viewStatement,
} from './ddl.ts';
import { detachedParts, detachedProblem } from './detached-parts.ts';
import { directoryFault, isHeldByOther, lockedFault, openFault, readOwner } from './directory-lock.ts';
import { engineConfiguration, memorySettings } from './engine-memory.ts';
import { EngineSessions } from './engine-sessions.ts';
import { toFault } from './faults.ts';
import { IncomingFiles, insertFromFile } from './incoming-files.ts';
import { Jobs } from './jobs.ts';
import { NativeGate } from './native-gate.ts';
import { checkNdjson } from './ndjson.ts';
import { bindParameters, inlineParameters, type BoundText } from './parameters.ts';
import { quoteString, settingsList, withSettings } from './quote.ts';
import type { Answer, AskOptions, LockedReader } from './read-only.ts';
import { askLocked } from './read-only.ts';
import { ensureRetention } from './retention.ts';
import { decodeRow, rowsIn, serializeRows } from './rows.ts';
import { INSERT_SETTINGS, SESSION_SETTINGS } from './settings.ts';
import { WholeReads } from './whole-reads.ts';
import { forgetSocket } from './socket/place.ts';
import type { Store, StoreHealth } from './store.ts';
import { changedBy, TableWrites, type ChangedTables } from './table-writes.ts';
import type { Clock, Instant } from '../time/instant.ts';

/** What the embedded store needs to know. */
export interface EmbeddedOptions {
  /** Tidemark's directory; the engine's own lies in `clickhouse/` below it. Created when missing. */
  readonly dataDir: string;
  /** Cap on the engine's memory in bytes. */
  readonly memoryBytes: number;
  /** Tells when the directory was opened. */
  readonly clock: Clock;
}

/**
 * A database of our own: in the engine's default one a name that is no table is taken for a file in
 * the working directory, and read.
 */
const DATABASE = 'tidemark';

/**
 * By how much of what is in use JavaScript's heap may grow before it is collected, in percent. V8 lets it become up
 * to four times as large, above all when its collector gets little of the machine; the engine is in the same memory.
 * `detect` over 60,000 flows of some 2,100 sources took at most 446 MB with it (both of two runs) and 479 and 480 MB without, for
 * 6.6 and 7.3 instead of 6.4 and 7.0 seconds of CPU (Node 20.20, two busy cores). V8 reads it at each collection.
 */
const HEAP_GROWTH = 60;

/** Rows as arrays: two columns may have one name. */
const ARRAYS = 'JSONCompactEachRow';

/**
 * Opens the data directory with the engine in this process; there can be one at a time.
 * Throws a Fault: `store/locked` when another process has it, `store/engine-missing`, `store/…`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
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
  const connect = (): ChdbSession => new chdb.Session(engineDir, { connectionArgs });
  const open = (): ChdbSession => {
    const session = connect();
    session.query(`USE ${DATABASE}`);
    return session;
  };
  let control: ChdbSession;
  try {
    control = connect();
  } catch (cause) {
    throw await openFault(cause, dataDir, engineDir);
  }
  try {
    control.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic`);
    control.query(`USE ${DATABASE}`);
    // Only now: the engine's lock says that nobody else is writing there.
    await new IncomingFiles(dataDir).clear();
    await forgetSocket(dataDir);
    return new EmbeddedStore(chdb, control, open, { ...options, dataDir }, problemsOf(control));
  } catch (cause) {
    control.close();
    throw toFault(cause, `opening ${dataDir}`);
  }
}

function problemsOf(control: ChdbSession): Problem[] {
  const lines = control.query(detachedParts.text, 'JSONEachRow').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => detachedProblem(detachedParts.decode(JSON.parse(line))));
}

class EmbeddedStore implements Store, SchemaNode, LockedReader, BoundEngine {
  readonly mode = 'embedded';
  readonly name: string;
  readonly ownedSince: Instant;
  readonly problems: readonly Problem[];
  readonly nodes: readonly SchemaNode[] = [this];
  readonly #chdb: Chdb;
  readonly #control: ChdbSession;
  readonly #open: () => ChdbSession;
  readonly #sessions: EngineSessions;
  readonly #gate = new NativeGate(NativeGate.threads(process.env));
  readonly #jobs = new Jobs((id) => this.#kill(id));
  readonly #wholeReads: WholeReads;
  readonly #incoming: IncomingFiles;
  #writes: Promise<unknown> = Promise.resolve();
  readonly #written = new TableWrites();
  #closed = false;

  constructor(
    chdb: Chdb,
    control: ChdbSession,
    open: () => ChdbSession,
    { dataDir, clock }: EmbeddedOptions,
    problems: readonly Problem[],
  ) {
    this.ownedSince = clock();
    this.#chdb = chdb;
    this.#control = control;
    this.#open = open;
    this.#sessions = new EngineSessions(open);
    this.#wholeReads = new WholeReads(open, this.#gate, this.#jobs);
    this.name = dataDir;
    this.#incoming = new IncomingFiles(dataDir);
    this.problems = problems;
    process.prependOnceListener('exit', this.#atExit);
  }

  /** The engine lets the process end only when its queries have: those that run are stopped first. */
  readonly #atExit = (): void => {
    this.#jobs.stopAll();
  };

  async *run<P, R>(query: Query<P, R>, params: P, options: RunOptions = {}): AsyncIterable<R> {
    const { name, text } = query;
    const answer =
      options.whole === true
        ? this.readWhole(name, inlineParameters(text, params), options)
        : this.readBound(name, bindParameters(text, params), options);
    const batches = rowsIn(name, answer);
    for await (const batch of batches) for (const row of batch) yield decodeRow(query, row);
  }

  readBound(doing: string, bound: BoundText, options: RunOptions): AsyncGenerator<Uint8Array> {
    return this.#read(doing, options.signal, async (id) => {
      const session = await this.#sessions.acquire();
      const sql = withSettings(bound.text, { ...options.settings, log_comment: id });
      return {
        begin: () => session.queryStreamBind(sql, bound.values, { format: 'JSONEachRow' }),
        release: (clean) => this.#sessions.release(session, clean),
      };
    });
  }

  readWhole(doing: string, text: string, options: RunOptions): AsyncGenerator<Uint8Array> {
    this.#mustBeOpen(doing);
    return this.#wholeReads.read(doing, text, options);
  }

  runLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<unknown[]> {
    return rowsIn('question', this.readLocked(text, settings, options));
  }

  /** On a connection of its own, which is locked first and thrown away after: nothing of it can stay behind. */
  readLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<Uint8Array> {
    return this.#read('question', options.signal, async (id) => {
      const session = this.#open();
      session.query(`SET ${settingsList({ ...settings, log_comment: id })}`);
      session.query('SET readonly = 1');
      return {
        begin: () =>
          /^(?:EXPLAIN|DESCRIBE) /.test(text)
            ? whole(session, text, ARRAYS)
            : session.queryStreamBind(text, {}, { format: ARRAYS }),
        release: () => session.close(),
      };
    });
  }

  async *#read(
    doing: string,
    signal: AbortSignal | undefined,
    prepare: (id: string) => Promise<Lease>,
  ): AsyncGenerator<Uint8Array> {
    this.#mustBeOpen(doing);
    const job = this.#jobs.begin(doing, signal);
    let clean = false;
    let lease: Lease | undefined;
    try {
      lease = await prepare(job.id);
      job.check();
      const chunks = lease.begin();
      try {
        const iterator = chunks[Symbol.asyncIterator]();
        for (;;) {
          const step = await this.#gate.pass(async () => {
            job.check();
            return iterator.next();
          });
          if (step.done === true) break;
          yield step.value.raw();
        }
        job.check();
        clean = true;
      } finally {
        chunks.cancel();
      }
    } catch (error) {
      throw job.fault(error);
    } finally {
      job.end();
      lease?.release(clean);
    }
  }

  ask(sql: string, options: AskOptions): Promise<Answer> {
    return askLocked(this, sql, options);
  }

  written(tables: readonly Pick<Table, 'name'>[]): number {
    return this.#written.of(tables);
  }

  async execute<P>(command: Command<P>, params: P, options: RunOptions = {}): Promise<void> {
    await this.executeText(command.name, inlineParameters(command.text, params), options);
  }

  async executeText(doing: string, text: string, options: RunOptions): Promise<void> {
    await this.#write(doing, changedBy(text), options.signal, (session, id) =>
      session.queryAsync(withSettings(text, { ...options.settings, log_comment: id }), { format: 'Null' }),
    );
  }

  async insert(table: Table, rows: readonly Row[], options?: RunOptions): Promise<void> {
    if (rows.length > 0) await this.insertBody(targetOf(table), serializeRows(table, rows), options);
  }

  async insertLines(table: Table, lines: readonly NdjsonLine[], options?: RunOptions): Promise<void> {
    if (lines.length > 0)
      await this.insertBody(targetOf(table), Buffer.from(`${lines.join('\n')}\n`), options);
  }

  async insertNdjson(table: Table, body: Uint8Array, options?: RunOptions): Promise<void> {
    const checked = checkNdjson(body);
    if (checked.rows > 0) await this.insertBody(targetOf(table), checked.body, options);
  }

  async insertBody(target: InsertTarget, body: Uint8Array, options: RunOptions = {}): Promise<void> {
    await this.#write(`insert into ${target.table}`, [target.table], options.signal, (session, id) =>
      session.insert({
        table: target.table,
        columns: target.columns,
        values: body,
        format: 'JSONEachRow',
        settings: { ...INSERT_SETTINGS, ...options.settings, log_comment: id },
      }),
    );
  }

  /**
   * The engine reads the rows from a file, for two reasons: its own insert refuses the format, and bytes inside a
   * statement would be taken for SQL.
   */
  async insertBinary(
    table: Table,
    columns: readonly string[],
    body: Uint8Array,
    options: RunOptions = {},
  ): Promise<void> {
    if (body.length > 0) await this.insertBinaryBody(binaryTarget(table, columns), [body], options);
  }

  async insertBinaryBody(
    target: BinaryTarget,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: RunOptions,
  ): Promise<void> {
    this.#mustBeOpen(`insert into ${target.table}`);
    const file = await this.#incoming.put(body);
    try {
      await this.#write(`insert into ${target.table}`, [target.table], options.signal, (session, id) =>
        session.queryAsync(
          withSettings(insertFromFile(target, file), {
            ...INSERT_SETTINGS,
            ...options.settings,
            log_comment: id,
          }),
          { format: 'Null' },
        ),
      );
    } finally {
      await this.#incoming.remove(file);
    }
  }

  /** One statement that changes something. After an error the session is thrown away: it keeps leftovers of the failed one. */
  async #write(
    doing: string,
    changed: ChangedTables,
    signal: AbortSignal | undefined,
    run: (session: ChdbSession, id: string) => Promise<unknown>,
  ): Promise<void> {
    this.#mustBeOpen(doing);
    const job = this.#jobs.begin(doing, signal);
    let clean = false;
    let session: ChdbSession | undefined;
    try {
      const own = await this.#sessions.acquire();
      session = own;
      const write = this.#gate.pass(async () => {
        job.check();
        return run(own, job.id);
      });
      this.#writes = Promise.allSettled([this.#writes, write]);
      await write;
      clean = true;
    } catch (error) {
      throw job.fault(error);
    } finally {
      this.#written.note(changed);
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

  async ensureMaterializedView(view: MaterializedView): Promise<void> {
    await this.applyDdl(materializedViewStatement(view, { kind: 'single' }));
  }

  async ensureRetention(table: Table, column: string, days: number): Promise<void> {
    await ensureRetention(this, table, column, days, { kind: 'single' });
  }

  async removeRows(table: Table, column: string, values: readonly string[]): Promise<void> {
    await this.applyDdl(removeRowsStatement(table, column, values, { kind: 'single' }));
  }

  async applyDdl(statement: string): Promise<void> {
    await this.#write(firstLine(statement), changedBy(statement), undefined, (session) =>
      session.queryAsync(statement, { format: 'Null' }),
    );
  }

  async cancel(): Promise<void> {
    this.#jobs.stopAll();
  }

  async health(): Promise<StoreHealth> {
    this.#mustBeOpen('health');
    const answer = JSON.parse(
      this.#control.query(
        `SELECT version() AS version, (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking') AS memory,
                (SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase()) AS used`,
        'JSONEachRow',
      ),
    ) as { version: string; memory: string; used: string };
    const disk = await statfs(this.name);
    return {
      mode: this.mode,
      nodes: [
        {
          name: this.name,
          version: answer.version,
          memoryBytes: Number(answer.memory),
          usedBytes: Number(answer.used),
          freeBytes: disk.bavail * disk.bsize,
        },
      ],
      problems: problemsOf(this.#control),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    process.removeListener('exit', this.#atExit);
    await this.#writes;
    await this.cancel();
    this.#sessions.close();
    this.#wholeReads.close();
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

  /** Synchronous on purpose: it takes a millisecond, and must not queue behind the threads that the query holds. */
  #kill(id: string): void {
    this.#control.query(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(id)} ASYNC FORMAT Null`);
  }
}

/** What an embedded store of this process can do for others; undefined for every other store. */
export function engineOf(store: Store): BoundEngine | undefined {
  return store instanceof EmbeddedStore ? store : undefined;
}

/** The engine streams SELECT only; the rest is short. */
function whole(session: ChdbSession, text: string, format: string): ChdbStream {
  return {
    async *[Symbol.asyncIterator]() {
      const answer = await session.queryAsync(text, { format });
      yield { raw: () => answer.bytes() };
    },
    cancel: () => undefined,
  };
}

/** A connection for one read. */
interface Lease {
  begin(): ChdbStream;
  /** `clean`: the answer was read to its end. */
  release(clean: boolean): void;
}

function firstLine(statement: string): string {
  return statement.trim().split('\n')[0] ?? '';
}
