import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { wholeNumber } from '../arguments.ts';
import { safe } from '../print.ts';
import { formatBytes } from '../progress.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark scans`: what was scanned when, and everything about one scan. */
export function scansCommand(run: Run): CommandUnknownOpts {
  const command = new Command('scans').description('list the scans in the history, or show one').addHelpText(
    'after',
    helpAfter(
      [
        ['tidemark scans', 'the newest scans'],
        ['tidemark scans show latest', 'everything about one'],
        ['tidemark scans show 4f2a --raw > scan.xml', 'its file, byte for byte'],
      ],
      ANSWERS,
    ),
  );
  const listing = command
    .command('list', { isDefault: true })
    .description('list scans, newest first')
    .option('-n, --limit <count>', 'how many at most', wholeNumber, 20)
    .option('--vantage <name>', 'only scans from there')
    .option('--profile <name>', 'only scans of this series')
    .addHelpText(
      'after',
      helpAfter([['tidemark scans list --limit 100 --vantage dmz', 'more, of one vantage']], ANSWERS),
    )
    .action((options) => run((call) => list(call, options)));
  guardDefault(command, listing);
  command
    .command('show')
    .description('show one scan: what was asked, what came of it, what was set aside')
    .argument('<scan>', 'identifier or its beginning, latest, latest~1, …')
    .option('--raw', 'print the file as it was imported, byte for byte')
    .addHelpText(
      'after',
      helpAfter([['tidemark scans show latest --raw | xmllint --noout -', 'check the newest file']], ANSWERS),
    )
    .action((scan, options) => run((call) => show(call, scan, options)));
  return command;
}

async function list(
  call: Call,
  options: { limit: number; vantage?: string; profile?: string },
): Promise<ExitStatus> {
  const { limit, ...filter } = options;
  const { scansTable, scanJson } = await import('../scans-table.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const all = await workspace.listRuns(filter);
    const runs = all.toReversed().slice(0, limit);
    if (print.json) {
      await print.value({ schema: 'tidemark/scans/1', total: all.length, scans: runs.map(scanJson) });
      return 0;
    }
    if (all.length === 0) {
      print.note('no scans yet; put some into the history with `tidemark import FILE…`');
      return 0;
    }
    await print.text(scansTable(runs, print));
    if (all.length > runs.length) print.note(`${runs.length} of ${all.length}; more with --limit`);
    return 0;
  });
}

async function show(call: Call, reference: string, options: { raw?: true }): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const run = await workspace.findRun(reference);
    if (options.raw === true) {
      for await (const chunk of workspace.rawRun(run)) await print.bytes(chunk);
      return 0;
    }
    const problems = await workspace.problemsOf(run);
    const { scanJson } = await import('../scans-table.ts');
    const facts = scanJson(run);
    if (print.json) {
      await print.value({ schema: 'tidemark/scan/1', scan: facts, problems });
      return 0;
    }
    const { formatWhere } = await import('../../fault/fault.ts');
    const width = Math.max(...Object.keys(facts).map((key) => key.length));
    for (const [key, value] of Object.entries(facts)) {
      const text = key === 'bytes' ? formatBytes(Number(value)) : String(value);
      await print.text(`${print.paint('quiet', key.padEnd(width))}  ${safe(text)}\n`);
    }
    for (const { message, where } of problems) {
      await print.text(
        `${print.paint('medium', 'set aside')}  ${safe(`${message} (${formatWhere(where)})`)}\n`,
      );
    }
    return 0;
  });
}
