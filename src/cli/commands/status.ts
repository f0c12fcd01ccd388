import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';

/** `tidemark status`: how the daemon is doing. */
export function statusCommand(run: Run): CommandUnknownOpts {
  return new Command('status')
    .description('say how the daemon is doing: its parts, what waits, what came last')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark status', 'for people'],
          ['tidemark status --json', 'for monitoring'],
        ],
        ['0 all is well', '1 something fails', '2 no daemon runs here'],
      ),
    )
    .action(() =>
      run(async (call) => {
        const { printStatus } = await import('../serve/print-status.ts');
        return printStatus(call);
      }),
    );
}
