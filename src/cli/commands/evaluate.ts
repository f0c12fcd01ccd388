import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { Fault } from '../../fault/fault.ts';
import { wholeNumber } from '../arguments.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import { evaluateAssessCommand } from './evaluate-assess.ts';

interface EvaluateReconCommandOptions {
  readonly peers: boolean;
  readonly sampling?: true;
  readonly stretch?: true;
  readonly full?: true;
  readonly madeUp?: true;
  readonly hosts: number;
  readonly days: number;
  readonly seed: number;
}

/** The generator's networks have room for so many. */
const MAX_HOSTS = 200;

const STATUSES = [
  '0 every labelled scanner was found, and nobody flagged who must not be',
  '1 a labelled scanner was missed, or one flagged who must not be',
  '2 the command failed',
] as const;

/** `tidemark evaluate`: how well the judgement does on data whose truth is known. */
export function evaluateCommand(run: Run): CommandUnknownOpts {
  const command = new Command('evaluate')
    .description('measure the judgement on data whose truth is known; nothing is stored')
    .addHelpText(
      'after',
      helpAfter(
        [
          [
            'tidemark evaluate recon recordings',
            'who is found scanning, who is missed, who is flagged in error',
          ],
          ['tidemark evaluate assess worlds', 'how well unusual hosts are told from harmless change'],
        ],
        [
          '0 nothing fell short',
          '1 a scanner was missed, a harmless source flagged, or a budget of false alerts overdrawn',
          '2 the command failed',
        ],
      ),
    );
  command.addCommand(evaluateReconCommand(run));
  command.addCommand(evaluateAssessCommand(run));
  return command;
}

/** `tidemark evaluate recon DIR`. */
function evaluateReconCommand(run: Run): CommandUnknownOpts {
  const command = new Command('recon').description(
    'run reconnaissance detection over every recording that a truth file below the folder names, or over made-up traffic',
  );
  command
    .argument('[folder]', 'holds truth/*.json, at any depth, and the recordings beside the folders truth')
    .option('--no-peers', 'leave out the published detectors that stand beside ours')
    .option('--sampling', 'repeat with one of 10, 100 and 1,000 packets seen')
    .option('--stretch', 'look for the slowest scan that is still found, one second to one day per probe')
    .option('--made-up', 'also traffic of our own generator: every harmless kind, every kind of scan')
    .option('--hosts <count>', 'of each kind of made-up traffic, roughly', wholeNumber, 40)
    .option('--days <count>', 'of made-up harmless traffic', wholeNumber, 7)
    .option('--seed <number>', 'of the sampling and of what is made up', wholeNumber, 1)
    .option('--full', 'list every data set and every source that was flagged without a label')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark evaluate recon recordings', 'what is found, missed, and flagged in error'],
          ['tidemark evaluate recon recordings --sampling --stretch', 'with both experiments'],
          ['tidemark evaluate recon --made-up --days 14', 'false alarms in thousands of host-days'],
          ['tidemark evaluate recon recordings --json > evaluation.json', 'the same for programs'],
        ],
        STATUSES,
      ),
    )
    .action((folder, options) => run((call) => evaluateRecon(call, folder, options)));
  return command;
}

async function evaluateRecon(
  call: Call,
  folder: string | undefined,
  options: EvaluateReconCommandOptions,
): Promise<ExitStatus> {
  if (folder === undefined && options.madeUp !== true) {
    throw new Fault(
      'cli/usage',
      'there is nothing to evaluate on',
      'Name a folder with truth/*.json, or add --made-up.',
    );
  }
  const [{ evaluateReconBelow }, { fellShort }] = await Promise.all([
    import('../../assembly/evaluate-recon.ts'),
    import('../../evaluate/evaluation.ts'),
  ]);
  const { print, progress } = call;
  const { config } = await call.loadConfig();
  const evaluation = await evaluateReconBelow(folder, {
    config: config.recon,
    cwd: call.process.cwd,
    clock: call.process.clock,
    signal: call.process.signal,
    peers: options.peers,
    sampling: options.sampling === true,
    stretch: options.stretch === true,
    seed: options.seed,
    madeUp:
      options.madeUp === true ? { hosts: Math.min(options.hosts, MAX_HOSTS), days: options.days } : undefined,
    onDataSet: (label, done, total) => progress.update({ label, done, total, unit: 'items' }),
  });
  progress.end();
  if (print.json) {
    const { evaluationJson } = await import('../../report/evaluation-json.ts');
    await print.text(evaluationJson(evaluation));
  } else {
    const { evaluationText } = await import('../../report/evaluation-text.ts');
    await print.text(
      evaluationText(evaluation, {
        colour: print.color,
        width: print.width,
        full: options.full === true,
      }),
    );
  }
  return fellShort(evaluation) ? 1 : 0;
}
