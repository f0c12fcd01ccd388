import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { wholeNumber } from '../arguments.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark query SQL`: read-only SQL over the documented views. */
export function queryCommand(run: Run): CommandUnknownOpts {
  const command = new Command('query').description('ask the history in SQL (ClickHouse dialect), read-only');
  command
    .argument('[sql]', 'one SELECT over the views, or - to read it from standard input')
    .option('--views', 'list the views and their columns')
    .option('--csv', 'print CSV')
    .option('-n, --limit <count>', 'rows of a table at most; --json and --csv print all', wholeNumber, 200)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark query --views', 'what can be asked about'],
          ['tidemark query "SELECT portid, count() FROM ports GROUP BY 1"', 'a table'],
          ['tidemark query "SELECT * FROM runs" --json', 'one JSON object a line (NDJSON)'],
          ['tidemark query - --csv < question.sql', 'CSV for a spreadsheet'],
        ],
        ANSWERS,
      ),
    )
    .action((sql, options) =>
      run((call) => (options.views === true ? listViews(call) : query(call, sql, options))),
    );
  return command;
}

async function query(
  call: Call,
  sql: string | undefined,
  options: { csv?: true; limit: number },
): Promise<ExitStatus> {
  const { print, process } = call;
  if (sql === undefined) {
    const { Fault } = await import('../../fault/fault.ts');
    throw new Fault(
      'cli/usage',
      'no question given',
      'Give one SELECT, or --views to see what can be asked about.',
    );
  }
  const text = sql === '-' ? await readAll(process.stdin) : sql;
  const { printCsv, printNdjson, printTable } = await import('../query-output.ts');
  return withWorkspace(call, async (workspace) => {
    const answer = await workspace.query(text, { signal: process.signal });
    if (print.json) await printNdjson(answer, print);
    else if (options.csv === true) await printCsv(answer, print);
    else {
      const { shown, more } = await printTable(answer, options.limit, print);
      if (more) print.note(`the first ${shown} rows; more with --limit, all with --json or --csv`);
      else if (shown === 0) print.note('no rows');
    }
    return 0;
  });
}

async function listViews({ print }: Call): Promise<ExitStatus> {
  const [{ documentedViews }, { renderTable }] = await Promise.all([
    import('../../assembly/workspace.ts'),
    import('../../report/table.ts'),
  ]);
  if (print.json) {
    const views = documentedViews.map(({ name, comment, columns }) => ({ name, comment, columns }));
    await print.value({ schema: 'tidemark/views/1', views });
    return 0;
  }
  for (const { name, comment, columns } of documentedViews) {
    const rows = columns.map((column) => [column.name, column.type, column.comment]);
    const titles = [{ title: 'COLUMN', min: 12 }, { title: 'TYPE' }, { title: 'MEANING', min: 20 }];
    const table = renderTable(titles, rows, { width: print.width, paint: print.paint, indent: 2 });
    await print.text(`${print.paint('strong', name)}  ${comment}\n${table}\n`);
  }
  return 0;
}

/** Bytes of SQL on standard input; a question of this size is a mistake. */
const LONGEST_SQL = 1_000_000;

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > LONGEST_SQL) {
      const { Fault } = await import('../../fault/fault.ts');
      throw new Fault(
        'cli/usage',
        'the SQL on standard input is longer than a million bytes',
        'Give one SELECT.',
        {
          file: '-',
        },
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
