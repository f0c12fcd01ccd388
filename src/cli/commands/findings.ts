import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { address, instant, wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark findings`: who scanned us, as it is stored, with the records that prove it. */
export function findingsCommand(run: Run): CommandUnknownOpts {
  const command = new Command('findings')
    .description('list who scanned you, or show one finding with its evidence')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings', 'the newest, without noise and authorised scans'],
          ['tidemark findings show 34f9', 'everything about one'],
          ['tidemark findings show 34f9 --evidence', 'and the records that prove it'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list findings, newest first')
    .option('-n, --limit <count>', 'how many at most', wholeNumber, 20)
    .option('--from <time>', 'only what went on at this date or time, or later', instant)
    .option('--to <time>', 'only what began before this one', instant)
    .option('--source <address>', 'only scans from this address', address)
    .option('--all', 'noise and authorised scans too')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark findings list --source 198.51.100.23 --all', 'everything from one address']],
        ANSWERS,
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { listFindings } = await import('../recon/findings.ts');
        return listFindings(call, options);
      }),
    );
  guardDefault(command, listing);
  command
    .command('show')
    .description('show one finding: who, when, what, why it is one, and what to do')
    .argument('<id>', 'identifier or its beginning, or latest')
    .option('--evidence', 'print the records behind it, out of the store')
    .option('-n, --limit <count>', 'how many records at most', wholeNumber, 100)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark findings show latest', 'the newest'],
          ['tidemark findings show 34f9 --evidence --limit 1000 --json', 'for programs'],
        ],
        ANSWERS,
      ),
    )
    .action((id, options) =>
      run(async (call) => {
        const { showFinding } = await import('../recon/findings.ts');
        return showFinding(call, id, options);
      }),
    );
  return command;
}
