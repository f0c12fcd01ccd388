import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
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
    .addOption(
      new Option(
        '--model <name>',
        'what says how unusual a host is (default: exposure.anomaly.model)',
      ).choices(['surprise', 'seed', 'off']),
    )
    .option('--budget <number>', 'false alerts allowed in 1,000 host-scans', budget)
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
  options: { against?: string; full?: true; model?: 'surprise' | 'seed' | 'off'; budget?: number },
): Promise<ExitStatus> {
  const [{ findAgainst }, { findingsToReview }] = await Promise.all([
    import('../against.ts'),
    import('../../report/summary-words.ts'),
  ]);
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const scan = await workspace.findRun(reference);
    const { model, budget: allowed } = options;
    const summary = await workspace.assess(scan, await findAgainst(workspace, options.against), {
      anomaly: {
        ...(model === undefined ? {} : { model }),
        ...(allowed === undefined ? {} : { budget: allowed }),
      },
      signal: call.process.signal,
      onScan: (done, total) => {
        if (total > 1) call.progress.update({ label: 'learning earlier scans', done, total, unit: 'items' });
      },
    });
    call.progress.end();
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

function budget(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_000) return value;
  throw new InvalidArgumentError('must be a number above 0 and up to 1,000');
}
