import { z } from 'zod';
import { Fault } from '../fault/fault.ts';
import type { QueryRunner, RunOptions } from '../sql/ports.ts';
import { query } from '../sql/query.ts';
import type { View } from '../sql/table.ts';
import { checkTree, readQuestion } from './sql-guard.ts';

/** A column of an answer, with its ClickHouse type. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: string;
}

/** The answer to a question of the user. Read the rows to their end, or break out of the loop. */
export interface Answer {
  readonly columns: readonly AnswerColumn[];
  /** Values in the order of the columns, as the store gives them elsewhere. */
  readonly rows: AsyncIterable<readonly unknown[]>;
}

/** What a question may see and use up. */
export interface AskOptions {
  /** The documented views: nothing else can be read. */
  readonly views: readonly View[];
  /** Seconds of work after which the engine gives up; 30 when not given. */
  readonly maxSeconds?: number;
  /** Rows of the answer after which the engine gives up; 1,000,000 when not given. */
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
}

/** A question in SQL by a person. */
export interface Asker {
  /**
   * Answers one SELECT over the documented views, or EXPLAIN SELECT, DESCRIBE a view, SHOW VIEWS.
   * Throws a Fault `query/refused` when it would do anything but compute over them, or `store/…`.
   */
  ask(sql: string, options: AskOptions): Promise<Answer>;
}

/** What a mode of the store offers for it: a statement on a connection that cannot write, its answer as JSON arrays. */
export interface LockedReader extends QueryRunner {
  /** Runs a SELECT, EXPLAIN or DESCRIBE as it is, with `readonly=1` and these settings; several rows at a time, each an array. */
  runLocked(
    text: string,
    settings: Readonly<Record<string, string | number>>,
    options: RunOptions,
  ): AsyncGenerator<unknown[]>;
}

const tables = query(
  'store.tables',
  'SELECT name FROM system.tables WHERE database = currentDatabase()',
  z.object({ name: z.string() }),
);

/** A row of an explanation or a description; their cells are texts, but for a few flags that we do not read. */
const strings = z.array(z.coerce.string());

/** Largest answer, in bytes of memory on the engine's side. */
const MOST_ANSWER_BYTES = 512e6;

/** {@link Asker.ask} over a mode's locked reader. */
export async function askLocked(reader: LockedReader, sql: string, options: AskOptions): Promise<Answer> {
  const question = readQuestion(sql);
  if (question.kind === 'list')
    return given(
      ['name', 'comment'],
      options.views.map((view) => [view.name, view.comment]),
    );
  if (question.kind === 'describe') {
    const view = options.views.find((one) => one.name === question.view);
    if (view === undefined)
      throw new Fault(
        'query/refused',
        `${question.view} is not one of the documented views`,
        '`tidemark query --views` lists them.',
      );
    return given(
      ['name', 'type', 'comment'],
      view.columns.map((column) => [column.name, column.type, column.comment]),
    );
  }
  const settings = {
    max_execution_time: options.maxSeconds ?? 30,
    timeout_overflow_mode: 'throw',
    max_result_rows: options.maxRows ?? 1_000_000,
    max_result_bytes: MOST_ANSWER_BYTES,
    result_overflow_mode: 'throw',
  };
  const run: RunOptions = options.signal === undefined ? {} : { signal: options.signal };
  const views = new Set(options.views.map((view) => view.name));
  const closed = new Set<string>();
  for await (const { name } of reader.run(tables, {}, run)) if (!views.has(name)) closed.add(name);
  const lines: string[] = [];
  for await (const row of single(reader.runLocked(`EXPLAIN AST ${question.text}`, settings, run)))
    lines.push(strings.parse(row)[0] ?? '');
  checkTree(lines, { views, closed });
  if (question.explain) {
    const plan = reader.runLocked(`EXPLAIN ${question.text}`, settings, run);
    return {
      columns: [{ name: 'explain', type: 'String' }],
      rows: single(plan),
    };
  }
  // Asked for apart: the embedded engine repeats a header in the middle of a streamed answer.
  const columns: AnswerColumn[] = [];
  for await (const row of single(reader.runLocked(`DESCRIBE (${question.text}\n)`, settings, run))) {
    const [name = '', type = ''] = strings.parse(row);
    columns.push({ name, type });
  }
  return { columns, rows: single(reader.runLocked(question.text, settings, run)) };
}

async function* single(batches: AsyncIterable<unknown[]>): AsyncGenerator<readonly unknown[]> {
  for await (const batch of batches) for (const row of batch) yield row as readonly unknown[];
}

function given(names: readonly string[], rows: readonly (readonly string[])[]): Answer {
  return {
    columns: names.map((name) => ({ name, type: 'String' })),
    rows: {
      async *[Symbol.asyncIterator]() {
        yield* rows;
      },
    },
  };
}
