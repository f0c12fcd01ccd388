import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark assess [SCAN]`: the summary. */
export function assessCommand(run: Run): CommandUnknownOpts {
  const command = new Command('assess').description(
    'say how exposed the network is: risk, confidence, what drifted, what to review',
  );
  command
    .argument('[scan]', 'identifier or its beginning, latest, latest~1, …', 'latest')
    .option(
      '--against <what>',
      'baseline, v3, a scan, or nothing (default: the baseline in force, else the scan before)',
    )
    .option('--full', 'print every entry of every list')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark assess', 'the newest scan against the baseline in force'],
          ['tidemark assess latest --against latest~1', 'against the scan before it'],
          ['tidemark assess --json > summary.json', 'the same object for programs'],
        ],
        ['0 nothing to review', '1 there are findings', '2 the command failed'],
      ),
    )
    .action((scan, options) => run((call) => assess(call, scan, options)));
  return command;
}

async function assess(
  call: Call,
  reference: string,
  options: { against?: string; full?: true },
): Promise<ExitStatus> {
  const [{ findAgainst }, { findingsToReview }] = await Promise.all([
    import('../against.ts'),
    import('../../report/summary-words.ts'),
  ]);
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const scan = await workspace.findRun(reference);
    const summary = await workspace.assess(scan, await findAgainst(workspace, options.against));
    if (print.json) {
      const { summaryJson } = await import('../../report/summary-json.ts');
      await print.text(summaryJson(summary));
    } else {
      const { summaryText } = await import('../../report/summary-text.ts');
      await print.text(
        summaryText(summary, { colour: print.color, width: print.width, full: options.full === true }),
      );
    }
    return findingsToReview(summary).length > 0 ? 1 : 0;
  });
}
