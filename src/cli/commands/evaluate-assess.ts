import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { Fault } from '../../fault/fault.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';

interface EvaluateAssessCommandOptions {
  readonly budgets: boolean;
  readonly leaveOut?: true;
  readonly full?: true;
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
    .option('--no-budgets', 'leave out the six passes that hold budgets of alerts to their word')
    .option('--leave-out', 'judge each kind of event with weights that never saw it')
    .option('--full', 'list every world, and what each detector does')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark evaluate assess worlds', 'every world below a folder'],
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
  if (paths.length === 0)
    throw new Fault('cli/usage', 'there is nothing to evaluate on', 'Name a folder with worlds.');
  const [{ evaluateAssessOn }, { CONTENDERS }, { budgetsHeld }] = await Promise.all([
    import('../../assembly/evaluate-assess.ts'),
    import('../../evaluate/assess/contenders.ts'),
    import('../../evaluate/assess/evaluation.ts'),
  ]);
  const { print, progress } = call;
  let done = 0;
  const evaluation = await evaluateAssessOn(paths, {
    cwd: call.process.cwd,
    contenders: CONTENDERS,
    budgets: options.budgets,
    leaveOut: options.leaveOut === true,
    madeUp: [],
    signal: call.process.signal,
    onPass: (world, contender) => {
      progress.update({ label: `${world}: ${contender}`, done, unit: 'items' });
      done += 1;
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
