import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ALERT_DECISIONS } from '../../findings/alerts/entry.ts';
import { instant, wholeNumber } from '../arguments.ts';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark alerts`: what people were told of, what was not, and why. */
export function alertsCommand(run: Run): CommandUnknownOpts {
  const command = new Command('alerts')
    .description('list which findings became alerts, which wait or went into a digest, and why')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark alerts', 'what was decided last'],
          ['tidemark alerts list --digest 2026-11-22', 'everything that a digest tells'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list what was decided about findings, newest first')
    .option('-n, --limit <count>', 'how many at most', wholeNumber, 20)
    .addOption(
      new Option('--decision <decision...>', 'only what was sent, held, digested, or is a digest').choices(
        ALERT_DECISIONS,
      ),
    )
    .option('--from <time>', 'only what was decided at this date or time, or later', instant)
    .option('--finding <id>', 'only about this finding', identifier)
    .option('--digest <date>', 'what a digest tells: its date, or the identifier in its message', digest)
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark alerts list --decision held', 'what waits for an hour or the end of a change'],
          ['tidemark alerts list --from 2026-11-01 --json', 'for programs'],
        ],
        ANSWERS,
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { listAlerts } = await import('../alerts/list.ts');
        return listAlerts(call, options);
      }),
    );
  guardDefault(command, listing);
  return command;
}

function identifier(text: string): string {
  if (!/^[0-9a-f]{1,16}$/.test(text))
    throw new InvalidArgumentError('It must be an identifier or its beginning.');
  return text;
}

function digest(text: string): string {
  if (!/^(?:\d{4}-\d{2}-\d{2}|[0-9a-f]{16})$/.test(text))
    throw new InvalidArgumentError('It must be a date such as 2026-11-22, or 16 hex digits.');
  return text;
}
