import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { Fault } from '../../fault/fault.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { wholeNumber } from '../arguments.ts';
import { helpAfter } from '../help.ts';

interface EvaluateAssessCommandOptions {
  readonly budgets: boolean;
  readonly leaveOut?: string;
  readonly full?: true;
  readonly madeUp?: number;
  readonly from: number;
  readonly hosts: number;
  readonly scans: number;
}

/** `tidemark evaluate assess DIR|FILE…`. */
export function evaluateAssessCommand(run: Run): CommandUnknownOpts {
  const command = new Command('assess').description(
    'run the anomaly model and its rivals over histories of scans into which events were planted',
  );
  command
    .argument(
      '[paths...]',
      'NAME.scans.jsonl with NAME.truth.json beside it, folders of scans with truth.json, folders of such',
    )
    .option(
      '--made-up <count>',
      'also so many worlds of our own generator, from seeds that nothing was chosen on',
      wholeNumber,
    )
    .option('--from <number>', 'the first of these worlds', wholeNumber, 1)
    .option('--hosts <count>', 'of each made-up world, 100 to 5,000', wholeNumber, 1500)
    .option('--scans <count>', 'of each made-up world, 2 to 400', wholeNumber, 75)
    .option('--no-budgets', 'leave out the six passes that hold budgets of alerts to their word')
    .option(
      '--leave-out <file>',
      'also judge each kind of event by the weights in this file, which never saw it',
    )
    .option('--full', 'list every world, and what each detector does')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark evaluate assess worlds', 'every world below a folder'],
          ['tidemark evaluate assess --made-up 4', 'four fresh worlds, as in the docs'],
          ['tidemark evaluate assess worlds --json > evaluation.json', 'the same for programs'],
        ],
        [
          '0 with verdicts told back, no budget of false alerts was overdrawn',
          '1 one was',
          '2 the command failed',
        ],
      ),
    )
    .action((paths, options) => run((call) => evaluateAssess(call, paths, options)));
  return command;
}

async function evaluateAssess(
  call: Call,
  paths: readonly string[],
  options: EvaluateAssessCommandOptions,
): Promise<ExitStatus> {
  const count = options.madeUp ?? 0;
  if (paths.length === 0 && count === 0)
    throw new Fault(
      'cli/usage',
      'there is nothing to evaluate on',
      'Name a folder with worlds, or add --made-up 4.',
    );
  within('--made-up', count, 0, 100);
  within('--from', options.from, 1, 80_000);
  within('--hosts', options.hosts, 100, 5000);
  within('--scans', options.scans, 2, 400);
  const [{ evaluateAssessOn }, { budgetsHeld }, { madeUpWorlds }] = await Promise.all([
    import('../../assembly/evaluate-assess.ts'),
    import('../../evaluate/assess/evaluation.ts'),
    import('../../evaluate/assess/made-up-worlds.ts'),
  ]);
  const { print, progress } = call;
  let done = 0;
  const evaluation = await evaluateAssessOn(paths, {
    cwd: call.process.cwd,
    budgets: options.budgets,
    leaveOut: options.leaveOut,
    madeUp:
      count === 0
        ? []
        : madeUpWorlds({ count, from: options.from, hosts: options.hosts, scans: options.scans }),
    signal: call.process.signal,
    onPass: async (world, contender) => {
      progress.update({ label: `${world}: ${contender}`, done, unit: 'items' });
      done += 1;
      // Signals and the terminal are served between passes.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  progress.end();
  if (print.json) {
    const { assessEvaluationJson } = await import('../../report/assess-evaluation-json.ts');
    await print.text(assessEvaluationJson(evaluation));
  } else {
    const { assessEvaluationText } = await import('../../report/assess-evaluation-text.ts');
    await print.text(
      assessEvaluationText(evaluation, {
        colour: print.color,
        width: print.width,
        full: options.full === true,
      }),
    );
  }
  return budgetsHeld(evaluation) ? 0 : 1;
}

/** What the generator can make; throws Fault `cli/usage` for the rest. */
function within(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new Fault(
    'cli/usage',
    `${option} ${value} is out of range`,
    `Give a whole number from ${least} to ${most}.`,
  );
}
