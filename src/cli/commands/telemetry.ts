import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';

/** `tidemark telemetry`: which logs and captures are in the store, and what was set aside of them. */
export function telemetryCommand(run: Run): CommandUnknownOpts {
  const command = new Command('telemetry')
    .description('list the logs and captures that were imported, and what was set aside of them')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark telemetry', 'files, their records and times'],
          ['tidemark telemetry problems conn.log', 'lines that could not be read, and why'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list the files, newest import first')
    .addHelpText('after', helpAfter([['tidemark telemetry list --json', 'for programs']], ANSWERS))
    .action(() =>
      run(async (call) => {
        const { listTelemetry } = await import('../recon/telemetry.ts');
        return listTelemetry(call);
      }),
    );
  guardDefault(command, listing);
  command
    .command('problems')
    .description('print the lines of a file that should have been records and were set aside')
    .argument('<file>', 'the file as `tidemark telemetry` lists it, or the end of its name')
    .addHelpText(
      'after',
      helpAfter([['tidemark telemetry problems eve.json', 'with line numbers and reasons']], ANSWERS),
    )
    .action((file) =>
      run(async (call) => {
        const { listProblems } = await import('../recon/telemetry.ts');
        return listProblems(call, file);
      }),
    );
  return command;
}
